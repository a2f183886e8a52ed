{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'ad_id'],
    indexes=[{'columns': ['ad_id', 'date_day']}, {'columns': ['adset_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day'], 'publishes_changes': true},
    pre_hook="{{ track_changes([
        changed_raw('raw.insights_daily'),
        changed_raw('raw.account_insights_daily'),
        changed_coverage('insights_daily'),
        changed_coverage('account_insights_daily'),
        changed_finality(),
        changed_creatives_of_ads(),
        changed_objects('raw.insights_daily'),
    ], facts=['account_name', 'currency', 'account_timezone', 'conversion_action_types']) }}",
) }}

with ads as (
    select * from {{ ref('int_ad_days') }} {{ where_changed() }}
),

ads_summed as (
    select platform, account_id, date_day, {{ metric_sums() }}
    from ads
    group by platform, account_id, date_day
),

-- What the account says it had and its ads do not add up to. Can be negative: the two are measured separately.
unattributed as (
    select
        accounts.platform,
        accounts.account_id,
        accounts.account_name,
        accounts.account_timezone,
        accounts.date_day,
        accounts.currency,
        accounts.impressions - coalesce(ads_summed.impressions, 0) as impressions,
        accounts.clicks - coalesce(ads_summed.clicks, 0) as clicks,
        accounts.link_clicks - coalesce(ads_summed.link_clicks, 0) as link_clicks,
        accounts.outbound_clicks - coalesce(ads_summed.outbound_clicks, 0) as outbound_clicks,
        accounts.spend - coalesce(ads_summed.spend, 0) as spend,
        accounts.conversions - coalesce(ads_summed.conversions, 0) as conversions,
        accounts.conversion_action_type,
        accounts.revenue - coalesce(ads_summed.revenue, 0) as revenue,
        accounts.revenue_action_type,
        accounts.is_final,
        accounts.fetched_at,
        accounts.known_at
    from {{ ref('int_account_days') }} as accounts
    left join ads_summed using (platform, account_id, date_day)
    {{ where_changed() }}
),

rows_of_day as (
    select * from ads
    union all
    select
        platform, account_id, account_name, account_timezone, date_day,
        'unattributed', 'unattributed', 'unattributed', 'unattributed', 'unattributed', 'unattributed', 'unattributed',
        null, null, null, currency, impressions, clicks, link_clicks, outbound_clicks, spend,
        conversions, conversion_action_type, revenue, revenue_action_type, null, null,
        null, null, null, null, null, null, null, is_final, fetched_at, known_at
    from unattributed
    where (impressions, clicks, link_clicks, outbound_clicks, spend, conversions, revenue)
        is distinct from (0, 0, 0, 0, 0, 0, 0)
),

lagged as (
    select
        rows_of_day.*,
        {{ lag_passed(lag_hours('known_at', 'date_day', 'account_timezone')) }} as lag_hours
    from rows_of_day
),

nowcast as (
    select
        lagged.*,
        {{ nowcast('lagged.conversions', 'maturity.conversions_share', 'lagged.is_final') }} as conversions_nowcast,
        {{ nowcast('lagged.revenue', 'maturity.revenue_share', 'lagged.is_final') }} as revenue_nowcast
    from lagged
    left join {{ ref('conversion_maturity') }} as maturity using (platform, account_id, lag_hours)
)

select
    platform,
    account_id,
    account_name,
    account_timezone,
    date_day,
    campaign_id,
    campaign_name,
    adset_id,
    adset_name,
    ad_id,
    ad_name,
    creative_id,
    objective,
    optimization_goal,
    attribution_setting,
    currency,
    {{ metric_columns() }},
    reach,
    frequency,
    {{ video_columns() }},
    {{ ratio_columns() }},
    {{ ripeness_columns() }}
from nowcast
