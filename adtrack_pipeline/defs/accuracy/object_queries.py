# ruff: noqa: S608 - statements are put together from constants only
"""Which objects there are, in which accounts, and what day it is there.

From `wanted_objects` (platform, level, object_id) to `known_objects`, one row per account an object is in. A video
is found through the creatives that show it. Belongs here: matching. Does not belong here: what objects did.
"""

from psycopg import sql

LEVELS = {
    "ad": ("raw.ads", "marts.ad_performance_daily", "ad_id"),
    "creative": ("raw.creatives", "marts.creative_metrics", "creative_id"),
    "video": ("raw.creatives", "marts.performance_metrics", "video_id"),
    "campaign": ("raw.campaigns", "marts.campaign_metrics", "campaign_id"),
}
MARTS = tuple(mart for _, mart, _ in LEVELS.values())

CREATE = sql.SQL("""
    create temporary table wanted_objects (platform text, level text, object_id text) on commit drop;
    create temporary table known_objects (
        platform text, level text, object_id text, account_id text,
        primary key (platform, level, object_id, account_id)
    ) on commit drop;
    create temporary table account_clocks (
        platform text, account_id text, currency text, time_zone text, today date,
        primary key (platform, account_id)
    ) on commit drop;
""")
FORGET = sql.SQL("truncate pg_temp.wanted_objects, pg_temp.known_objects")
WANTED_LEVELS = sql.SQL("select distinct level from pg_temp.wanted_objects")

CLOCKS = sql.SQL("""
    insert into pg_temp.account_clocks
    select platform, account_id, currency, time_zone, (%(now)s::timestamptz at time zone time_zone)::date
    from raw.accounts cross join lateral (select ops.known_time_zone(timezone_name) as time_zone) as known
""")


def _listed(level: str) -> sql.SQL:
    table, _, column = LEVELS[level]
    return sql.SQL(f"""
        insert into pg_temp.known_objects
        select distinct wanted.platform, wanted.level, wanted.object_id, listed.account_id
        from pg_temp.wanted_objects as wanted
        inner join {table} as listed on listed.platform = wanted.platform and listed.{column} = wanted.object_id
        where wanted.level = '{level}'
    """)


def _delivered(level: str) -> sql.SQL:
    """Objects no list mentions; rows of what is left over in an account are none."""
    _, mart, column = LEVELS[level]
    return sql.SQL(f"""
        insert into pg_temp.known_objects
        select distinct wanted.platform, wanted.level, wanted.object_id, days.account_id
        from pg_temp.wanted_objects as wanted
        inner join {mart} as days on days.{column} = wanted.object_id and days.platform = wanted.platform
        where wanted.level = '{level}' and wanted.object_id not in ('unattributed', 'unknown')
            and not exists (
                select from pg_temp.known_objects as known
                where (known.platform, known.level, known.object_id)
                    = (wanted.platform, wanted.level, wanted.object_id)
            )
    """)


LISTED = {level: _listed(level) for level in LEVELS}
DELIVERED = {level: _delivered(level) for level in LEVELS}
