{# The column holds one of the words or null (one node instead of dbt's, with the placeholder for recent rows). #}
{% test words(model, column, words) %}
select {{ column }}, count(*) as row_count
from {{ model }}
where {{ column }} not in ('{{ words | join("', '") }}')
group by {{ column }}
{% endtest %}
