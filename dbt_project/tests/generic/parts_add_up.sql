{# In every row the parts sum to the whole; what counts a thing counts it in exactly one place. #}
{% test parts_add_up(model, whole, parts) %}
select *
from {{ model }}
where {{ whole }} is distinct from {{ parts | join(' + ') }}
{% endtest %}
