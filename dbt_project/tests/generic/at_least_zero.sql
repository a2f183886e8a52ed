{# No column is negative, NaN or infinite; null is allowed. #}
{% test at_least_zero(model, columns) %}
select *
from {{ model }}
where
    {% for column in columns -%}
    not coalesce({{ column }}::numeric between 0 and 1e30, true){{ ' or ' if not loop.last }}
    {% endfor %}
{% endtest %}
