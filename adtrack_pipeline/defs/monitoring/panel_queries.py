# ruff: noqa: S608 - statements are put together from constants only
"""The queries behind `panel_frames`: one account's hours, days, arrivals, plan and changes.

Parameters: `platform`, `account`, `since` (an account-local day), `now`; `fresh` for the accounts.
"""

from psycopg import sql

_OF_ACCOUNT = "platform = %(platform)s and account_id = %(account)s"
_RECENT = f"{_OF_ACCOUNT} and date_day >= %(since)s"

# An account is judged up to its last complete read of hours; one that was not read lately is not judged at all.
ACCOUNTS = sql.SQL("""
    select platform, account_id, max(started_at) as read_at
    from ops.sync_runs
    where report = 'insights_hourly' and outcome = 'ok' and started_at between %(fresh)s and %(now)s
    group by platform, account_id
    order by platform, account_id
""")

# A row per ad, its hours packed (see `copy_packed`); days are counted from 1970. In single precision, as detection
# takes them: a month of hours of ten thousand ads is held in memory.
HOURS = sql.SQL(f"""
    select %(account)s::text, coalesce(max(campaign_id), '-'), ad_id,
        string_agg(int4send(date_day - date '1970-01-01'), ''),
        string_agg(int8send(extract(epoch from hour_start_at)::bigint), ''),
        string_agg(float4send(impressions::float4), ''),
        string_agg(float4send(clicks::float4), ''),
        string_agg(float4send(spend::float4), '')
    from marts.ad_performance_hourly
    where {_RECENT} and hour_start_at is not null and hour_start_at < %(now)s and ad_id <> ''
    group by ad_id
""")
HOURS_PACKED = {"date_day": ">i4", "ts": ">i8", "impressions": ">f4", "clicks": ">f4", "spend": ">f4"}

DAYS = sql.SQL(f"""
    select ad_id, date_day - date '1970-01-01' as date_day, conversions, revenue, reach, frequency
    from marts.ad_performance_daily where {_RECENT} and ad_id is not null
""")

# An hour's look finds what came in since the look before: it belongs to the hour before.
ARRIVALS = sql.SQL(f"""
    select ad_id, extract(epoch from date_trunc('hour', known_from - interval '1 hour'))::bigint as ts,
        sum(conversions) as conversions, sum(revenue) as revenue
    from intermediate.int_conversion_arrivals
    where {_RECENT} and known_from <= %(now)s and (conversions <> 0 or revenue <> 0)
    group by 1, 2
""")

# The newest moment after which the account was read at least every two and a half hours.
WATCHED_SINCE = sql.SQL(f"""
    with looks as (
        select finished_at, lag(finished_at) over (order by finished_at) as before
        from ops.sync_runs
        where {_OF_ACCOUNT} and report = 'insights_daily' and outcome = 'ok'
            and started_at >= %(since)s and finished_at <= %(now)s
    )
    select max(finished_at) from looks
    where (before is null or finished_at - before > interval '150 minutes')
        and (select max(finished_at) from looks) > %(now)s - interval '150 minutes'
""")

# An ad runs when its own status says so (Meta's effective status knows its ad set and campaign); its budget is its
# ad set's or, where the campaign holds the budget, the campaign's.
PLAN = sql.SQL("""
    with versions as (
        select object_type, object_id, payload, observed_at,
            lead(observed_at) over (partition by object_type, object_id order by observed_at) as until
        from raw.object_history
        where platform = %(platform)s and account_id = %(account)s and object_type in ('ad', 'adset', 'campaign')
    ),
    first_seen as (
        select object_type, object_id, min(observed_at) as at from versions group by object_type, object_id
    ),
    spans as (
        select versions.*, observed_at = first_seen.at as is_first
        from versions inner join first_seen using (object_type, object_id)
    ),
    ads as (select ad_id, adset_id, campaign_id from raw.ads
        where platform = %(platform)s and account_id = %(account)s)
    select spans.object_id as ad_id,
        case when is_first then null else extract(epoch from observed_at)::bigint end as ts_from,
        extract(epoch from until)::bigint as ts_to,
        coalesce(payload ->> 'effective_status', 'ACTIVE') as effective_status, null::numeric as daily_budget
    from spans where object_type = 'ad'
    union all
    select ads.ad_id, case when is_first then null else extract(epoch from observed_at)::bigint end,
        extract(epoch from until)::bigint, null, nullif(payload ->> 'daily_budget', '')::numeric
    from spans inner join ads on ads.adset_id = spans.object_id
    where object_type = 'adset' and coalesce(payload ->> 'daily_budget', '0') <> '0'
    union all
    select ads.ad_id, case when is_first then null else extract(epoch from observed_at)::bigint end,
        extract(epoch from until)::bigint, null, nullif(payload ->> 'daily_budget', '')::numeric
    from spans inner join ads on ads.campaign_id = spans.object_id
    where object_type = 'campaign' and coalesce(payload ->> 'daily_budget', '0') <> '0'
""")

# What is judged began up to four days ago, was seen in up to a week, and is explained by two days before that.
CHANGES = sql.SQL("""
    select object_id, extract(epoch from event_at)::bigint as ts,
        concat_ws(' ', coalesce(nullif(translated_event_type, ''), event_type), object_name,
            case when actor_name <> '' then 'by ' || actor_name end) as what
    from raw.activities
    where platform = %(platform)s and account_id = %(account)s and event_at >= %(now)s - interval '14 days'
        and event_at <= %(now)s and object_id is not null
""")

NAMES = sql.SQL("""
    select 'account' as level, account_id as object_id, name, currency, null as parent
    from raw.accounts where platform = %(platform)s and account_id = %(account)s
    union all
    select 'campaign', campaign_id, name, null, null
    from raw.campaigns where platform = %(platform)s and account_id = %(account)s
    union all
    select 'ad', ad_id, name, null, adset_id
    from raw.ads where platform = %(platform)s and account_id = %(account)s
""")
