{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'ad_id', 'hour'],
    indexes=[{'columns': ['ad_id', 'date_day']}, {'columns': ['date_day']}],
    meta={'change_key': ['platform', 'account_id', 'date_day', 'ad_id', 'hour']},
    pre_hook="{{ track_changes([
        changed_raw('raw.insights_hourly', change_key()),
        incomplete_hours(),
        changed_objects('raw.insights_hourly', change_key()),
    ], facts=['currency', 'account_timezone', 'conversion_action_types']) }}",
) }}

with hours as (
    select
        *,
        case when hour >= 0 then {{ hour_start('date_day', 'hour', 'account_timezone') }} end as hour_start_at,
        {{ hour_start('date_day', 'case when hour >= 0 then hour + 1 else 24 end', 'account_timezone') }} as over_at
    from {{ ref('int_ad_hours') }}
    {{ where_changed(change_key()) }}
)

select
    platform,
    account_id,
    account_timezone,
    date_day,
    hour,
    hour_start_at,
    known_at >= over_at as is_complete,
    campaign_id,
    campaign_name,
    adset_id,
    adset_name,
    ad_id,
    ad_name,
    currency,
    impressions,
    clicks,
    link_clicks,
    outbound_clicks,
    spend,
    conversions,
    conversion_action_type,
    {{ ctr() }} as ctr,
    {{ link_ctr() }} as link_ctr,
    {{ cpc() }} as cpc,
    {{ cpm() }} as cpm,
    {{ cpa() }} as cpa,
    fetched_at
from hours
