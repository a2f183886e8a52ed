-- Withdrawn rows are history, not truth: no model after this one sees them.
select
    platform,
    account_id,
    date_day,
    hour,
    ad_id,
    campaign_id,
    adset_id,
    campaign_name,
    adset_name,
    ad_name,
    currency,
    impressions,
    clicks,
    link_clicks,
    outbound_clicks,
    spend,
    actions,
    fetched_at
from {{ source('raw', 'insights_hourly') }}
where platform = 'meta' and withdrawn_at is null
