-- Per account what its rows depend on: names, currency, the calendar and the rule of conversions.
with own_rules as (
    select platform, account_id, array_agg(action_type order by position) as action_types
    from {{ source('raw', 'conversion_rules') }}
    where account_id <> '*'
    group by platform, account_id
)

select
    accounts.platform,
    accounts.account_id,
    accounts.account_name,
    accounts.currency,
    accounts.account_timezone,
    coalesce(own_rules.action_types, {{ default_rules('accounts.platform') }}) as conversion_action_types,
    ({{ adtrack_now() }} at time zone accounts.account_timezone)::date as today,
    ({{ adtrack_now() }} at time zone accounts.account_timezone)::date - {{ restatement_days() }} as final_before_day
from {{ ref('stg_meta__accounts') }} as accounts
left join own_rules using (platform, account_id)
