{{ config(
    unique_key=['platform', 'account_id', 'date_day'],
    indexes=[{'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day']},
    pre_hook="{{ track_changes([
        changed_days_of('ad_performance_daily'), changed_raw('raw.account_insights_daily', facts=false),
    ]) }}",
) }}

-- The sum includes the unattributed row, so it is the account's own total wherever the platform gave one. An account
-- row of zeros without any ad has nothing to sum and is kept all the same.
with summed as (
    select
        platform,
        account_id,
        max(account_name) as account_name,
        max(account_timezone) as account_timezone,
        date_day,
        max(currency) as currency,
        count(*) filter (where impressions > 0 and ad_id <> 'unattributed') as ads_with_delivery,
        {{ metric_sums() }},
        {{ ripeness_sums() }}
    from {{ ref('ad_performance_daily') }}
    {{ where_changed() }}
    group by platform, account_id, date_day
),

accounts as (
    select * from {{ ref('int_account_days') }} {{ where_changed() }}
),

completed as (
    select
        platform,
        account_id,
        date_day,
        coalesce(summed.account_name, accounts.account_name) as account_name,
        coalesce(summed.account_timezone, accounts.account_timezone) as account_timezone,
        coalesce(summed.currency, accounts.currency) as currency,
        accounts.date_day is not null as is_reconciled,
        coalesce(summed.ads_with_delivery, 0) as ads_with_delivery,
        coalesce(summed.impressions, 0) as impressions,
        coalesce(summed.clicks, 0) as clicks,
        coalesce(summed.link_clicks, 0) as link_clicks,
        coalesce(summed.outbound_clicks, 0) as outbound_clicks,
        coalesce(summed.spend, 0) as spend,
        coalesce(summed.conversions, 0) as conversions,
        coalesce(accounts.conversion_action_type, summed.conversion_action_type) as conversion_action_type,
        coalesce(summed.revenue, 0) as revenue,
        coalesce(accounts.revenue_action_type, summed.revenue_action_type) as revenue_action_type,
        accounts.reach,
        accounts.frequency,
        coalesce(summed.is_final, accounts.is_final) as is_final,
        summed.conversions_nowcast,
        summed.revenue_nowcast,
        greatest(summed.fetched_at, accounts.fetched_at) as fetched_at
    from summed
    full join accounts using (platform, account_id, date_day)
)

select
    platform,
    account_id,
    account_name,
    account_timezone,
    date_day,
    currency,
    is_reconciled,
    ads_with_delivery,
    {{ metric_columns() }},
    reach,
    frequency,
    {{ ratio_columns() }},
    {{ ripeness_columns() }}
from completed
