-- One row per ad, account-local day and hour label as the platform delivered it, completed from what is known of the
-- ad. The platform reports no purchases by hour: without a listed action the conversions are unknown, not 0.
select
    insights.platform,
    insights.account_id,
    coalesce(accounts.account_timezone, 'UTC') as account_timezone,
    insights.date_day,
    insights.hour,
    coalesce(insights.campaign_id, ads.campaign_id, adsets.campaign_id) as campaign_id,
    coalesce(insights.campaign_name, campaigns.campaign_name) as campaign_name,
    coalesce(insights.adset_id, ads.adset_id) as adset_id,
    coalesce(insights.adset_name, adsets.adset_name) as adset_name,
    insights.ad_id,
    coalesce(insights.ad_name, ads.ad_name) as ad_name,
    coalesce(insights.currency, accounts.currency) as currency,
    insights.impressions,
    insights.clicks,
    insights.link_clicks,
    insights.outbound_clicks,
    insights.spend,
    counted.amount as conversions,
    counted.action_type as conversion_action_type,
    insights.fetched_at,
    greatest(insights.fetched_at, coverage.fetched_at) as known_at
from {{ ref('stg_meta__insights_hourly') }} as insights
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
left join {{ ref('stg_meta__ads') }} as ads using (platform, ad_id)
left join {{ ref('stg_meta__adsets') }} as adsets
    on adsets.platform = insights.platform and adsets.adset_id = coalesce(insights.adset_id, ads.adset_id)
left join {{ ref('stg_meta__campaigns') }} as campaigns
    on campaigns.platform = insights.platform
    and campaigns.campaign_id = coalesce(insights.campaign_id, ads.campaign_id, adsets.campaign_id)
left join {{ source('ops', 'insight_coverage') }} as coverage
    on coverage.platform = insights.platform
    and coverage.account_id = insights.account_id
    and coverage.report = 'insights_hourly'
    and coverage.date_day = insights.date_day
left join lateral (
    select coalesce(accounts.conversion_action_types, {{ default_rules('insights.platform') }}) as action_types
) as rule on true
left join lateral {{ first_listed_action('insights.actions', 'rule.action_types') }} as counted on true
