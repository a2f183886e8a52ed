{{ config(
    unique_key=['platform', 'account_id', 'activity_key'],
    indexes=[{'columns': ['object_id', 'event_at']}, {'columns': ['event_at']}],
    meta={'change_key': ['platform', 'account_id', 'activity_key']},
    pre_hook="{{ track_changes([
        changed_raw('raw.activities', change_key()), activities_around(changed_days_of('ad_performance_daily')),
        activities_around(completed_days()),
    ], facts=['account_timezone', 'currency']) }}",
) }}

with activities as (
    select * from {{ ref('int_activities') }} {{ where_changed(change_key()) }}
),

object_days as (
    select 'ad' as object_level, platform, account_id, ad_id as object_id, date_day,
        impressions, clicks, spend, conversions, revenue, is_final
    from {{ ref('ad_performance_daily') }}
    union all
    select 'adset', platform, account_id, adset_id, date_day, impressions, clicks, spend, conversions, revenue, is_final
    from {{ ref('ad_performance_daily') }}
    union all
    select 'campaign', platform, account_id, campaign_id, date_day,
        impressions, clicks, spend, conversions, revenue, is_final
    from {{ ref('campaign_metrics') }}
    union all
    select 'account', platform, account_id, account_id, date_day,
        impressions, clicks, spend, conversions, revenue, is_final
    from {{ ref('account_metrics') }}
),

{% set metrics = ['impressions', 'clicks', 'spend', 'conversions', 'revenue'] %}

-- The day of the change belongs to neither side: part of it ran before, part after.
moved as (
    select
        activities.*,
        least(3, greatest(0, today - date_day - 1)) as days_after,
        {%- for metric in metrics %}
        case when object_level is not null then coalesce(around.before_{{ metric }}, 0) end as before_{{ metric }},
        case when object_level is not null and today - date_day > 1 then coalesce(around.after_{{ metric }}, 0) end
            as after_{{ metric }},
        {%- endfor %}
        object_level is not null and today - date_day > 3 and coalesce(around.is_final, true) as is_final
    from activities
    cross join lateral (
        select
            {%- for metric in metrics %}
            sum(object_days.{{ metric }}) filter (where object_days.date_day < activities.date_day)
                as before_{{ metric }},
            sum(object_days.{{ metric }}) filter (where object_days.date_day > activities.date_day)
                as after_{{ metric }},
            {%- endfor %}
            bool_and(object_days.is_final) as is_final
        from object_days
        where object_days.platform = activities.platform
            and object_days.account_id = activities.account_id
            and object_days.object_level = activities.object_level
            and object_days.object_id = activities.object_id
            and object_days.date_day between activities.date_day - 3 and activities.date_day + 3
            and object_days.date_day <> activities.date_day
            and object_days.date_day < activities.today
    ) as around
),

rated as (
    select
        *,
        {%- for side in ['before', 'after'] %}
        {{ ctr(side ~ '_clicks', side ~ '_impressions') }} as {{ side }}_ctr,
        {{ cpa(side ~ '_spend', side ~ '_conversions') }} as {{ side }}_cpa,
        {{ roas(side ~ '_revenue', side ~ '_spend') }} as {{ side }}_roas{{ ',' if not loop.last }}
        {%- endfor %}
    from moved
)

select
    platform,
    account_id,
    activity_key,
    event_at,
    date_day,
    event_type,
    translated_event_type,
    actor_name,
    application_name,
    object_level,
    object_id,
    object_name,
    old_value,
    new_value,
    details,
    currency,
    days_after::bigint as days_after,
    {%- for side in ['before', 'after'] %}
    {{ side }}_impressions::bigint as {{ side }}_impressions,
    {{ side }}_clicks::bigint as {{ side }}_clicks,
    {{ side }}_spend,
    {{ side }}_conversions,
    {{ side }}_revenue,
    {{ side }}_ctr,
    {{ side }}_cpa,
    {{ side }}_roas,
    {%- endfor %}
    {{ change_pct('before_spend / 3', 'after_spend / nullif(days_after, 0)') }} as spend_change_pct,
    {{ change_pct('before_ctr', 'after_ctr') }} as ctr_change_pct,
    {{ change_pct('before_roas', 'after_roas') }} as roas_change_pct,
    is_final,
    fetched_at
from rated
