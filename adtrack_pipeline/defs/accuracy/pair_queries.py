# ruff: noqa: S608 - statements are put together from constants only
"""Predictions beside what happened: sums over their windows and over the week before, and whether days were read.

Belongs here: adding up, finality of days. Does not belong here: what that means for a prediction
(`judge_queries.py`).
"""

from psycopg import sql

from adtrack_pipeline.defs.accuracy.object_queries import LEVELS

BASELINE_DAYS = 7
# Postgres knows instants that no library does, infinity among them.
SANE_INSTANT = "least(greatest(predicted_at, '1900-01-01Z'), '2200-01-01Z')"
SPAN = "platform, level, object_id, window_start, window_end, baseline_start"

CREATE = sql.SQL(f"""
    create temporary table pairs (
        like raw.predictions, was_compared boolean, time_zone text, baseline_start date, predicted_day date
    ) on commit drop;
    create temporary table due_objects (
        platform text, level text, object_id text, account_id text, currency text, time_zone text, today date,
        primary key (platform, level, object_id)
    ) on commit drop;
    create temporary table account_windows (
        platform text, account_id text, window_start date, window_end date, is_read boolean
    ) on commit drop;
    create temporary table read_spans (
        platform text, level text, object_id text, window_start date, window_end date, is_read boolean
    ) on commit drop;
    create temporary table spans (
        platform text, level text, object_id text, window_start date, window_end date, baseline_start date,
        impressions bigint, clicks bigint, spend numeric, conversions numeric, revenue numeric,
        conversions_nowcast numeric, revenue_nowcast numeric, rows_are_final boolean,
        currency text, is_of_one_currency boolean,
        baseline_impressions bigint, baseline_clicks bigint, baseline_spend numeric, baseline_conversions numeric,
        baseline_revenue numeric, baseline_days bigint,
        primary key ({SPAN})
    ) on commit drop;
""")
FORGET = sql.SQL(
    "truncate pg_temp.pairs, pg_temp.due_objects, pg_temp.account_windows, pg_temp.read_spans, pg_temp.spans"
)

# The newest version of each prediction, and whether any version of it was compared.
NEWEST = sql.SQL("""
    insert into pg_temp.pairs
    select newest.*, coalesce(current.status <> 'pending', false)
    from pg_temp.due_predictions as due
    cross join lateral (
        select * from raw.predictions where prediction_id = due.prediction_id order by version desc limit 1
    ) as newest
    left join ops.prediction_comparisons as current
        on current.prediction_id = due.prediction_id and current.superseded_at is null
    where due.place between %(first)s and %(last)s
""")
WANT = sql.SQL("insert into pg_temp.wanted_objects select distinct platform, level, object_id from pg_temp.pairs")

OBJECTS = sql.SQL("""
    insert into pg_temp.due_objects
    select platform, level, object_id,
        case when count(*) = 1 then min(account_id) end,
        case when min(currency) = max(currency) then min(currency) end,
        coalesce((array_agg(time_zone order by %(now)s::timestamptz at time zone time_zone))[1], 'UTC'),
        coalesce(min(today), (%(now)s::timestamptz at time zone 'UTC')::date)
    from pg_temp.known_objects
    left join pg_temp.account_clocks using (platform, account_id)
    group by platform, level, object_id
""")

PLACE_IN_TIME = sql.SQL(f"""
    update pg_temp.pairs as pair set
        time_zone = placed.time_zone,
        predicted_day = placed.predicted_day,
        baseline_start = least(pair.window_start, placed.predicted_day) - {BASELINE_DAYS}
    from (
        select prediction_id, coalesce(due_objects.time_zone, 'UTC') as time_zone,
            ({SANE_INSTANT} at time zone coalesce(due_objects.time_zone, 'UTC'))::date as predicted_day
        from pg_temp.pairs left join pg_temp.due_objects using (platform, level, object_id)
    ) as placed
    where placed.prediction_id = pair.prediction_id
""")

# Of windows that may be final: whether all their days were read late enough to stay as they are, on the day of the
# platform's last word or later, in every account the object is in.
READ = sql.SQL("""
    insert into pg_temp.account_windows
    select windows.platform, windows.account_id, windows.window_start, windows.window_end,
        count(coverage.date_day) = windows.window_end - windows.window_start + 1
    from (
        select distinct known.platform, known.account_id, pairs.window_start, pairs.window_end
        from pg_temp.pairs inner join pg_temp.known_objects as known using (platform, level, object_id)
        where pairs.window_end < (%(now)s::timestamptz at time zone 'UTC')::date + 1 - %(restated)s::integer
    ) as windows
    left join pg_temp.account_clocks as clocks using (platform, account_id)
    left join ops.insight_coverage as coverage
        on coverage.platform = windows.platform and coverage.account_id = windows.account_id
        and coverage.report = 'insights_daily'
        and coverage.date_day between windows.window_start and windows.window_end
        and coverage.fetched_at
            >= (coverage.date_day + %(restated)s::integer)::timestamp at time zone coalesce(time_zone, 'UTC')
    group by windows.platform, windows.account_id, windows.window_start, windows.window_end
""")
READ_SPANS = sql.SQL("""
    insert into pg_temp.read_spans
    select wanted.platform, wanted.level, wanted.object_id, wanted.window_start, wanted.window_end,
        bool_and(account_windows.is_read)
    from (select distinct platform, level, object_id, window_start, window_end from pg_temp.pairs) as wanted
    inner join pg_temp.known_objects using (platform, level, object_id)
    inner join pg_temp.account_windows using (platform, account_id, window_start, window_end)
    group by wanted.platform, wanted.level, wanted.object_id, wanted.window_start, wanted.window_end
""")


_SUMMED = ("impressions", "clicks", "spend", "conversions", "revenue")


def _sums(level: str) -> sql.SQL:
    """Both spans of days with one look at the index: they mostly touch each other."""
    _, mart, column = LEVELS[level]
    seen = "filter (where days.date_day >= wanted.window_start)"
    before = f"filter (where days.date_day < wanted.baseline_start + {BASELINE_DAYS})"
    days = "distinct date_day" if level == "video" else "*"  # which several accounts may show on one day
    complete = f"case when count(*) {seen} = count({{0}}) {seen} then coalesce(sum({{0}}) {seen}, 0) end"
    return sql.SQL(f"""
        insert into pg_temp.spans
        select wanted.*, summed.*
        from (select distinct {SPAN} from pg_temp.pairs where level = '{level}') as wanted
        cross join lateral (
            select {", ".join(f"coalesce(sum({one}) {seen}, 0)" for one in _SUMMED)},
                {complete.format("conversions_nowcast")}, {complete.format("revenue_nowcast")},
                coalesce(bool_and(is_final) {seen}, true),
                min(currency) {seen}, coalesce(min(currency) = max(currency), true),
                {", ".join(f"sum({one}) {before}" for one in _SUMMED)},
                count({days}) filter (
                    where days.date_day < wanted.baseline_start + {BASELINE_DAYS} and impressions > 0
                )
            from {mart} as days
            where days.{column} = wanted.object_id and days.platform = wanted.platform
                and days.date_day between wanted.baseline_start and wanted.window_end
        ) as summed
    """)


SUMS = {level: _sums(level) for level in LEVELS}
