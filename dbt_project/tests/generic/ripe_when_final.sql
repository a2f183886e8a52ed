{# A final row needs no nowcast: the nowcast columns equal the values. #}
{% test ripe_when_final(model) %}
select *
from {{ model }}
where is_final and (conversions_nowcast, revenue_nowcast) is distinct from (conversions, revenue)
{% endtest %}
