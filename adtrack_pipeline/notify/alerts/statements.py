"""The SQL texts of store.py, each for a whole scan."""

PUT = """
with given as materialized (
    select * from jsonb_to_recordset(%(rows)s::jsonb) as given (
        alert_key text, alert_type text, metric text, level text, platform text, account_id text,
        campaign_id text, adset_id text, ad_id text, object_id text, object_name text, model_name text,
        severity text, pages boolean, message text, threshold double precision, expected double precision,
        actual double precision, score double precision, money_at_stake double precision, currency text,
        evidence jsonb, began_at timestamptz, ended_after timestamptz
    )
),
previous as materialized (
    select distinct on (alert_key) alert_id, alert_key, status
    from ops.alerts inner join given using (alert_key)
    where status <> 'resolved' or resolved_at > ended_after
    order by alert_key, status = 'resolved', resolved_at desc
),
seen_again as (
    update ops.alerts as alert set
        status = case
            when alert.status <> 'resolved' then alert.status
            when alert.acknowledged_at is null then 'open'
            else 'acknowledged'
        end,
        opened_at = case when alert.status = 'resolved' then %(at)s else alert.opened_at end,
        reopened = alert.reopened + (alert.status = 'resolved')::integer,
        resolved_at = null, resolved_reason = null, missing_since = null, missed_scans = 0,
        severity = case
            when array_position(array['low', 'medium', 'high', 'critical'], given.severity)
                > array_position(array['low', 'medium', 'high', 'critical'], alert.severity)
            then given.severity else alert.severity
        end,
        pages = alert.pages or given.pages,
        campaign_id = coalesce(given.campaign_id, alert.campaign_id),
        adset_id = coalesce(given.adset_id, alert.adset_id),
        object_name = coalesce(given.object_name, alert.object_name),
        message = given.message, threshold = given.threshold, expected = given.expected, actual = given.actual,
        score = given.score, money_at_stake = given.money_at_stake, currency = given.currency,
        evidence = given.evidence, source = %(source)s,
        began_at = least(alert.began_at, given.began_at),
        last_seen_at = greatest(alert.last_seen_at, %(at)s)
    from given inner join previous using (alert_key)
    where alert.alert_id = previous.alert_id
    returning case when previous.status = 'resolved' then 'reopened' else 'updated' end as word, alert.alert_id
),
opened as (
    insert into ops.alerts (
        alert_key, alert_type, metric, level, platform, account_id, campaign_id, adset_id, ad_id, object_id,
        object_name, model_name, severity, pages, message, threshold, expected, actual, score, money_at_stake,
        currency, evidence, source, began_at, first_seen_at, last_seen_at, opened_at
    )
    select
        alert_key, alert_type, metric, level, platform, account_id, campaign_id, adset_id, ad_id, object_id,
        object_name, model_name, severity, pages, message, threshold, expected, actual, score, money_at_stake,
        currency, evidence, %(source)s, began_at, %(at)s, %(at)s, %(at)s
    from given where alert_key not in (select alert_key from previous)
    returning 'opened' as word, alert_id
)
select * from seen_again union all select * from opened
"""

END = """
with missed as (
    update ops.alerts set missed_scans = missed_scans + 1, missing_since = coalesce(missing_since, %(at)s)
    where status <> 'resolved' and source = %(source)s and last_seen_at < %(at)s
        and (account_id = any(%(accounts)s) or (account_id is null and %(pipeline)s))
        and alert_key <> all(%(keys)s)
    returning alert_id, missed_scans, missing_since
)
select alert_id from missed
where missed_scans >= %(scans)s and missing_since <= %(gone_since)s
order by alert_id
"""

RESOLVE = """
update ops.alerts set status = 'resolved', resolved_at = %s, resolved_reason = 'ended' where alert_id = any(%s)
"""

EXPIRE = """
update ops.alerts set status = 'resolved', resolved_at = %(at)s, resolved_reason = 'expired'
where status <> 'resolved' and coalesce(missing_since, last_seen_at) < %(before)s
returning alert_id
"""

OPEN_GROUPS = """
select alert_key from ops.alerts
where status <> 'resolved' and source = %s and pages and level in ('adset', 'campaign', 'account')
    and evidence ? 'members'
"""

WATCHED = """
select
    alert_id, alert_key, alert_type, metric, level, platform, account_id, campaign_id, adset_id, ad_id, object_id,
    status, severity, pages, message, threshold, actual, source, first_seen_at, last_seen_at, opened_at,
    resolved_at, snoozed_until, suppressed_by, suppressed_why, silenced_by, told_severity, last_told_at,
    model_name
from ops.alerts
where pages and (
    alert_id = any(%(ended)s)
    or (account_id = any(%(accounts)s) or account_id is null)
    and (status <> 'resolved' or resolved_at > %(ended_after)s)
)
order by alert_id
"""

DECIDED = """
update ops.alerts as alert set
    suppressed_by = decided.suppressed_by,
    suppressed_why = decided.suppressed_why,
    silenced_by = decided.silenced_by,
    escalations = escalations + (decided.change is not distinct from 'escalated')::integer,
    told_severity = case when decided.change is null then told_severity else severity end,
    last_told_at = case when decided.told then %(at)s else last_told_at end
from jsonb_to_recordset(%(rows)s::jsonb) as decided (
    alert_id bigint, suppressed_by bigint, suppressed_why text, silenced_by bigint, change text, told boolean
)
where alert.alert_id = decided.alert_id
"""
