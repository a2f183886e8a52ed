-- Orders and refunds as they were last told with an account, and without; a reference that was left out is an empty text.
select distinct on (order_account_id, order_id, refund_key)
    account_id as order_account_id,
    order_id,
    refund_key,
    version,
    refund_key <> '' as is_refund,
    platform,
    regexp_replace(account_id, '^act_', '') as account_id,
    occurred_at,
    occurred_at - make_interval(secs => coalesce(lead_time_hours, 0)::double precision * 3600) as credited_at,
    lead_time_hours,
    value,
    currency,
    nullif(lower(trim(channel)), '') as channel,
    is_reported_to_platform,
    received_at,
    {%- for name in ['campaign_id', 'ad_id', 'click_id', 'utm_source', 'utm_campaign', 'utm_content'] %}
    coalesce(trim({{ name }}), '') as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('raw', 'offline_conversions') }}
order by order_account_id, order_id, refund_key, version desc
