{#
    The newest version of every order and refund is credited, and nothing else is. Versions that came after the model
    was built are late, not wrong.
#}
{% test every_order_is_credited(model) %}
select account_id, order_id, refund_key, newest.version as told_version, credits.version as credited_version
from (
    select account_id, order_id, refund_key, max(version) as version, max(occurred_at) as occurred_at
    from {{ source('raw', 'offline_conversions') }}
    group by account_id, order_id, refund_key
) as newest
full join (
    select order_account_id as account_id, order_id, refund_key, version, occurred_at from {{ model }}
) as credits using (account_id, order_id, refund_key)
where {{ recent_days() | replace('date_day', 'coalesce(newest.occurred_at, credits.occurred_at)') }}
    and newest.version is distinct from credits.version
    and (account_id, order_id) not in (
        select account_id, order_id from {{ source('raw', 'offline_conversions') }}
        where changed_xid >= (
            select seen_xid from {{ source('ops', 'model_watermarks') }} where model = 'int_order_credits'
        )
    )
{% endtest %}
