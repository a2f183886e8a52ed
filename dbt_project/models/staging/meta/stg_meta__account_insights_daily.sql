-- Withdrawn rows are history, not truth: no model after this one sees them.
select
    platform,
    account_id,
    date_day,
    currency,
    impressions,
    clicks,
    link_clicks,
    outbound_clicks,
    spend,
    reach,
    frequency,
    actions,
    action_values,
    fetched_at
from {{ source('raw', 'account_insights_daily') }}
where platform = 'meta' and withdrawn_at is null
