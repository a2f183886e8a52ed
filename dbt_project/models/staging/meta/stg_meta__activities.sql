select
    platform,
    account_id,
    activity_key,
    event_type,
    event_at,
    actor_id,
    actor_name,
    application_name,
    object_id,
    object_name,
    object_type,
    translated_event_type,
    extra_data,
    fetched_at
from {{ source('raw', 'activities') }}
where platform = 'meta'
