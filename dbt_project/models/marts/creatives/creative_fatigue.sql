{{ config(
    unique_key=['platform', 'account_id', 'date_day', 'creative_id'],
    indexes=[{'columns': ['creative_id', 'date_day']}, {'columns': ['date_day']}],
    tags=['daily'],
    meta={'change_key': ['platform', 'account_id', 'date_day']},
    pre_hook="{{ track_changes([
        days_reached(changed_days_of('ad_performance_daily') ~ ' union all ' ~ completed_days(), fatigue_reach()),
    ], facts=['account_timezone']) }}",
) }}

{% set lookback = var('fatigue_lookback_days') %}
{% set of_creative = 'partition by platform, account_id, creative_id order by date_day range between' %}

with days as (
    select days.*
    from {{ ref('int_creative_days') }} as days
    {%- if is_incremental() %}
    inner join (
        select platform, account_id, min(date_day) - {{ fatigue_reach() }} as read_from
        from {{ changed_keys() }}
        group by platform, account_id
    ) as scope on scope.platform = days.platform
        and scope.account_id = days.account_id
        and days.date_day >= scope.read_from
    {%- endif %}
),

-- A day's verdict rests on complete days up to it and on nothing later.
sums as (
    select
        *,
        least(date_day - min(date_day) over creative, {{ lookback }}) + 1 as history_days,
        sum(impressions) over recent as recent_impressions,
        sum(clicks) over recent as recent_clicks,
        sum(clicks) over period as period_clicks,
        date_day - min(date_day) over period + 1 as period_days,
        {{ ctr('sum(clicks) over period', 'sum(impressions) over period') }} as period_ctr,
        {{ frequency('sum(reached_impressions) over week', 'sum(reached_people) over week') }} as frequency_recent,
        sum(spend) over week as week_spend,
        sum(results) over week as week_results,
        sum(spend) over past as past_spend,
        sum(results) over past as past_results
    from days
    window
        creative as (partition by platform, account_id, creative_id),
        recent as ({{ of_creative }} '4 days' preceding and current row),
        week as ({{ of_creative }} '6 days' preceding and current row),
        period as ({{ of_creative }} '9 days' preceding and current row),
        past as ({{ of_creative }} '{{ lookback }} days' preceding and '7 days' preceding)
),

-- Materialized steps: the planner would put each expression into the next one, and compute it once per use and frame.
-- A period can be the best one when it has enough clicks and days to be more than a lucky start.
periods as materialized (
    select
        *,
        case
            when period_clicks >= {{ var('fatigue_min_expected_clicks') }}
                and period_days >= {{ var('fatigue_min_history_days') }}
                then array[period_ctr::float8, frequency_recent::float8, date_day - date '1970-01-01']
        end as period
    from sums
),

-- It ends before the recent days begin.
compared as (
    select *, max(period) over ({{ of_creative }} '{{ lookback }} days' preceding and '5 days' preceding) as best
    from periods
),

measured as materialized (
    select
        *,
        {{ ctr('recent_clicks', 'recent_impressions') }} as recent_ctr,
        best[1]::numeric as best_ctr,
        date '1970-01-01' + best[3]::integer as best_period_until,
        trim_scale(recent_impressions * best[1]::numeric / 100) as expected_clicks,
        best[2]::numeric as frequency_base,
        {{ change_pct('best[2]::numeric', 'frequency_recent') }} as frequency_rise_pct,
        case when past_results >= {{ var('fatigue_min_past_results') }} then {{ cpa('past_spend', 'past_results') }} end
            as past_cost_per_result,
        case
            when week_results >= {{ var('fatigue_min_recent_results') }} then {{ cpa('week_spend', 'week_results') }}
        end as recent_cost_per_result
    from compared
),

scored as materialized (
    select
        *,
        -({{ change_pct('best_ctr', 'recent_ctr') }}) as ctr_drop_pct,
        {{ fatigue_z() }} as z,
        {{ ratio('recent_cost_per_result', 'past_cost_per_result') }} as cost_per_result_ratio
    from measured
),

judged as materialized (
    select *, {{ fatigue_status() }} as status from scored
),

-- Wear begins with the first flagged day after days that were not; a pause of more than a week ends it.
runs as (
    select
        *,
        status in ('limited', 'fatigued') as is_flagged,
        status in ('limited', 'fatigued') and not coalesce(
            lag(status) over of_creative in ('limited', 'fatigued') and date_day - lag(date_day) over of_creative <= 7,
            false
        ) as is_onset
    from judged
    window of_creative as (partition by platform, account_id, creative_id order by date_day)
),

dated as (
    select
        *,
        case
            when is_flagged then greatest(
                date_day - {{ lookback }},
                max(case when is_onset then date_day end)
                    over (partition by platform, account_id, creative_id order by date_day)
            )
        end as onset_day
    from runs
)

select
    platform,
    account_id,
    date_day,
    creative_id,
    status,
    onset_day,
    (date_day - onset_day)::bigint as days_since_onset,
    history_days::bigint as history_days,
    recent_impressions::bigint as recent_impressions,
    recent_clicks::bigint as recent_clicks,
    recent_ctr,
    best_ctr,
    best_period_until,
    expected_clicks,
    ctr_drop_pct,
    z,
    frequency_recent,
    frequency_base,
    frequency_rise_pct,
    currency,
    recent_cost_per_result,
    past_cost_per_result,
    cost_per_result_ratio,
    {{ cost_status() }} as cost_per_result_status
from dated
{{ where_changed() }}
