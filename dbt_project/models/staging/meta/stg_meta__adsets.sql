select
    platform,
    account_id,
    adset_id,
    campaign_id,
    name as adset_name,
    status,
    effective_status,
    optimization_goal,
    daily_budget,
    lifetime_budget,
    fetched_at
from {{ source('raw', 'adsets') }}
where platform = 'meta'
