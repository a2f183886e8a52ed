# ruff: noqa: S608 - statements are put together from constants only
"""What the sums mean for a prediction: whether it is due, final, too old, waiting; and the frame for `accuracy`.

Belongs here: ages and moments. Does not belong here: adding up (`pair_queries.py`), judging values (`accuracy/`).

The age of an object counts from the first midnight of its predicted window, in the time zone of its account (of
several accounts: the one where that is last; UTC while it is unknown). A prediction is due once its window began
`min_hours` ago. One that was never compared is left alone when its window began more than `max_days` ago; one that
was compared is followed to the end, however old; one whose object never turned up is given up at that age.
"""

from psycopg import sql

from adtrack_pipeline.defs.accuracy.pair_queries import SANE_INSTANT, SPAN

PREDICTED = tuple(
    f"predicted_{metric}{bound}"
    for metric in ("ctr", "roas", "conversions", "spend")
    for bound in ("", "_lower", "_upper")
)

CREATE = sql.SQL("""
    create temporary table window_moments (
        window_start date, window_end date, time_zone text, is_old boolean, is_too_old boolean,
        next_moment timestamptz, primary key (window_start, window_end, time_zone)
    ) on commit drop
""")
FORGET = sql.SQL("truncate pg_temp.window_moments")

# When time alone changes a result next: it is due, over, its orders are in, it is final.
_ENDS = ", ".join(
    f"(window_end + {days})::timestamp at time zone time_zone"
    for days in ("1", "1 + %(settled)s::integer", "1 + %(restated)s::integer")
)
MOMENTS = sql.SQL(f"""
    insert into pg_temp.window_moments
    select window_start, window_end, time_zone, due_at <= %(now)s,
        began_at < %(now)s::timestamptz - make_interval(days => %(max_days)s),
        (
            select min(moment)
            from unnest(array[due_at, {_ENDS}]) as moments (moment) where moment > %(now)s
        )
    from (select distinct window_start, window_end, time_zone from pg_temp.pairs) as windows
    cross join lateral (select window_start::timestamp at time zone time_zone as began_at) as began
    cross join lateral (select began_at + make_interval(mins => (%(min_hours)s * 60)::integer) as due_at) as due
""")

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
            moments.is_old, moments.is_too_old as began_too_early, moments.next_moment
        from pg_temp.pairs
        inner join pg_temp.window_moments as moments using (window_start, window_end, time_zone)
        left join pg_temp.due_objects as objects using (platform, level, object_id)
        left join pg_temp.spans using ({SPAN})
        left join pg_temp.read_spans as reads using (platform, level, object_id, window_start, window_end)
    ),
    judged as (
        select *,
            is_matched and is_read and rows_are_final and window_end < today - %(restated)s::integer as is_final,
            began_too_early and not was_compared as is_too_old,
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
        is_matched, is_final, is_old and not is_too_old and not is_waiting as is_due,
        case when is_too_old then 'too_old'
            when is_old and is_waiting then 'no_delivery_yet' end as reason,
        case when not is_final and not is_too_old and (is_matched or not began_too_early)
            then coalesce(next_moment, %(now)s::timestamptz + interval '6 hours') end as look_again_at
    from judged
""")
DROP = sql.SQL("drop table pg_temp.judged_pairs")

TEXT = ("prediction_id", "platform", "level", "object_id", "model_name", "model_version", "currency")
DAYS = ("predicted_day", "window_start", "window_end", "today")
NUMBERS = (
    *("prediction_version", *PREDICTED, "interval_level", "impressions", "clicks", "spend", "conversions"),
    *("revenue", "conversions_nowcast", "revenue_nowcast", "baseline_impressions", "baseline_clicks"),
    *("baseline_spend", "baseline_conversions", "baseline_revenue", "baseline_days"),
)
FLAGS = ("is_of_one_currency", "is_matched", "is_final", "is_due")
FRAME = sql.SQL(
    f"select {', '.join((*TEXT, *DAYS, *NUMBERS))}, extract(epoch from {SANE_INSTANT})::double precision as"
    f" predicted_at, {', '.join(f'{flag}::integer' for flag in FLAGS)} from pg_temp.judged_pairs"
)
