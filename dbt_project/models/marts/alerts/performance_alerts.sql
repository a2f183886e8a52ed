{{ config(
    materialized='view',
    tags=['daily'],
) }}

-- A view: an alert is seen here at the moment it is committed. Built once; nothing in it changes between builds.
select
    alerts.alert_id,
    alerts.alert_type,
    alerts.severity,
    alerts.status,
    alerts.message,
    alerts.metric,
    alerts.threshold,
    alerts.expected,
    alerts.actual,
    alerts.score,
    alerts.money_at_stake::numeric as money_at_stake,
    alerts.currency,
    alerts.level,
    alerts.platform,
    alerts.account_id,
    accounts.name as account_name,
    alerts.campaign_id,
    alerts.adset_id,
    alerts.ad_id,
    alerts.object_id,
    alerts.object_name,
    alerts.source,
    alerts.pages as is_worth_a_message,
    alerts.began_at,
    alerts.first_seen_at,
    alerts.last_seen_at,
    alerts.last_told_at,
    alerts.escalations,
    alerts.acknowledged_at,
    alerts.acknowledged_by,
    alerts.snoozed_until,
    alerts.suppressed_by,
    alerts.suppressed_why,
    silences.until_at as silenced_until,
    silences.why as silenced_why,
    alerts.reopened as times_reopened,
    alerts.resolved_at,
    alerts.resolved_reason
from {{ source('ops', 'alerts') }} as alerts
left join {{ source('raw', 'accounts') }} as accounts using (platform, account_id)
left join {{ source('ops', 'alert_silences') }} as silences on silences.silence_id = alerts.silenced_by
