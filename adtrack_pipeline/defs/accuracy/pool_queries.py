# ruff: noqa: S608 - statements are put together from constants only
"""Reading comparisons to pool them; replacing rows of `prediction_accuracy`, `model_drift`, `model_ranking`.

Belongs here: SQL. Does not belong here: which models and days (`pooling.py`).
"""

from dataclasses import dataclass

from psycopg import sql

from adtrack_pipeline.defs.accuracy.columns import POOLED_DAYS, POOLED_FLAGS, POOLED_NUMBERS, POOLED_TEXT
from adtrack_pipeline.defs.accuracy.pair_queries import SANE_INSTANT

TOUCHED = sql.SQL(
    "select distinct model_name, model_version, window_end from pg_temp.touched"
    " where window_end <= %(until)s and model_name is not null"
)
RUNNING = sql.SQL("""
    select distinct model_name, model_version from ops.prediction_comparisons
    where superseded_at is null and window_end between %(since)s and %(until)s
""")
# One look at the index per version, however long its history.
FIRST_PREDICTED = sql.SQL(f"""
    select platform, model_name, model_version, {SANE_INSTANT}
    from unnest(%(platforms)s::text[], %(names)s::text[], %(versions)s::text[])
        as wanted (platform, model_name, model_version)
    cross join lateral (
        select predicted_at from ops.prediction_comparisons as stored
        where superseded_at is null and (stored.platform, stored.model_name, stored.model_version)
            = (wanted.platform, wanted.model_name, wanted.model_version)
        order by predicted_at limit 1
    ) as first
""")
COMPARISONS = sql.SQL(f"""
    select {", ".join((*POOLED_TEXT, *POOLED_DAYS, *POOLED_NUMBERS))},
        extract(epoch from {SANE_INSTANT})::double precision as predicted_at,
        {", ".join(f"{flag}::integer" for flag in POOLED_FLAGS)}
    from ops.prediction_comparisons
    inner join unnest(%(names)s::text[], %(versions)s::text[]) as wanted (model_name, model_version)
        using (model_name, model_version)
    where superseded_at is null and window_end between %(since)s and %(until)s
    order by prediction_id
""")


@dataclass(frozen=True)
class Table:
    """A table of pooled numbers.

    Attributes:
        columns: of the frames written into it.
        put: adds and changes rows; parameters `rows` (JSON), `now`.
        clean: removes rows of the models and days `names, versions, days` that are not among `rows`.
    """

    columns: tuple[str, ...]
    put: sql.SQL
    clean: sql.SQL


def _table(name: str, key: tuple[str, ...], types: dict[str, str], of_these: str) -> Table:
    given = f"jsonb_to_recordset(%(rows)s::jsonb) as given ({', '.join(f'{c} {t}' for c, t in types.items())})"
    values = [column for column in types if column not in key]
    put = f"""
        insert into {name} as stored ({", ".join(types)}, computed_at)
        select {", ".join(types)}, %(now)s from {given}
        on conflict ({", ".join(key)}) do update
            set ({", ".join(values)}, computed_at) = row({", ".join(f"excluded.{one}" for one in values)}, %(now)s)
        where ({", ".join(f"stored.{one}" for one in values)})
            is distinct from ({", ".join(f"excluded.{one}" for one in values)})
    """
    clean = f"""
        delete from {name} as stored
        using unnest(%(names)s::text[], %(versions)s::text[], %(days)s::date[]) as wanted (name, version, day)
        where {of_these} and not exists (
            select from {given} where ({", ".join(f"given.{one}" for one in key)})
                = ({", ".join(f"stored.{one}" for one in key)})
        )
    """
    return Table(tuple(types), sql.SQL(put), sql.SQL(clean))


_MODEL = {"model_name": "text", "model_version": "text", "metric": "text"}


def _numbers(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "double precision")


ACCURACY = _table(
    "ops.prediction_accuracy",
    ("model_name", "model_version", "metric", "date_day", "window_days", "platform"),
    {
        "platform": "text",
        **_MODEL,
        "date_day": "date",
        "window_days": "integer",
        **dict.fromkeys(("predictions", "summed", "scored", "hindsight"), "bigint"),
        **_numbers("mae", "wape", "accuracy", "bias", "rmse", "rank_correlation", "interval_coverage"),
        **_numbers("interval_level", "skill", "noise_ceiling", "accuracy_of_ceiling"),
        "is_provisional": "boolean",
    },
    "stored.model_name = wanted.name and stored.model_version = wanted.version and stored.date_day = wanted.day",
)
DRIFT = _table(
    "ops.model_drift",
    ("model_name", "metric", "date_day", "scope", "model_version"),
    {
        **_MODEL,
        "scope": "text",
        "date_day": "date",
        "verdict": "text",
        "direction": "text",
        "onset_day": "date",
        **_numbers("effect", "p_value", "bias_shift", "spread_ratio"),
        **dict.fromkeys(("recent_forecasts", "reference_forecasts"), "bigint"),
    },
    "stored.model_name = wanted.name and stored.date_day = wanted.day",
)
RANKING = _table(
    "ops.model_ranking",
    ("model_name", "metric", "model_version", "platform"),
    {
        "platform": "text",
        **_MODEL,
        "rank": "integer",
        "verdict": "text",
        "champion_version": "text",
        "is_champion": "boolean",
        "pairs": "bigint",
        "objects": "bigint",
        **_numbers("accuracy", "champion_accuracy", "difference", "difference_lower", "difference_upper"),
        **_numbers("confidence"),
        "since_day": "date",
        "until_day": "date",
    },
    "stored.model_name = wanted.name",
)
