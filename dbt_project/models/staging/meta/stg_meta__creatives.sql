select
    platform,
    account_id,
    creative_id,
    name as creative_name,
    title,
    body,
    object_type,
    video_id,
    link_url,
    call_to_action_type,
    thumbnail_hash,
    fetched_at
from {{ source('raw', 'creatives') }}
where platform = 'meta'
