{#
    Every order and refund is credited as it was told last, and nothing else is: once for each account it was told with,
    and where it was told without, as part of one of those or by itself. What came after the model was built is late,
    not wrong.
#}
{% test every_order_is_credited(model) %}
with looked_at as materialized (
    select order_id from {{ source('raw', 'offline_conversions') }}
    where {{ recent_days() | replace('date_day', 'occurred_at') }}
    union
    select order_id from {{ model }}
    where {{ recent_days() | replace('date_day', 'occurred_at') }}
    except
    select order_id from {{ source('raw', 'offline_conversions') }}
    where changed_xid >= (
        select seen_xid from {{ source('ops', 'model_watermarks') }} where model = 'int_order_credits'
    )
),
newest as (
    select distinct on (account_id, order_id, refund_key)
        platform, regexp_replace(account_id, '^act_', '') as account_id, order_id, refund_key, version, value, received_at
    from {{ source('raw', 'offline_conversions') }}
    where order_id in (select order_id from looked_at)
    order by account_id, order_id, refund_key, version desc
),
told as materialized (
    select newest.*,
        row_number() over (
            partition by platform, order_id, refund_key, account_id order by received_at desc
        ) = 1 as is_last_with_account,
        row_number() over (partition by platform, order_id, refund_key order by received_at desc) = 1 as is_last_of_all
    from newest
),
credits as materialized (
    select platform, order_account_id as account_id, order_id, refund_key, version, value
    from {{ model }}
    where order_id in (select order_id from looked_at)
)
select 'told last and not credited so' as what, platform, order_id, refund_key
from told
where is_last_of_all and not exists (
    select from credits
    where (credits.platform, credits.order_id, credits.refund_key) = (told.platform, told.order_id, told.refund_key)
        and (credits.version, credits.value) = (told.version, told.value)
)
union all
select 'told with its account and not credited to it once', platform, order_id, refund_key
from (
    select platform, account_id, order_id, refund_key, 1 as told, 0 as credited
    from told
    where is_last_with_account and account_id <> '*'
    union all
    select platform, account_id, order_id, refund_key, 0, 1 from credits
) as counted
group by platform, account_id, order_id, refund_key
having sum(told) = 1 and sum(credited) <> 1 or sum(credited) > 1
union all
select 'credited and never told so', platform, order_id, refund_key
from credits
where not exists (
    select from told
    where (told.platform, told.order_id, told.refund_key) = (credits.platform, credits.order_id, credits.refund_key)
        and (told.version, told.value) = (credits.version, credits.value)
        and told.account_id in (credits.account_id, '*')
        and told.is_last_with_account
)
{% endtest %}
