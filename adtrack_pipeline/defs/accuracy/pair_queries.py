# ruff: noqa: S608 - statements are put together from constants only
"""Predictions beside what happened: the statements behind the frame `pairs` of `accuracy.compare`.

Belongs here: sums over windows, finality, what "due" means. Does not belong here: judging (`accuracy/`).

The age of an object counts from the first midnight of its predicted window, in the time zone of its account (of
several accounts: the one where that is last; UTC while it is unknown). A prediction is due once its window began
`min_hours` ago. One that was never compared is left alone when its window began more than `max_days` ago; one that
was compared is followed to the end, however old.
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
FORGET = sql.SQL("truncate pg_temp.pairs, pg_temp.due_objects, pg_temp.read_spans, pg_temp.spans")

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

# Read late enough to stay as it is: on the day on which the platform's last word is given, or later.
READ = sql.SQL("""
    insert into pg_temp.read_spans
    with windows as materialized (
        select distinct known.platform, known.account_id, pairs.window_start, pairs.window_end
        from pg_temp.pairs inner join pg_temp.known_objects as known using (platform, level, object_id)
    ),
    looked as materialized (
        select windows.*, count(coverage.date_day) = windows.window_end - windows.window_start + 1 as is_read
        from windows
        left join pg_temp.account_clocks as clocks using (platform, account_id)
        left join ops.insight_coverage as coverage
            on coverage.platform = windows.platform and coverage.account_id = windows.account_id
            and coverage.report = 'insights_daily'
            and coverage.date_day between windows.window_start and windows.window_end
            and coverage.fetched_at
                >= (coverage.date_day + %(restated)s::integer)::timestamp at time zone coalesce(time_zone, 'UTC')
        group by windows.platform, windows.account_id, windows.window_start, windows.window_end
    )
    select known.platform, known.level, known.object_id, looked.window_start, looked.window_end,
        bool_and(looked.is_read)
    from (select distinct platform, level, object_id, window_start, window_end from pg_temp.pairs) as wanted
    inner join pg_temp.known_objects as known using (platform, level, object_id)
    inner join looked using (platform, account_id, window_start, window_end)
    group by known.platform, known.level, known.object_id, looked.window_start, looked.window_end
