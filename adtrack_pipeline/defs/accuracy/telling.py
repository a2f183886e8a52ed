"""What the run page of the accuracy assets shows: counts, tables, pictures. Does not decide anything."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg
import psycopg
from psycopg.rows import dict_row

from adtrack_pipeline.defs.accuracy.pictures import pictures
from adtrack_pipeline.defs.accuracy.running import Ran
from adtrack_pipeline.defs.drawing import table

Connection = psycopg.Connection[Any]
Metadata = dict[str, dg.MetadataValue]

SHOWN = 40

_COUNTS = """
    select status, count(*) from ops.prediction_comparisons
    where superseded_at is null group by status order by status
"""
_ACCURACY = """
    select * from ops.prediction_accuracy where window_days = 30 and date_day = %s
    order by predictions desc, model_name, model_version, metric
"""
# The only version of a model is the model.
_DRIFT = """
    select * from (
        select *, count(*) over (partition by model_name, metric) as judged
        from ops.model_drift where date_day = %s
    ) as verdicts
    where scope = 'model' or judged > 2
    order by bool_or(verdict = 'drift') over (partition by model_name) desc,
        model_name, metric, scope, model_version
"""
_RANKING = "select * from ops.model_ranking order by model_name, metric, rank"


def told(conn: Connection, ran: Ran) -> dict[str, Metadata]:
    """Metadata by table."""
    day = ran.look.memory.get("pooled_until")
    if day is None:
        return {}
    accuracy = _rows(conn, _ACCURACY, day)
    drift = _rows(conn, _DRIFT, day)
    return {
        "prediction_comparisons": _comparisons(conn, ran),
        "prediction_accuracy": _with_table("last 30 days", [_accuracy(row) for row in accuracy])
        | _drawn(conn, ran, accuracy, date.fromisoformat(day)),
        "model_drift": _with_table("verdicts", [_drift(row) for row in drift])
        | {"alerts": dg.MetadataValue.text(_listed(ran.alerts.counts) or "nothing new")},
        "model_ranking": _with_table("versions", [_ranking(row) for row in _rows(conn, _RANKING)]),
    }


def _drawn(conn: Connection, ran: Ran, accuracy: list[dict[str, Any]], day: date) -> Metadata:
    """The pictures, or the run that shows them: once a day is enough for what Dagster keeps for ever."""
    if ran.is_drawn:
        drawn = pictures(conn, accuracy, day)
        return {"pictures": dg.MetadataValue.md(drawn)} if drawn else {}
    run_id = ran.look.memory.get("drawn_in")
    return {"pictures are in": dg.MetadataValue.dagster_run(run_id)} if run_id else {}


def _comparisons(conn: Connection, ran: Ran) -> Metadata:
    by_status = dict(conn.execute(_COUNTS).fetchall())
    shown = {
        "predictions": dg.MetadataValue.int(sum(by_status.values())),
        "looked at": dg.MetadataValue.int(ran.look.due),
        "results": dg.MetadataValue.text(_listed(ran.look.became) or "nothing new"),
    }
    return {**shown, **{status: dg.MetadataValue.int(count) for status, count in by_status.items()}}


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)


def _with_table(name: str, rows: list[dict[str, object]]) -> Metadata:
    return {name: dg.MetadataValue.md(table(rows[:SHOWN]))} if rows else {}


def _accuracy(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "model": f"{row['model_name']} {row['model_version']}",
        "metric": row["metric"],
        "predictions": row["predictions"],
        "scored": row["scored"],
        "accuracy": _number(row["accuracy"]),
        "ceiling": _number(row["noise_ceiling"]),
        "bias": _share(row["bias"]),
        "skill": _number(row["skill"], 2),
        "order": _number(row["rank_correlation"], 2),
        "coverage": _share(row["interval_coverage"]),
        "provisional": "yes" if row["is_provisional"] else "",
    }


def _drift(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "model": row["model_name"] if row["scope"] == "model" else f"{row['model_name']} {row['model_version']}",
        "metric": row["metric"],
        "verdict": row["verdict"].replace("_", " "),
        "direction": row["direction"],
        "effect": _number(row["effect"], 2),
        "since": row["onset_day"],
        "recent": row["recent_forecasts"],
        "before": row["reference_forecasts"],
    }


def _ranking(row: Mapping[str, Any]) -> dict[str, object]:
    between = f"{_number(row['difference_lower'])} … {_number(row['difference_upper'])}"
    return {
        "model": row["model_name"],
        "metric": row["metric"],
        "rank": row["rank"],
        "version": row["model_version"],
        "verdict": row["verdict"].replace("_", " "),
        "accuracy": _number(row["accuracy"]),
        "difference": _number(row["difference"]),
        "between": between if row["difference_lower"] is not None else "",
        "objects": row["objects"],
    }


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:+.0f} %"


def _rows(conn: Connection, query: str, *values: Any) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
