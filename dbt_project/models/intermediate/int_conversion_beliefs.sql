-- What was believed about the conversions of days that are final by now, and from when until when: the account's own
-- rows where there are any, else its ads' rows. A belief without known_until is still held.
with days as (
    select
        platform,
        account_id,
        account_timezone,
        conversion_action_types as action_types,
        final_before_day - {{ var('maturity_learning_days') }} as first_day,
        final_before_day
    from {{ ref('int_accounts') }}
),

account_rows as (
    select platform, account_id, date_day, fetched_at, actions, action_values, withdrawn_at
    from {{ source('raw', 'account_insights_daily') }}
),

held as (
    select platform, account_id, date_day, true as is_account, fetched_at as known_from, null::timestamptz as known_until,
        actions, action_values
    from account_rows where withdrawn_at is null
    union all
    select platform, account_id, date_day, false, fetched_at, null, actions, action_values
    from {{ source('raw', 'insights_daily') }} where withdrawn_at is null
    union all
    select platform, account_id, date_day, report = 'account_insights_daily', observed_at, superseded_at,
        actions, action_values
    from {{ source('raw', 'insight_revisions') }}
    where report in ('account_insights_daily', 'insights_daily') and not was_withdrawn
)

select
    held.platform,
    held.account_id,
    days.account_timezone,
    held.date_day,
    held.known_from,
    held.known_until,
    coalesce(counted.amount, 0) as conversions,
    coalesce(valued.amount, 0) as revenue
from held
inner join days
    on days.platform = held.platform
    and days.account_id = held.account_id
    and held.date_day >= days.first_day
    and held.date_day < days.final_before_day
left join account_rows
    on account_rows.platform = held.platform
    and account_rows.account_id = held.account_id
    and account_rows.date_day = held.date_day
    and account_rows.withdrawn_at is null
left join lateral {{ first_listed_action('held.actions', 'days.action_types') }} as counted on true
left join lateral {{ first_listed_action('held.action_values', 'days.action_types') }} as valued on true
where held.is_account = (account_rows.account_id is not null)
