select
    platform,
    account_id,
    name as account_name,
    currency,
    ops.known_time_zone(timezone_name) as account_timezone,
    account_status,
    amount_spent,
    spend_cap,
    fetched_at
from {{ source('raw', 'accounts') }}
where platform = 'meta'
