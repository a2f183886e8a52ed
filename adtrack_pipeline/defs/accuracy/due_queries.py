"""Which predictions an hour has to look at, as statements that fill a temporary table.

Belongs here: what counts as news. Does not belong here: what is read about a prediction (`pair_queries.py`), which
objects there are (`object_queries.py`).

A prediction is looked at when it, its object's days or its object's existence changed since the last look
(transactions, as the dbt models do it), or when time alone may have changed its result (`look_again_at`). What is
final and untouched is never read, so an hour costs nothing for old predictions.
"""

from psycopg import sql

MODEL = "prediction_comparisons"  # under this name the last look is remembered among those of the dbt models
CHUNK = 100_000  # predictions compared at a time: what memory holds does not grow with how many are due

REMEMBER = sql.SQL(
    "insert into ops.model_watermarks (model, seen_xid) values (%(model)s, '0') on conflict (model) do nothing"
)

# Locked: two runs at once would give the same version twice. The horizon is taken before anything is read.
LAST_LOOK = sql.SQL("""
    select
        case when seen_xid > pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8 else seen_xid end::text,
        context,
        pg_snapshot_xmin(pg_current_snapshot())::text,
        (select system_identifier::text from pg_control_system())
    from ops.model_watermarks where model = %(model)s for update
""")

MOVE_ON = sql.SQL(
    "update ops.model_watermarks set seen_xid = %(horizon)s::xid8, context = %(context)s, refreshed_at = now()"
    " where model = %(model)s"
)

CREATE = sql.SQL("""
    create temporary table due_predictions (
        place bigint generated always as identity primary key, prediction_id text not null
    ) on commit drop
""")

# The mart whose days an object's numbers come from. Videos follow their creatives' days.
_MART_OF_LEVEL = """case current.level
    when 'ad' then 'ad_performance_daily' when 'campaign' then 'campaign_metrics'
    when 'creative' then 'creative_metrics' else 'performance_metrics' end"""
_ON_CHANGED_DAY = f"""
    changes.changed_xid >= %(seen)s::xid8
    and changes.model = {_MART_OF_LEVEL}
    and changes.platform = current.platform
    and changes.date_day between current.baseline_start and current.window_end
    and (current.status <> 'pending' or current.reason = 'no_delivery_yet')
"""

FIND = sql.SQL(f"""
    insert into pg_temp.due_predictions (prediction_id)
    select prediction_id from (
        select prediction_id from raw.predictions where changed_xid >= %(seen)s::xid8
        union
        select prediction_id from ops.prediction_comparisons
        where superseded_at is null and look_again_at <= %(now)s
        union
        select current.prediction_id
        from ops.model_changes as changes
        inner join ops.prediction_comparisons as current
            on current.superseded_at is null and current.account_id = changes.account_id and {_ON_CHANGED_DAY}
        union
        select current.prediction_id
        from ops.model_changes as changes
        inner join ops.prediction_comparisons as current
            on current.superseded_at is null and current.account_id is null and current.is_matched
            and {_ON_CHANGED_DAY}
        union
        select current.prediction_id
        from ops.prediction_comparisons as current
        inner join pg_temp.known_objects using (platform, level, object_id)
        where current.superseded_at is null and current.status = 'unmatched'
            and current.window_start >= %(oldest)s::date
        union
        select prediction_id from ops.prediction_comparisons
        where superseded_at is null and not is_final and %(rules_changed)s
    ) as found
    order by prediction_id
""")  # noqa: S608 - put together from constants only

WANT_UNMATCHED = sql.SQL("""
    insert into pg_temp.wanted_objects
    select distinct platform, level, object_id from ops.prediction_comparisons
    where superseded_at is null and status = 'unmatched' and window_start >= %(oldest)s::date
""")
