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
),

entries as (
    select platform, account_id, date_day, ad_id, true as is_count, entry
    from days cross join lateral jsonb_array_elements({{ action_list('actions') }}) as listed (entry)
    union all
    select platform, account_id, date_day, ad_id, false, entry
    from days cross join lateral jsonb_array_elements({{ action_list('action_values') }}) as listed (entry)
),

actions as (
    select
        platform,
        account_id,
        date_day,
        ad_id,
        entry ->> 'action_type' as action_type,
        max({{ number_or_null("(entry ->> 'value')") }}) filter (where is_count) as action_count,
        max({{ number_or_null("(entry ->> 'value')") }}) filter (where not is_count) as action_value
        {%- for window in attribution_windows() %},
        max({{ number_or_null("(entry ->> '" ~ window ~ "')") }}) filter (where is_count) as count_{{ window }},
        max({{ number_or_null("(entry ->> '" ~ window ~ "')") }}) filter (where not is_count) as value_{{ window }}
        {%- endfor %}
    from entries
    where entry ->> 'action_type' is not null
    group by platform, account_id, date_day, ad_id, entry ->> 'action_type'
)

select
    actions.platform,
    actions.account_id,
    actions.date_day,
    actions.ad_id,
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
from actions
inner join days using (platform, account_id, date_day, ad_id)
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
left join {{ ref('stg_meta__ads') }} as ads using (platform, ad_id)
