-- What became known when about the conversions of ad-days: the differences of successive beliefs. The first belief
-- counts when the day was not over yet; a day read later for the first time has no known arrivals.
with held as (
    select platform, account_id, ad_id, date_day, fetched_at as known_from, actions, action_values
    from {{ source('raw', 'insights_daily') }}
    where withdrawn_at is null
    union all
    select platform, account_id, ad_id, date_day, observed_at, actions, action_values
    from {{ source('raw', 'insight_revisions') }}
    where report = 'insights_daily' and not was_withdrawn
),

beliefs as (
    select
        held.platform,
        held.account_id,
        held.ad_id,
        held.date_day,
        held.known_from,
        coalesce(counted.amount, 0) as conversions,
        coalesce(valued.amount, 0) as revenue,
        held.known_from <= {{ hour_start('held.date_day', '25', 'accounts.account_timezone') }} as is_live
    from held
    inner join {{ ref('int_accounts') }} as accounts using (platform, account_id)
    left join lateral {{ first_listed_action('held.actions', 'accounts.conversion_action_types') }} as counted on true
    left join lateral {{ first_listed_action('held.action_values', 'accounts.conversion_action_types') }} as valued
        on true
),

compared as (
    select
        *,
        lag(conversions) over belief as conversions_before,
        lag(revenue) over belief as revenue_before
    from beliefs
    window belief as (partition by platform, account_id, date_day, ad_id order by known_from)
)

select
    platform,
    account_id,
    date_day,
    ad_id,
    known_from,
    conversions - coalesce(conversions_before, 0) as conversions,
    revenue - coalesce(revenue_before, 0) as revenue
from compared
where conversions_before is not null or is_live
