{# Days, weeks and months of a scope (roas_trends) sum to the same. #}
{% test periods_match(model) %}
select scope, platform, scope_id
from (
    select scope, platform, scope_id, period, sum(true_conversions) as true_conversions,
        {{ sum_if_complete('spend') }} as spend
    from {{ model }}
    group by scope, platform, scope_id, period
) as totals
group by scope, platform, scope_id
having count(distinct (true_conversions, spend)) > 1
{% endtest %}
