# ruff: noqa: S608 - statements are put together from constants only
"""The queries behind `reading.py`: one account up to a day, bounded by days, never by the length of history.

Parameters: `platform`, `account`, `day` (account-local), `as_of`, `not_selling` (objectives), `currency`,
`target`; of all accounts `now`, `accounts` (empty: all that are still read).
"""

from psycopg import sql

_OF_ACCOUNT = "platform = %(platform)s and account_id = %(account)s"

# Every account the token can still read, or the ones that were asked for; with the days that matter this morning.
STANDINGS = sql.SQL("""
    select
        platform, account_id, ops.known_time_zone(timezone_name),
        (
            select coalesce(jsonb_object_agg(date_day, fetched_at), '{}') from ops.insight_coverage as covered
            where (covered.platform, covered.account_id) = (accounts.platform, accounts.account_id)
                and report = 'insights_daily' and date_day >= (%(now)s at time zone 'UTC')::date - 3
        ),
        (
            select coalesce(jsonb_object_agg(report_date, is_complete), '{}') from (
                select distinct on (report_date) report_date, is_complete from ops.reports
                where (reports.platform, reports.account_id) = (accounts.platform, accounts.account_id)
                    and report_date >= (%(now)s at time zone 'UTC')::date - 3
                order by report_date, version desc
            ) as newest
        )
    from raw.accounts as accounts
    where case when %(accounts)s::text[] = '{}' then withdrawn_at is null
        else account_id = any(%(accounts)s::text[]) end
    order by platform, account_id
""")

BUILT_OVERALL = sql.SQL("""
    select distinct on (report_date) report_date, is_complete from ops.reports
    where platform = '*' and report_date >= (%(now)s at time zone 'UTC')::date - 3
    order by report_date, version desc
""")

ACCOUNT = sql.SQL(f"""
    select coalesce(nullif(trim(name), ''), account_id), currency, ops.known_time_zone(timezone_name)
    from raw.accounts where {_OF_ACCOUNT}
""")

READ_AT = sql.SQL(f"""
    select fetched_at from ops.insight_coverage
    where {_OF_ACCOUNT} and report = 'insights_daily' and date_day = %(day)s
""")

RATE = sql.SQL("""
    select rate::double precision from ops.exchange_rates(%(target)s, %(day)s)
    where currency = %(currency)s limit 1
""")

DAYS = sql.SQL(f"""
    select date_day, impressions, clicks, spend, conversions, revenue, conversions_nowcast, revenue_nowcast,
        is_final
    from marts.account_metrics where {_OF_ACCOUNT} and date_day between %(day)s::date - 35 and %(day)s
""")

_SUMS = """
    sum(impressions) as impressions, sum(clicks) as clicks, sum(spend) as spend,
    sum(conversions) as conversions, sum(revenue) as revenue,
    case when count(*) = count(conversions_nowcast) then sum(conversions_nowcast) end as conversions_nowcast,
    case when count(*) = count(revenue_nowcast) then sum(revenue_nowcast) end as revenue_nowcast,
    coalesce(sum(spend) filter (where date_day = %(day)s), 0) as spend_yesterday
"""
_WEEK = f"{_OF_ACCOUNT} and date_day between %(day)s::date - 6 and %(day)s"
_THUMBNAIL = """(
    select thumbnail_hash from raw.creatives
    where creatives.platform = %(platform)s and creatives.creative_id = {0}.creative_id limit 1
) as thumbnail_hash"""

CAMPAIGNS = sql.SQL(f"""
    select campaign_id as object_id, max(campaign_name) as name,
        coalesce(max(objective) <> all(%(not_selling)s), true) as sells, {_SUMS}
    from marts.campaign_metrics where {_WEEK} and campaign_id not in ('unknown', 'unattributed')
    group by campaign_id having sum(impressions) > 0 or sum(spend) > 0
""")

CREATIVES = sql.SQL(f"""
    select summed.*, coalesce(used.sells, true) as sells, {_THUMBNAIL.format("summed")} from (
        select creative_id, creative_id as object_id, max(creative_name) as name, {_SUMS}
        from marts.creative_metrics where {_WEEK} and creative_id not in ('unknown', 'unattributed')
        group by creative_id having sum(impressions) > 0 or sum(spend) > 0
    ) as summed
    left join (
        select ads.creative_id, bool_or(coalesce(objective <> all(%(not_selling)s), true)) as sells
        from raw.ads left join raw.campaigns using (platform, account_id, campaign_id)
        where ads.platform = %(platform)s and ads.account_id = %(account)s group by ads.creative_id
    ) as used using (creative_id)
""")

# The model may be a day behind early in the morning.
FATIGUE = sql.SQL(f"""
    select worn.creative_id, spent.name, worn.status, worn.days_since_onset, worn.recent_ctr, worn.best_ctr,
        worn.ctr_drop_pct, worn.frequency_recent, spent.spend, {_THUMBNAIL.format("worn")}
    from marts.creative_fatigue as worn
    inner join (
        select creative_id, max(creative_name) as name, sum(spend) as spend
        from marts.creative_metrics where {_WEEK} group by creative_id
    ) as spent using (creative_id)
    where {_OF_ACCOUNT} and worn.status in ('fatigued', 'limited') and worn.date_day = (
        select max(date_day) from marts.creative_fatigue
        where {_OF_ACCOUNT} and date_day between %(day)s::date - 1 and %(day)s
    )
""")

_ALERTS = """
    select alert_id, alert_type, severity, message, object_name, money_at_stake, currency, began_at, status
    from marts.performance_alerts
    where {0} and is_worth_a_message and suppressed_by is null
        and first_seen_at <= %(as_of)s and (resolved_at is null or resolved_at > %(as_of)s)
        and coalesce(snoozed_until <= %(as_of)s, true) and coalesce(silenced_until <= %(as_of)s, true)
"""
ALERTS = sql.SQL(_ALERTS.format(_OF_ACCOUNT))
MODEL_ALERTS = sql.SQL(_ALERTS.format("level = 'model'"))  # these are of no account

FRESHNESS = sql.SQL(f"""
    select report, last_ok_at, last_outcome, last_error, failed_since_ok
    from ops.account_freshness where {_OF_ACCOUNT} and report like '%%insights%%'
""")

LAST_BUILT = sql.SQL(f"""
    select max(built_at) from ops.reports
    where {_OF_ACCOUNT} and report_date < %(day)s and report_date >= %(day)s::date - 7
""")

THUMBNAILS = sql.SQL("select thumbnail_hash, media_type, bytes from raw.thumbnails where thumbnail_hash = any(%s)")
