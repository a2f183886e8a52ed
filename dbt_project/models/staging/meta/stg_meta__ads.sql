select
    platform,
    account_id,
    ad_id,
    adset_id,
    campaign_id,
    creative_id,
    name as ad_name,
    status,
    effective_status,
    created_at,
    fetched_at
from {{ source('raw', 'ads') }}
where platform = 'meta'
