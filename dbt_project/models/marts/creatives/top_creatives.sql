{{ config(
    unique_key=['platform', 'account_id', 'period_days', 'creative_id'],
    tags=['daily'],
    pre_hook="{{ track_changes([]) }}",
) }}

-- Ranked by shrunken rates: each creative starts with what is usual for the account, so that a creative with one lucky
-- order does not stand before one that earns every day.
with periods as (
    select accounts.platform, accounts.account_id, accounts.today, period_days
    from {{ ref('int_accounts') }} as accounts
    cross join (values (7), (28)) as lengths (period_days)
),

summed as (
    select
        periods.period_days,
        platform,
        account_id,
        creative_id,
        max(periods.today) - 1 as until_day,
        max(currency) as currency,
        count(*) filter (where impressions > 0) as days_with_delivery,
        {{ metric_sums() }},
        sum(coalesce(revenue_nowcast, revenue)) as expected_revenue
    from periods
    inner join {{ ref('creative_metrics') }} using (platform, account_id)
    where date_day >= today - period_days
        and date_day < today
        and creative_id not in ('unattributed', 'unknown')
    group by periods.period_days, platform, account_id, creative_id
    having sum(impressions) > 0
),

usual as (
    select
        *,
        {{ ratio('sum(clicks) over account', 'sum(impressions) over account') }} as usual_ctr,
        {{ roas('sum(expected_revenue) over account', 'sum(spend) over account') }} as usual_roas,
        5 * {{ cpa('sum(spend) over account', 'sum(conversions) over account') }} as usual_spend
    from summed
    window account as (partition by platform, account_id, period_days)
),

shrunken as (
    select
        *,
        100 * (clicks + 1000 * usual_ctr) / (impressions + 1000) as ctr_shrunken,
        {{ ratio('expected_revenue + usual_spend * usual_roas', 'spend + usual_spend') }} as roas_shrunken
    from usual
),

ranked as (
    select
        *,
        rank() over (partition by platform, account_id, period_days order by spend desc) as spend_rank,
        rank() over (partition by platform, account_id, period_days order by revenue desc) as revenue_rank,
        rank() over (partition by platform, account_id, period_days order by ctr_shrunken desc) as ctr_rank,
        case
            when roas_shrunken is not null then
                rank() over (partition by platform, account_id, period_days order by roas_shrunken desc nulls last)
        end as roas_rank
    from shrunken
)

select
    ranked.platform,
    ranked.account_id,
    ranked.period_days,
    ranked.until_day,
    ranked.creative_id,
    creatives.creative_name,
    creatives.title,
    creatives.body,
    creatives.object_type,
    creatives.video_id,
    creatives.call_to_action_type,
    creatives.thumbnail_hash,
    ranked.currency,
    ranked.days_with_delivery,
    {{ metric_columns() }},
    {{ ratio_columns() }},
    ranked.ctr_shrunken,
    ranked.roas_shrunken,
    ranked.spend_rank,
    ranked.revenue_rank,
    ranked.ctr_rank,
    ranked.roas_rank,
    fatigue.status as fatigue_status
from ranked
left join {{ ref('stg_meta__creatives') }} as creatives
    on creatives.platform = ranked.platform and creatives.creative_id = ranked.creative_id
left join {{ ref('creative_fatigue') }} as fatigue
    on fatigue.platform = ranked.platform
    and fatigue.account_id = ranked.account_id
    and fatigue.creative_id = ranked.creative_id
    and fatigue.date_day = ranked.until_day
where least(spend_rank, revenue_rank, ctr_rank, roas_rank) <= {{ var('top_creatives_kept') }}
