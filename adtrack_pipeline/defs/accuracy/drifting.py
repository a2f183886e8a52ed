"""Drift of models as conditions: what `ops.alerts` makes messages of.

Belongs here: severity, sentences, evidence. Does not belong here: whether a model drifts (`accuracy.drift`), what
becomes of conditions (`notify/alerts`).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity, Subject
from adtrack_pipeline.wording import kind

Connection = psycopg.Connection[Any]
Row = Mapping[str, Any]

SOURCE = "accuracy"
ALERT = "model_drift"
RECENT_DAYS, REFERENCE_DAYS = 7, 30
SHOWN_DAYS = 45
SHOWN_VERSIONS = 4
ADVICE = "Retraining is recommended."
# A drift that pauses for less is the same incident, and is not recommended to be trained away a second time.
COOL_DOWN_HOURS = 72.0
# Shift of the bias in standard deviations, or ratio of spreads, from which it is more than low.
SERIOUS = {"over": (0.5, 1.0), "under": (0.5, 1.0), "wider": (1.5, 2.0), "narrower": (1.5, 2.0)}

_DRIFTING = """
    select * from ops.model_drift where date_day = %s and verdict = 'drift' and scope = 'model'
    order by model_name, metric
"""
_VERSIONS = """
    select model_version as version, verdict, recent_forecasts as forecasts from ops.model_drift
    where (model_name, metric, date_day) = (%(model_name)s, %(metric)s, %(date_day)s) and scope = 'version'
    order by recent_forecasts desc, model_version
"""
# Pools of all versions and platforms together, as the verdict.
_POOLS = """
    select date_day, window_days, sum(scored)::bigint as forecasts,
        sum(accuracy * summed) / nullif(sum(summed) filter (where accuracy is not null), 0) as accuracy,
        sum(bias * summed) / nullif(sum(summed) filter (where bias is not null), 0) as bias
    from ops.prediction_accuracy
    where (model_name, metric) = (%(model_name)s, %(metric)s)
        and date_day between %(since)s and %(until)s
    group by date_day, window_days
    order by date_day
"""


def drift_conditions(conn: Connection, day: date, now: datetime) -> list[Condition]:
    """One condition per model and metric that drifts on a day, as `ops.model_drift` says."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_condition(conn, row, now) for row in cursor.execute(_DRIFTING, [day]).fetchall()]


def _condition(conn: Connection, drift: Row, now: datetime) -> Condition:
    from adtrack_pipeline.accuracy.columns import ORDERS, SETTLE_DAYS  # noqa: PLC0415 - rarely needed

    # What is recent ends a week earlier where orders matter: they have to be in.
    until = drift["date_day"] - timedelta(days=SETTLE_DAYS if drift["metric"] in ORDERS else 0)
    wanted = {**drift, "since": until - timedelta(days=SHOWN_DAYS), "until": until}
    with conn.cursor(row_factory=dict_row) as cursor:
        pools = cursor.execute(_POOLS, wanted).fetchall()
        versions = cursor.execute(_VERSIONS, drift).fetchall()
    onset = drift["onset_day"] or drift["date_day"]
    recent = _period(pools, RECENT_DAYS, until, drift["recent_forecasts"])
    reference = _period(pools, REFERENCE_DAYS, until - timedelta(days=RECENT_DAYS), drift["reference_forecasts"])
    began = datetime.combine(onset, time(), UTC)
    facts = {one: drift[one] for one in ("model_name", "metric", "direction", "effect", "p_value")}
    return Condition(
        alert_type=ALERT,
        metric=drift["metric"],
        subject=Subject(Level.MODEL, name=drift["model_name"], model_name=drift["model_name"]),
        severity=_severity(drift["direction"], abs(drift["effect"])),
        message=" ".join([*_sentences(drift, onset, recent, reference), *_alone(versions), ADVICE]),
        began_at=min(began, now),
        seen_at=now,
        score=abs(drift["effect"]),
        evidence={
            **facts,
            "model_version": versions[0]["version"],
            "versions": versions[:SHOWN_VERSIONS],
            "onset": onset,
            "recent": recent,
            "reference": reference,
            "cool_down_hours": COOL_DOWN_HOURS,
            "series": _series(pools, began),
        },
    )


def _period(pools: list[Any], days: int, until: date, forecasts: int) -> dict[str, Any]:
    """What is known of the days up to one of them."""
    of_day = [one for one in pools if one["date_day"] == until and one["window_days"] == days]
    known = of_day[0] if of_day else {"accuracy": None, "bias": None}
    return {"forecasts": forecasts, "accuracy": known["accuracy"], "bias": known["bias"]}


def _series(pools: list[Any], began: datetime) -> dict[str, Any]:
    """The accuracy of each day, for the chart."""
    days = [one for one in pools if one["window_days"] == 1 and one["accuracy"] is not None]
    return {
        "ts": [one["date_day"] for one in days],
        "actual": [one["accuracy"] for one in days],
        "began_at": began,
        "unit": "accuracy, 0 to 100",
    }


def _severity(direction: str, effect: float) -> Severity:
    serious, grave = SERIOUS[direction]
    return Severity.HIGH if effect >= grave else Severity.MEDIUM if effect >= serious else Severity.LOW


def _sentences(drift: Row, onset: date, recent: Row, reference: Row) -> Iterator[str]:
    name, metric = drift["model_name"], kind(drift["metric"])
    since = f"since about {onset.day} {onset:%B}"
    if drift["direction"] in {"over", "under"}:
        word = "more" if drift["direction"] == "over" else "less"
        yield f"Model {name} predicts {word} {metric} than before, compared with what happens, {since}."
    else:
        yield (
            f"The errors of model {name} on {metric} are {drift['effect']:.1f} times as wide as before, {since}."
        )
    if recent["bias"] is not None and reference["bias"] is not None:
        yield (
            f"In the last {RECENT_DAYS} days it was {_off(recent['bias'])}, before {_off(reference['bias'])};"
            f" accuracy {recent['accuracy']:.0f}, before {reference['accuracy']:.0f}."
        )


def _alone(versions: list[Any]) -> Iterator[str]:
    """What each of several versions is judged to be alone, those with the most recent forecasts first."""
    if len(versions) > 1:
        said = [f"{one['version']} {one['verdict'].replace('_', ' ')}" for one in versions[:SHOWN_VERSIONS]]
        yield f"All versions are judged together; alone: {', '.join(said)}."


def _off(bias: float) -> str:
    return f"{100 * abs(bias):.0f} % too {'high' if bias > 0 else 'low'}"
