{#
    Per account and day the ads plus the unattributed row are what the account itself reports, wherever it reported
    anything. `model` is ad_performance_daily; days that changed after it was built are late, not wrong.
#}
{% test ads_and_unattributed_match(model, columns) %}
with summed as (
    select platform, account_id, date_day {%- for column in columns %}, sum({{ column }}) as {{ column }} {%- endfor %}
    from {{ model }}
    group by platform, account_id, date_day
)

select accounts.platform, accounts.account_id, accounts.date_day
    {%- for column in columns %}, accounts.{{ column }}, summed.{{ column }} as summed_{{ column }} {%- endfor %}
from {{ ref('int_account_days') }} as accounts
left join summed using (platform, account_id, date_day)
where {{ recent_days() }}
    and (
        {%- for column in columns %}accounts.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
    ) is distinct from (
        {%- for column in columns %}coalesce(summed.{{ column }}, 0){{ ', ' if not loop.last }}{% endfor -%}
    )
    and (platform, account_id, date_day) not in (
        {%- for table in ['insights_daily', 'account_insights_daily'] %}
        select platform, account_id, date_day
        from {{ source('raw', table) }}
        where changed_xid >= (
            select seen_xid from {{ source('ops', 'model_watermarks') }} where model = 'ad_performance_daily'
        )
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{% endtest %}
