-- One row per ad and day as the platform delivered it, completed from what is known of the ad, with conversions by
-- the account's rule. A conversion without delivery and an ad that no list mentions are rows like all others.
select
    insights.platform,
    insights.account_id,
    accounts.account_name,
    coalesce(accounts.account_timezone, 'UTC') as account_timezone,
    insights.date_day,
    coalesce(insights.campaign_id, ads.campaign_id, adsets.campaign_id) as campaign_id,
    coalesce(insights.campaign_name, campaigns.campaign_name) as campaign_name,
    coalesce(insights.adset_id, ads.adset_id) as adset_id,
    coalesce(insights.adset_name, adsets.adset_name) as adset_name,
    insights.ad_id,
    coalesce(insights.ad_name, ads.ad_name) as ad_name,
    coalesce(shown.creative_id, ads.creative_id) as creative_id,
    coalesce(insights.objective, campaigns.objective) as objective,
    coalesce(insights.optimization_goal, adsets.optimization_goal) as optimization_goal,
    insights.attribution_setting,
    coalesce(insights.currency, accounts.currency) as currency,
    insights.impressions,
    insights.clicks,
    insights.link_clicks,
    insights.outbound_clicks,
    insights.spend,
    coalesce(counted.amount, 0) as conversions,
    counted.action_type as conversion_action_type,
    coalesce(valued.amount, 0) as revenue,
    valued.action_type as revenue_action_type,
    insights.reach,
    coalesce({{ frequency('insights.impressions', 'insights.reach') }}, insights.frequency) as frequency,
    insights.video_plays,
    insights.video_p25,
    insights.video_p50,
    insights.video_p75,
    insights.video_p100,
    insights.thruplays,
    insights.video_avg_seconds,
    insights.date_day < coalesce(
        accounts.final_before_day, ({{ adtrack_now() }} at time zone 'UTC')::date - {{ restatement_days() }}
    ) as is_final,
    insights.fetched_at,
    greatest(insights.fetched_at, coverage.fetched_at) as known_at
from {{ ref('stg_meta__insights_daily') }} as insights
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
left join {{ ref('stg_meta__ads') }} as ads using (platform, ad_id)
left join {{ ref('stg_meta__adsets') }} as adsets
    on adsets.platform = insights.platform and adsets.adset_id = coalesce(insights.adset_id, ads.adset_id)
left join {{ ref('stg_meta__campaigns') }} as campaigns
    on campaigns.platform = insights.platform
    and campaigns.campaign_id = coalesce(insights.campaign_id, ads.campaign_id, adsets.campaign_id)
left join {{ ref('int_ad_creatives') }} as shown
    on shown.platform = insights.platform
    and shown.ad_id = insights.ad_id
    and insights.date_day >= shown.valid_from_day
    and insights.date_day < shown.valid_until_day
left join {{ source('ops', 'insight_coverage') }} as coverage
    on coverage.platform = insights.platform
    and coverage.account_id = insights.account_id
    and coverage.report = 'insights_daily'
    and coverage.date_day = insights.date_day
left join lateral (
    select coalesce(accounts.conversion_action_types, {{ default_rules('insights.platform') }}) as action_types
) as rule on true
left join lateral {{ first_listed_action('insights.actions', 'rule.action_types') }} as counted on true
left join lateral {{ first_listed_action('insights.action_values', 'rule.action_types') }} as valued on true
