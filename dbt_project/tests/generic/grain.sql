{# One row per combination of the grain's columns, none of them null. #}
{% test grain(model, columns) %}
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or num_nulls({{ columns | join(', ') }}) > 0
{% endtest %}
