-- What a creative got on each complete day, with what is needed to judge its wear. Reach cannot be added over days or
-- ads: impressions and reach of the ad-days that have one are carried side by side and serve as a mean daily frequency.
select
    days.platform,
    days.account_id,
    days.creative_id,
    days.date_day,
    max(days.currency) as currency,
    sum(days.impressions)::bigint as impressions,
    sum(days.clicks)::bigint as clicks,
    sum(days.spend) as spend,
    sum(coalesce(days.conversions_nowcast, days.conversions)) as results,
    (sum(days.impressions) filter (where days.reach > 0))::bigint as reached_impressions,
    (sum(days.reach) filter (where days.reach > 0))::bigint as reached_people
from {{ ref('ad_performance_daily') }} as days
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
where days.creative_id is not null
    and days.ad_id <> 'unattributed'
    and days.date_day < coalesce(accounts.today, ({{ adtrack_now() }} at time zone 'UTC')::date)
group by days.platform, days.account_id, days.creative_id, days.date_day
