# ruff: noqa: S608 - statements are put together from constants only
"""Results into `ops.prediction_comparisons`: what stays, what is replaced in place, what becomes a new version.

A result that is the same changes nothing. One that differs is a new version and the old one stays, except that a
prediction that was only waiting has no result to keep, and that of results that are still provisional the last of
each day (UTC) is kept: an object's numbers change with every hour of its window.
"""

from psycopg import sql

from adtrack_pipeline.defs.accuracy.columns import ALL, BOOKKEEPING, FOUND, GIVEN, MEASURES, RESULT, VERDICTS


def _listed(names: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{name}" for name in names)


_TYPES = (
    dict.fromkeys(FOUND, "boolean")
    | dict.fromkeys((*MEASURES, "interval_level", "accuracy_score"), "double precision")
    | dict.fromkeys(("status", *VERDICTS), "text")
)
CREATE_FOUND = sql.SQL(
    "create temporary table found (prediction_id text primary key, "
    + ", ".join(f"{name} {_TYPES[name]}" for name in FOUND)
    + ") on commit drop"
)
CREATE_TOUCHED = sql.SQL(
    "create temporary table touched (model_name text, model_version text, window_end date) on commit drop"
)
FORGET = sql.SQL("truncate pg_temp.found")
COPY_FOUND = sql.SQL("copy pg_temp.found (prediction_id, " + _listed(FOUND) + ") from stdin with (format csv)")


def _fresh(names: tuple[str, ...]) -> str:
    return ", ".join(f"{'given' if name in GIVEN else 'found'}.{name}" for name in names)


# `becomes`: same, beside (only bookkeeping), replaced (in place), version, first.
FRESH = sql.SQL(f"""
    create temporary table fresh on commit drop as
    select given.prediction_id, {_fresh(ALL)},
        stored.comparison_version, stored.model_name as old_model_name, stored.model_version as old_model_version,
        stored.window_end as old_window_end,
        case
            when stored.prediction_id is null then 'first'
            when ({_listed(RESULT, "stored.")}) is not distinct from ({_fresh(RESULT)}) then
                case when ({_listed(BOOKKEEPING, "stored.")})
                    is distinct from ({_fresh(BOOKKEEPING)})
                    then 'beside' else 'same' end
            when stored.status = 'pending' then 'replaced'
            when stored.prediction_version = given.prediction_version
                and stored.status = found.status and not stored.is_final and not given.is_final
                and (stored.compared_at at time zone 'UTC')::date = (%(now)s::timestamptz at time zone 'UTC')::date
                then 'replaced'
            else 'version'
        end as becomes,
        case
            when stored.prediction_version <> given.prediction_version then 'predicted_anew'
            when stored.is_final then 'restated'
            else 'ripened'
        end as change
    from pg_temp.judged_pairs as given
    inner join pg_temp.found using (prediction_id)
    left join ops.prediction_comparisons as stored
        on stored.prediction_id = given.prediction_id and stored.superseded_at is null
""")
DROP_FRESH = sql.SQL("drop table pg_temp.fresh")

IN_PLACE = sql.SQL(f"""
    update ops.prediction_comparisons as stored
    set ({_listed(ALL)}) = row({_listed(ALL, "fresh.")}),
        compared_at = case when fresh.becomes = 'replaced' then %(now)s else stored.compared_at end
    from pg_temp.fresh
    where fresh.becomes in ('replaced', 'beside')
        and stored.prediction_id = fresh.prediction_id and stored.superseded_at is null
""")
SUPERSEDE = sql.SQL("""
    update ops.prediction_comparisons as stored set superseded_at = %(now)s, look_again_at = null
    from pg_temp.fresh
    where fresh.becomes = 'version' and stored.prediction_id = fresh.prediction_id and stored.superseded_at is null
""")
INSERT = sql.SQL(f"""
    insert into ops.prediction_comparisons
        (prediction_id, comparison_version, change, {_listed(ALL)}, compared_at)
    select prediction_id, coalesce(comparison_version, 0) + 1,
        case when becomes = 'first' then 'first' else change end, {_listed(ALL)}, %(now)s
    from pg_temp.fresh where becomes in ('first', 'version')
""")
TOUCH = sql.SQL("""
    insert into pg_temp.touched
    select model_name, model_version, window_end from pg_temp.fresh where becomes <> 'same' and status <> 'pending'
    union
    select old_model_name, old_model_version, old_window_end from pg_temp.fresh
    where becomes in ('version', 'replaced') and old_model_name is not null
""")
COUNT = sql.SQL("select becomes, count(*) from pg_temp.fresh group by becomes")
