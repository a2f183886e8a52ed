-- One row per account and day with the account's own totals, conversions by the account's rule.
select
    insights.platform,
    insights.account_id,
    accounts.account_name,
    coalesce(accounts.account_timezone, 'UTC') as account_timezone,
    insights.date_day,
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
    insights.date_day < coalesce(
        accounts.final_before_day, ({{ adtrack_now() }} at time zone 'UTC')::date - {{ restatement_days() }}
    ) as is_final,
    insights.fetched_at,
    greatest(insights.fetched_at, coverage.fetched_at) as known_at
from {{ ref('stg_meta__account_insights_daily') }} as insights
left join {{ ref('int_accounts') }} as accounts using (platform, account_id)
left join {{ source('ops', 'insight_coverage') }} as coverage
    on coverage.platform = insights.platform
    and coverage.account_id = insights.account_id
    and coverage.report = 'account_insights_daily'
    and coverage.date_day = insights.date_day
left join lateral (
    select coalesce(accounts.conversion_action_types, {{ default_rules('insights.platform') }}) as action_types
) as rule on true
left join lateral {{ first_listed_action('insights.actions', 'rule.action_types') }} as counted on true
left join lateral {{ first_listed_action('insights.action_values', 'rule.action_types') }} as valued on true
