-- What was believed about the conversions of days that are final by now, and from when until when: the account's own
-- rows where there are any, else its ads' rows. A belief without known_until is still held.
with days as materialized (
    select
        accounts.platform,
        accounts.account_id,
        accounts.account_timezone,
        accounts.conversion_action_types as action_types,
        day::date as date_day,
        case when account_rows.date_day is null then 'insights_daily' else 'account_insights_daily' end as report
    from {{ ref('int_accounts') }} as accounts
    cross join lateral generate_series(
        accounts.final_before_day::timestamp - interval '{{ var('maturity_learning_days') }} days',
        accounts.final_before_day::timestamp - interval '1 day',
        interval '1 day'
    ) as series (day)
    left join {{ source('raw', 'account_insights_daily') }} as account_rows
        on account_rows.platform = accounts.platform
        and account_rows.account_id = accounts.account_id
        and account_rows.date_day = series.day::date
        and account_rows.withdrawn_at is null
),

held as (
    select days.*, rows_now.fetched_at as known_from, null::timestamptz as known_until, actions, action_values
    from days
    inner join {{ source('raw', 'account_insights_daily') }} as rows_now using (platform, account_id, date_day)
    where days.report = 'account_insights_daily' and rows_now.withdrawn_at is null
    union all
    select days.*, rows_now.fetched_at, null, actions, action_values
    from days
    inner join {{ source('raw', 'insights_daily') }} as rows_now using (platform, account_id, date_day)
    where days.report = 'insights_daily' and rows_now.withdrawn_at is null
    union all
    select days.*, given_up.observed_at, given_up.superseded_at, actions, action_values
    from days
    inner join {{ source('raw', 'insight_revisions') }} as given_up using (platform, account_id, report, date_day)
    where not given_up.was_withdrawn
)

select
    held.platform,
    held.account_id,
    held.account_timezone,
    held.date_day,
    held.known_from,
    held.known_until,
    coalesce(counted.amount, 0) as conversions,
    coalesce(valued.amount, 0) as revenue
from held
left join lateral {{ first_listed_action('held.actions', 'held.action_types') }} as counted on true
left join lateral {{ first_listed_action('held.action_values', 'held.action_types') }} as valued on true
