{{ config(
    unique_key=['date_day', 'campaign_group'],
    meta={'change_key': ['date_day']},
    pre_hook="{{ track_changes(
        ['select date_day from (' ~ changed_days_of('campaign_metrics') ~ ') as changed',
            changed_rates(rate_holds_days())],
        definition=currency_and_groups(),
    ) }}",
) }}

with campaigns as (
    select campaigns.*, coalesce(groups.campaign_group, 'ungrouped') as own_group
    from {{ ref('campaign_metrics') }} as campaigns
    left join {{ source('raw', 'campaign_groups') }} as groups using (platform, account_id, campaign_id)
    {{ where_changed(['date_day']) }}
),

-- Everything once under 'all', and once under its group if there are any groups at all.
scopes as (
    select 'all' as campaign_group, campaigns.* from campaigns
    union all
    select case own_group when 'all' then 'all (group)' else own_group end, campaigns.*
    from campaigns
    where exists (select 1 from {{ source('raw', 'campaign_groups') }})
),

by_currency as (
    select
        date_day,
        campaign_group,
        coalesce(currency, 'unknown') as currency,
        {{ metric_sums() }},
        {{ ripeness_sums() }}
    from scopes
    group by date_day, campaign_group, coalesce(currency, 'unknown')
),

rates as materialized (
    {{ rates_of('by_currency', 'currency', reporting_currency()) }}
),

-- The reporting currency itself needs no rate. Without a rate: nothing.
rated as (
    select by_currency.*, rates.rate
    from by_currency
    left join rates on rates.from_currency = by_currency.currency and rates.date_day = by_currency.date_day
),

blended as (
    select
        date_day,
        campaign_group,
        {{ reporting_currency() }} as currency,
        string_agg(currency, ', ' order by currency) filter (where rate is null) as missing_currencies,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        sum(link_clicks)::bigint as link_clicks,
        sum(outbound_clicks)::bigint as outbound_clicks,
        {{ sum_if_complete('spend * rate') }} as spend,
        sum(conversions) as conversions,
        string_agg(distinct conversion_action_type, ', ') as conversion_action_type,
        {{ sum_if_complete('revenue * rate') }} as revenue,
        string_agg(distinct revenue_action_type, ', ') as revenue_action_type,
        bool_and(is_final) as is_final,
        {{ sum_if_complete('conversions_nowcast') }} as conversions_nowcast,
        {{ sum_if_complete('revenue_nowcast * rate') }} as revenue_nowcast,
        max(fetched_at) as fetched_at
    from rated
    group by date_day, campaign_group
)

select
    date_day,
    campaign_group,
    currency,
    missing_currencies,
    {{ metric_columns() }},
    {{ ratio_columns() }},
    {{ ripeness_columns() }}
from blended