""")


def _sums(level: str) -> sql.SQL:
    _, mart, column = LEVELS[level]
    days = f"from {mart} as days where days.{column} = wanted.object_id and days.platform = wanted.platform"
    complete = "case when count(*) = count({0}) then coalesce(sum({0}), 0) end"
    return sql.SQL(f"""
        insert into pg_temp.spans
        select wanted.*, seen.*, before.*
        from (select distinct {SPAN} from pg_temp.pairs where level = '{level}') as wanted
        cross join lateral (
            select coalesce(sum(impressions), 0), coalesce(sum(clicks), 0), coalesce(sum(spend), 0),
                coalesce(sum(conversions), 0), coalesce(sum(revenue), 0),
                {complete.format("conversions_nowcast")}, {complete.format("revenue_nowcast")},
                coalesce(bool_and(is_final), true),
                min(currency), coalesce(min(currency) = max(currency), true)
            {days} and days.date_day between wanted.window_start and wanted.window_end
        ) as seen
        cross join lateral (
            select sum(impressions), sum(clicks), sum(spend), sum(conversions), sum(revenue),
                count(distinct date_day) filter (where impressions > 0)
            {days} and days.date_day between wanted.baseline_start and wanted.baseline_start + {BASELINE_DAYS - 1}
        ) as before
    """)


SUMS = {level: _sums(level) for level in LEVELS}

PREDICTED = tuple(
    f"predicted_{metric}{bound}"
    for metric in ("ctr", "roas", "conversions", "spend")
    for bound in ("", "_lower", "_upper")
)
_BEGAN = "window_start::timestamp at time zone {0}time_zone"
_ENDED = "(window_end + {0})::timestamp at time zone time_zone"

# Money of several currencies is no sum. Conversions whose share that has arrived is unknown are taken as they are
# once the window is over for `settled` days.
JUDGE = sql.SQL(f"""
    create temporary table judged_pairs on commit drop as
    with placed as (
        select pairs.*,
            objects.object_id is not null as is_matched,
            objects.account_id,
            coalesce(objects.today, (%(now)s::timestamptz at time zone 'UTC')::date) as today,
            coalesce(case when spans.is_of_one_currency then spans.currency end, objects.currency) as currency,
            coalesce(spans.is_of_one_currency, true) as is_of_one_currency,
            spans.impressions, spans.clicks, spans.spend, spans.conversions, spans.revenue,
            spans.conversions_nowcast, spans.revenue_nowcast, spans.rows_are_final,
            spans.baseline_impressions, spans.baseline_clicks, spans.baseline_spend, spans.baseline_conversions,
            spans.baseline_revenue, spans.baseline_days,
            coalesce(reads.is_read, false) as is_read,
            {_BEGAN.format("pairs.")} + make_interval(mins => (%(min_hours)s * 60)::integer) as due_at
        from pg_temp.pairs
        left join pg_temp.due_objects as objects using (platform, level, object_id)
        left join pg_temp.spans using ({SPAN})
        left join pg_temp.read_spans as reads using (platform, level, object_id, window_start, window_end)
    ),
    judged as (
        select *,
            is_matched and is_read and rows_are_final and window_end < today - %(restated)s::integer as is_final,
            not was_compared
                and {_BEGAN.format("")} < %(now)s::timestamptz - make_interval(days => %(max_days)s) as is_too_old,
            is_matched and window_end >= today
                and (impressions, clicks, spend, conversions, revenue) = (0, 0, 0, 0, 0) as is_waiting,
            today > window_end + %(settled)s::integer as is_old_enough
        from placed
    )
    select
        prediction_id, version as prediction_version, platform, level, object_id, model_name, model_version,
        predicted_at, predicted_day, window_start, window_end, {", ".join(PREDICTED)}, interval_level,
        account_id, case when is_of_one_currency then currency end as currency, is_of_one_currency, baseline_start,
        today, impressions, clicks, case when is_of_one_currency then spend end as spend, conversions,
        case when is_of_one_currency then revenue end as revenue,
        case when is_final or is_old_enough then coalesce(conversions_nowcast, conversions)
            else conversions_nowcast end as conversions_nowcast,
        case when not is_of_one_currency then null
            when is_final or is_old_enough then coalesce(revenue_nowcast, revenue)
            else revenue_nowcast end as revenue_nowcast,
        baseline_impressions, baseline_clicks,
        case when is_of_one_currency then baseline_spend end as baseline_spend, baseline_conversions,
        case when is_of_one_currency then baseline_revenue end as baseline_revenue, baseline_days,
        is_matched, is_final, due_at <= %(now)s and not is_too_old and not is_waiting as is_due,
        case when is_too_old then 'too_old'
            when due_at <= %(now)s and is_waiting then 'no_delivery_yet' end as reason,
        case when not is_final and not is_too_old then coalesce(
            (
                select min(moment)
                from (values
                    (due_at), ({_ENDED.format("1")}), ({_ENDED.format("1 + %(settled)s::integer")}),
                    ({_ENDED.format("1 + %(restated)s::integer")})
                ) as moments (moment)
                where moment > %(now)s
            ),
            %(now)s::timestamptz + interval '6 hours'
        ) end as look_again_at
    from judged
""")
DROP = sql.SQL("drop table pg_temp.judged_pairs")

TEXT = ("prediction_id", "platform", "level", "object_id", "model_name", "model_version", "currency")
DAYS = ("predicted_day", "window_start", "window_end", "today")
NUMBERS = (
    *(
        "prediction_version",
        *PREDICTED,
        "interval_level",
        "impressions",
        "clicks",
        "spend",
        "conversions",
        "revenue",
    ),
    *("conversions_nowcast", "revenue_nowcast", "baseline_impressions", "baseline_clicks", "baseline_spend"),
    *("baseline_conversions", "baseline_revenue", "baseline_days"),
)
FLAGS = ("is_of_one_currency", "is_matched", "is_final", "is_due")
FRAME = sql.SQL(
    f"select {', '.join((*TEXT, *DAYS, *NUMBERS))}, extract(epoch from {SANE_INSTANT})::double precision as"
    f" predicted_at, {', '.join(f'{flag}::integer' for flag in FLAGS)} from pg_temp.judged_pairs"
)
