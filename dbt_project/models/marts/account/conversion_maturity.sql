{{ config(
    unique_key=['platform', 'account_id', 'lag_hours'],
    tags=['daily'],
    pre_hook="{{ track_changes([]) }}",
) }}

-- Each belief adds its value when it was formed and takes it back when it was given up; the running sum over the lag
-- is what was known by then, and the sum of everything is the final value.
with beliefs as (
    select * from {{ ref('int_conversion_beliefs') }}
),

steps as (
    select platform, account_id, date_day, {{ lag_reached(lag_hours('known_from', 'date_day', 'account_timezone')) }}
        as lag_hours, conversions, revenue
    from beliefs
    union all
    select platform, account_id, date_day, {{ lag_reached(lag_hours('known_until', 'date_day', 'account_timezone')) }},
        -conversions, -revenue
    from beliefs where known_until is not null
),

arrivals as (
    select platform, account_id, date_day, lag_hours, sum(conversions) as conversions, sum(revenue) as revenue
    from steps
    group by platform, account_id, date_day, lag_hours
),

days as (
    select
        platform,
        account_id,
        date_day,
        min(lag_hours) as first_lag_hours,
        sum(conversions) as final_conversions,
        sum(revenue) as final_revenue
    from arrivals
    group by platform, account_id, date_day
),

grid as (
    select lag_hours from generate_series(0, {{ restatement_days() }} * 24) as hours (lag_hours)
    where lag_hours = {{ lag_passed('lag_hours::numeric') }}
),

-- A day counts from the first lag at which anybody had looked: a day loaded late says nothing about earlier lags.
known as (
    select
        days.*,
        grid.lag_hours,
        sum(coalesce(arrivals.conversions, 0)) over so_far as known_conversions,
        sum(coalesce(arrivals.revenue, 0)) over so_far as known_revenue
    from days
    inner join grid on grid.lag_hours >= days.first_lag_hours
    left join arrivals using (platform, account_id, date_day, lag_hours)
    window so_far as (partition by platform, account_id, days.date_day order by grid.lag_hours)
),

curve as (
    select
        platform,
        account_id,
        lag_hours,
        sum(known_conversions) as known_conversions,
        sum(final_conversions) as final_conversions,
        sum(known_revenue) as known_revenue,
        sum(final_revenue) as final_revenue,
        count(*) filter (where final_conversions > 0) as days_with_conversions,
        count(*) filter (where final_revenue > 0) as days_with_revenue,
        min(date_day) as learned_from_day,
        max(date_day) as learned_until_day
    from known
    group by platform, account_id, lag_hours
)

select
    platform,
    account_id,
    lag_hours,
    trim_scale(lag_hours / 24.0) as lag_days,
    case
        when days_with_conversions >= {{ var('maturity_min_days') }}
            and final_conversions >= {{ var('maturity_min_conversions') }}
            and known_conversions >= {{ var('maturity_min_share') }} * final_conversions
            then {{ ratio('known_conversions', 'final_conversions') }}
    end as conversions_share,
    case
        when days_with_revenue >= {{ var('maturity_min_days') }}
            and (final_conversions = 0 or final_conversions >= {{ var('maturity_min_conversions') }})
            and known_revenue >= {{ var('maturity_min_share') }} * final_revenue
            then {{ ratio('known_revenue', 'final_revenue') }}
    end as revenue_share,
    days_with_conversions,
    final_conversions as conversions_observed,
    days_with_revenue,
    final_revenue as revenue_observed,
    learned_from_day,
    learned_until_day
from curve
