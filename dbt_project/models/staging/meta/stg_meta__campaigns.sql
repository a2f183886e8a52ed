select
    platform,
    account_id,
    campaign_id,
    name as campaign_name,
    objective,
    status,
    effective_status,
    daily_budget,
    lifetime_budget,
    start_at,
    stop_at,
    fetched_at
from {{ source('raw', 'campaigns') }}
where platform = 'meta'
