# ruff: noqa: S608 - statements are put together from constants only
"""The queries behind `policy_frames`: what counts as running, as a budget, as a sync.

Parameters: `now`, `accounts` (empty: all still read), `since`, `reports`.
"""

from psycopg import sql

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.platforms.base import ObjectKind, Report

REPORTS = [*(one.value for one in Report), *(one.value for one in ObjectKind), "activities"]

_WANTED = """(case when %(accounts)s::text[] = '{}' then true else account_id = any(%(accounts)s::text[]) end)"""
_STILL_READ = """(case when %(accounts)s::text[] = '{}' then withdrawn_at is null
    else account_id = any(%(accounts)s::text[]) end)"""
_IS_RUNNING = (
    "coalesce({0}.effective_status in ('ACTIVE', 'IN_PROCESS', 'WITH_ISSUES'), true)"
    " and {0}.withdrawn_at is null and coalesce({0}.{1} > %(now)s, true)"
)

ACCOUNTS = sql.SQL(f"""
    select platform, account_id, name as account_name, currency,
        ops.known_time_zone(timezone_name) as timezone_name, first_seen_at, spend_cap, amount_spent
    from raw.accounts where {_STILL_READ}
""")

CAMPAIGNS = sql.SQL(f"""
    select platform, account_id, campaign_id, name as campaign_name, objective,
        {_IS_RUNNING.format("campaigns", "stop_at")} as is_running
    from raw.campaigns where {_WANTED}
""")

MART_OF = {
    Level.ACCOUNT: "marts.account_metrics",
    Level.CAMPAIGN: "marts.campaign_metrics",
    Level.ADSET: "marts.ad_performance_daily",
    Level.AD: "marts.ad_performance_daily",
}
_SUMS = """sum(impressions) as impressions, sum(clicks) as clicks, sum(link_clicks) as link_clicks,
    sum(spend) as spend, sum(conversions) as conversions, sum(revenue) as revenue,
    case when count(*) = count(conversions_nowcast) then sum(conversions_nowcast) end as conversions_nowcast,
    case when count(*) = count(revenue_nowcast) then sum(revenue_nowcast) end as revenue_nowcast"""
_PLAIN = """impressions, clicks, link_clicks, spend, conversions, revenue, conversions_nowcast, revenue_nowcast,
    case when reach > 0 then impressions end as reached_impressions, case when reach > 0 then reach end as reach"""
_NO_REACH = "null::numeric as reached_impressions, null::numeric as reach"
_RECENT = f"date_day >= %(since)s and {_WANTED}"

DAYS = {
    Level.ACCOUNT: sql.SQL(f"""
        select platform, account_id, null as campaign_id, null as adset_id, null as ad_id,
            account_name as object_name, date_day, {_PLAIN}
        from marts.account_metrics where {_RECENT}
    """),
    Level.CAMPAIGN: sql.SQL(f"""
        select platform, account_id, campaign_id, null as adset_id, null as ad_id,
            campaign_name as object_name, date_day, impressions, clicks, link_clicks, spend, conversions, revenue,
            conversions_nowcast, revenue_nowcast, {_NO_REACH}
        from marts.campaign_metrics where {_RECENT}
    """),
    Level.ADSET: sql.SQL(f"""
        select platform, account_id, max(campaign_id) as campaign_id, adset_id, null as ad_id,
            max(adset_name) as object_name, date_day, {_SUMS}, {_NO_REACH}
        from marts.ad_performance_daily where {_RECENT} and adset_id is not null
        group by platform, account_id, adset_id, date_day
    """),
    Level.AD: sql.SQL(f"""
        select platform, account_id, campaign_id, adset_id, ad_id, ad_name as object_name, date_day, {_PLAIN}
        from marts.ad_performance_daily where {_RECENT}
    """),
}

# What is spent of a lifetime budget: the days of its flight, or what the platform says remains, whichever is more;
# the days may begin after the flight did, and the remainder may be some hours old.
_FLIGHT = """coalesce((
        select sum(spend) from {mart} as days
        where days.platform = {o}.platform and days.account_id = {o}.account_id and days.{id} = {o}.{id}
            and days.date_day >= coalesce({o}.start_at, {o}.created_at, %(now)s - interval '400 days')::date - 1
    ), 0)"""


def _spent(spend: str, table: str) -> str:
    return f"""case when {table}.lifetime_budget > 0 then
        greatest({spend}, {table}.lifetime_budget - {table}.budget_remaining, 0) end"""


def _budgets(campaign_spend: str, adset_spend: str) -> sql.SQL:
    return sql.SQL(f"""
        select platform, 'campaign' as level, account_id, campaign_id, null as adset_id, name as object_name,
            daily_budget, lifetime_budget, {_spent(campaign_spend, "campaigns")} as lifetime_spent,
            {_IS_RUNNING.format("campaigns", "stop_at")} as is_running, start_at as starts_at, stop_at as ends_at
        from raw.campaigns
        where {_WANTED} and (daily_budget > 0 or ({_IS_RUNNING.format("campaigns", "stop_at")}
            and lifetime_budget > 0)) and withdrawn_at is null
        union all
        select adsets.platform, 'adset', adsets.account_id, adsets.campaign_id, adset_id, adsets.name,
            adsets.daily_budget, adsets.lifetime_budget, {_spent(adset_spend, "adsets")},
            {_IS_RUNNING.format("adsets", "end_at")}, adsets.start_at, adsets.end_at
        from raw.adsets
        where {_WANTED} and (daily_budget > 0 or ({_IS_RUNNING.format("adsets", "end_at")}
            and lifetime_budget > 0)) and withdrawn_at is null
    """)


BUDGETS = _budgets(
    _FLIGHT.format(mart="marts.campaign_metrics", o="campaigns", id="campaign_id"),
    _FLIGHT.format(mart="marts.ad_performance_daily", o="adsets", id="adset_id"),
)
BUDGETS_WITHOUT_MARTS = _budgets("0", "0")

SYNCS = sql.SQL(f"""
    select platform, account_id, last_started.at as last_started_at, last_ok.at as last_ok_at,
        recent.succeeded, recent.failed
    from raw.accounts
    cross join lateral (
        select max(newest.started_at) as at from unnest(%(reports)s::text[]) as names (report)
        cross join lateral (
            select started_at from ops.sync_runs as run
            where (run.platform, run.account_id, run.report)
                = (accounts.platform, accounts.account_id, names.report)
            order by started_at desc limit 1
        ) as newest
    ) as last_started
    left join lateral (
        select finished_at as at from ops.sync_runs as run
        where (run.platform, run.account_id, run.report)
            = (accounts.platform, accounts.account_id, 'insights_daily') and outcome = 'ok'
        order by started_at desc limit 1
    ) as last_ok on true
    cross join lateral (
        select count(*) filter (where outcome = 'ok') as succeeded,
            count(*) filter (where outcome in ('failed', 'partial')) as failed
        from ops.sync_runs as run
        where run.platform = accounts.platform and run.account_id = accounts.account_id
            and run.report = any(%(reports)s::text[]) and run.started_at >= %(since)s
    ) as recent
    where {_STILL_READ}
""")
