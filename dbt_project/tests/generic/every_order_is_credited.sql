{#
    Every order and refund is credited as it was told last, and nothing else is: once for each account it was told with,
    and where it was told without, as part of one of those or by itself. What came after the model was built is late,
    not wrong.
#}
{% test every_order_is_credited(model) %}
with newest as (
    select distinct on (account_id, order_id, refund_key)
        platform, regexp_replace(account_id, '^act_', '') as account_id, order_id, refund_key, version, value,
        occurred_at, received_at
    from {{ source('raw', 'offline_conversions') }}
    order by account_id, order_id, refund_key, version desc
),
told as (
    select newest.*,
        row_number() over (
            partition by platform, order_id, refund_key, account_id order by received_at desc
        ) = 1 as is_last_with_account,
        row_number() over (partition by platform, order_id, refund_key order by received_at desc) = 1 as is_last_of_all
    from newest
),
wrong as (
    select 'told last and not credited so' as what, order_id, refund_key, occurred_at
    from told
    where is_last_of_all and not exists (
        select from {{ model }} as credits
        where (credits.platform, credits.order_id, credits.refund_key) = (told.platform, told.order_id, told.refund_key)
            and (credits.version, credits.value) = (told.version, told.value)
    )
    union all
    select 'told with its account and not credited to it once', order_id, refund_key, occurred_at
    from told
    where is_last_with_account and account_id <> '*' and 1 <> (
        select count(*) from {{ model }} as credits
        where (credits.platform, credits.order_id, credits.refund_key) = (told.platform, told.order_id, told.refund_key)
            and credits.order_account_id = told.account_id
    )
    union all
    select 'credited and never told so', order_id, refund_key, occurred_at
    from {{ model }} as credits
    where not exists (
        select from told
        where (credits.platform, credits.order_id, credits.refund_key) = (told.platform, told.order_id, told.refund_key)
            and (credits.version, credits.value) = (told.version, told.value)
            and told.account_id in (credits.order_account_id, '*')
            and told.is_last_with_account
    )
)
select what, order_id, refund_key
from wrong
where {{ recent_days() | replace('date_day', 'occurred_at') }}
    and order_id not in (
        select order_id from {{ source('raw', 'offline_conversions') }}
        where changed_xid >= (
            select seen_xid from {{ source('ops', 'model_watermarks') }} where model = 'int_order_credits'
        )
    )
{% endtest %}
