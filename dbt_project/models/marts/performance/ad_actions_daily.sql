{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'ad_id', 'action_type'],
    indexes=[{'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day', 'ad_id']},
    pre_hook="{{ track_changes([
        changed_raw('raw.insights_daily', change_key()), changed_objects('raw.insights_daily', change_key()),
    ], facts=['currency']) }}",
) }}

with days as (
    select * from {{ ref('stg_meta__insights_daily') }} {{ where_changed(change_key()) }}
)

select
    days.platform,
    days.account_id,
    days.date_day,
    days.ad_id,
    coalesce(days.campaign_id, ads.campaign_id) as campaign_id,
    coalesce(days.adset_id, ads.adset_id) as adset_id,
    actions.action_type,
    actions.action_count,
    actions.action_value,
    coalesce(days.currency, accounts.currency) as currency,
    {{ cpa('days.spend', 'actions.action_count') }} as cost_per_action,
    {%- for window in attribution_windows() %}
    actions.count_{{ window }},
    actions.value_{{ window }},
    {%- endfor %}
    days.attribution_setting,
    days.fetched_at
from days
cross join lateral (
    select
        entry ->> 'action_type' as action_type,
        max({{ number_or_null("(entry ->> 'value')") }}) filter (where is_count) as action_count,
        max({{ number_or_null("(entry ->> 'value')") }}) filter (where not is_count) as action_value
        {%- for window in attribution_windows() %},
        max({{ number_or_null("(entry ->> '" ~ window ~ "')") }}) filter (where is_count) as count_{{ window }},
        max({{ number_or_null("(entry ->> '" ~ window ~ "')") }}) filter (where not is_count) as value_{{ window }}
        {%- endfor %}
    from (
        select true as is_count, entry from jsonb_array_elements({{ action_list('days.actions') }}) as counts (entry)
        union all
        select false, entry from jsonb_array_elements({{ action_list('days.action_values') }}) as amounts (entry)
    ) as entries
    where entry ->> 'action_type' is not null
    group by entry ->> 'action_type'
) as actions
left join {{ ref('int_accounts') }} as accounts
    on accounts.platform = days.platform and accounts.account_id = days.account_id
left join {{ ref('stg_meta__ads') }} as ads on ads.platform = days.platform and ads.ad_id = days.ad_id
