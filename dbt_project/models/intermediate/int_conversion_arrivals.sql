-- What became known when about the conversions of ad-days: the differences of successive beliefs. The first belief
-- counts when the day was not over yet; a day read later for the first time has no known arrivals. A belief never
-- changes once it is held, so that each hour looks at the new ones only.
{% set grain = ['platform', 'account_id', 'date_day', 'ad_id', 'known_from'] %}
{{ config(
    materialized='incremental',
    incremental_strategy='changed_rows',
    unique_key=grain,
    indexes=[{'columns': grain, 'unique': true}],
    meta={'change_key': grain},
    pre_hook="{{ track_changes([new_beliefs()], facts=['account_timezone', 'conversion_action_types']) }}",
    post_hook="{{ remember_changes() }}",
) }}

with moments as (
    {%- if is_incremental() %}
    select * from {{ changed_keys() }}
    {%- else %}
    {{ moments_of_beliefs() }}
    {%- endif %}
),

compared as (
    select
        moments.*,
        accounts.conversion_action_types as action_types,
        held.actions,
        held.action_values,
        before.actions as actions_before,
        before.action_values as action_values_before
    from moments
    inner join {{ ref('int_accounts') }} as accounts using (platform, account_id)
    cross join lateral (
        select insights.actions, insights.action_values
        from {{ source('raw', 'insights_daily') }} as insights
        where (insights.platform, insights.account_id) = (moments.platform, moments.account_id)
            and (insights.date_day, insights.ad_id) = (moments.date_day, moments.ad_id)
            and insights.fetched_at = moments.known_from
            and insights.withdrawn_at is null
        union all
        select given_up.actions, given_up.action_values
        from ({{ beliefs_given_up('moments') }}) as given_up
        where given_up.observed_at = moments.known_from
        limit 1
    ) as held
    left join lateral (
        select given_up.*
        from ({{ beliefs_given_up('moments') }}) as given_up
        where given_up.observed_at < moments.known_from
        order by given_up.observed_at desc
        limit 1
    ) as before on true
    where before.observed_at is not null
        or moments.known_from <= {{ hour_start('moments.date_day', '25', 'accounts.account_timezone') }}
),

arrivals as (
    select
        compared.platform,
        compared.account_id,
        compared.date_day,
        compared.ad_id,
        compared.known_from,
        coalesce(counted.amount, 0) - coalesce(counted_before.amount, 0) as conversions,
        coalesce(valued.amount, 0) - coalesce(valued_before.amount, 0) as revenue
    from compared
    left join lateral {{ first_listed_action('compared.actions', 'action_types') }} as counted on true
    left join lateral {{ first_listed_action('compared.action_values', 'action_types') }} as valued on true
    left join lateral {{ first_listed_action('compared.actions_before', 'action_types') }} as counted_before on true
    left join lateral {{ first_listed_action('compared.action_values_before', 'action_types') }} as valued_before
        on true
)

select * from arrivals where conversions <> 0 or revenue <> 0
