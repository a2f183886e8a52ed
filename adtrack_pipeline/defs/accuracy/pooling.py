"""Pooled accuracy, drift and ranking of the models and days that a look has touched.

Belongs here: which days and models are pooled anew. Does not belong here: measures (`accuracy/`), SQL
(`pool_queries.py`). All days are calendar days; the newest one pooled is yesterday (UTC), the last that is over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from adtrack_pipeline.defs.accuracy import pool_queries as queries
from adtrack_pipeline.defs.accuracy.columns import POOLED_DAYS, POOLED_FLAGS, POOLED_NUMBERS, POOLED_TEXT
from adtrack_pipeline.defs.copying import copy_frame

Connection = psycopg.Connection[Any]
Model = tuple[str, str]
LONGEST = 30  # trailing days
DRIFT_DAYS = 45  # recent, reference, and a week until conversions are in: what `accuracy.drift` asks for
NONE = np.empty(0, dtype=np.intp)
BLOCK_DAYS = 31  # days pooled from one read, so that a first look over years needs no more memory than others


@dataclass(frozen=True)
class Plan:
    """What to pool: models by day of accuracy, and models whose drift and ranking are looked at."""

    days: dict[date, set[Model]]
    models: set[Model]
    until: date


def pool(conn: Connection, memory: dict[str, Any], now: datetime) -> int:
    """Bring `ops.prediction_accuracy`, `ops.model_drift` and `ops.model_ranking` up to date; rows changed.

    `memory` keeps, between looks, up to which day all models were pooled.
    """
    plan = _plan(conn, memory.get("pooled_until"), (now.astimezone(UTC) - timedelta(days=1)).date())
    memory["pooled_until"] = plan.until.isoformat()
    comparisons = Comparisons(conn)
    blocks = list(_blocks(plan.days))[::-1]
    changed = _judge_models(conn, comparisons, plan, blocks[:1], now) if plan.models else 0
    return changed + sum(_pool_block(conn, comparisons, block, now) for block in blocks)


def _plan(conn: Connection, pooled_until: str | None, until: date) -> Plan:
    days: dict[date, set[Model]] = {}
    models: set[Model] = set()
    for name, version, ended in conn.execute(queries.TOUCHED, {"until": until}).fetchall():
        if (until - ended).days <= DRIFT_DAYS:
            models.add((name, version))
        for ahead in range(min(LONGEST, (until - ended).days + 1)):
            days.setdefault(ended + timedelta(days=ahead), set()).add((name, version))
    known = date.fromisoformat(pooled_until) if pooled_until else until
    if known < until:
        all_models = running(conn, known - timedelta(days=LONGEST), until)
        models |= all_models
        for ahead in range(min((until - known).days, LONGEST)):
            days.setdefault(until - timedelta(days=ahead), set()).update(all_models)
    return Plan({day: who for day, who in days.items() if who}, models, until)


def _blocks(days: dict[date, set[Model]]) -> Iterator[dict[date, set[Model]]]:
    """Days that are pooled from one read, oldest first."""
    block: dict[date, set[Model]] = {}
    for day in sorted(days):
        if block and (day - min(block)).days >= BLOCK_DAYS:
            yield block
            block = {}
        block[day] = days[day]
    if block:
        yield block


def _pool_block(conn: Connection, comparisons: "Comparisons", days: dict[date, set[Model]], now: datetime) -> int:
    from adtrack_pipeline.accuracy import pooled_accuracy  # noqa: PLC0415 - slow to import, and rarely needed

    frame = comparisons.of(_models(days), _first(days), max(days))
    of_model = frame.groupby(["model_name", "model_version"]).indices
    days_of: dict[frozenset[Model], list[date]] = {}
    for day, who in days.items():
        days_of.setdefault(frozenset(who), []).append(day)
    pooled = []
    for together, same in days_of.items():
        places = [of_model[model] for model in together if model in of_model]
        mine = frame if len(places) == len(of_model) else frame.iloc[np.sort(np.concatenate([*places, NONE]))]
        pooled.append(pooled_accuracy(mine, day=same))
    keys = [(name, version, day) for day, who in days.items() for name, version in who]
    return _replace(conn, queries.ACCURACY, pd.concat(pooled), keys, now)


def _models(days: dict[date, set[Model]]) -> set[Model]:
    return {model for who in days.values() for model in who}


def _first(days: dict[date, set[Model]]) -> date:
    """The first day that pools of these days reach back to."""
    return min(days) - timedelta(days=LONGEST - 1)


def _judge_models(
    conn: Connection, comparisons: "Comparisons", plan: Plan, next_up: list[dict[date, set[Model]]], now: datetime
) -> int:
    """Drift and ranking; what is `next_up` to be pooled is read along, which costs less than to read it again."""
    from adtrack_pipeline.accuracy import drift, rank_versions  # noqa: PLC0415 - as above

    names = {name for name, _ in plan.models}
    oldest = plan.until - timedelta(days=DRIFT_DAYS - 1)
    versions = {model for model in running(conn, oldest, plan.until) if model[0] in names}
    models = versions.union(*map(_models, next_up))
    read = comparisons.of(models, min([oldest, *map(_first, next_up)]), plan.until)
    frame = read[(read["window_end"] >= pd.Timestamp(oldest)) & read["model_name"].isin(names)]
    drifted = drift(frame, day=plan.until)
    since = plan.until - timedelta(days=LONGEST - 1)
    recent = frame[frame["window_end"] >= pd.Timestamp(since)]
    ranked = rank_versions(recent, first_predicted=first_predicted(conn, recent))
    ranked = ranked.assign(since_day=since, until_day=plan.until)
    keys = [(name, "", plan.until) for name in names]
    return _replace(conn, queries.DRIFT, drifted, keys, now) + _replace(conn, queries.RANKING, ranked, keys, now)


def running(conn: Connection, since: date, until: date) -> set[Model]:
    """Names and versions of models with windows that ended in these days."""
    return set(conn.execute(queries.RUNNING, {"since": since, "until": until}).fetchall())


def first_predicted(conn: Connection, comparisons: pd.DataFrame) -> dict[tuple[str, str, str], datetime]:
    """When each platform, model and version that is compared made its first prediction ever."""
    known = comparisons[["platform", "model_name", "model_version"]].drop_duplicates()
    values = dict(zip(("platforms", "names", "versions"), (list(known[one]) for one in known), strict=True))
    rows = conn.execute(queries.FIRST_PREDICTED, values).fetchall()
    return {(platform, name, version): moment for platform, name, version, moment in rows}


class Comparisons:
    """Reads comparisons; what a former read of this look holds already is not read again."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._models: set[Model] = set()
        self._span = (date.max, date.min)
        self._frame = pd.DataFrame()

    def of(self, models: set[Model], since: date, until: date) -> pd.DataFrame:
        """At least the models' comparisons of windows that ended in these days."""
        if not (models <= self._models and self._span[0] <= since and until <= self._span[1]):
            self._frame = read_comparisons(self._conn, models, since, until)
            self._models, self._span = models, (since, until)
        return self._frame


def read_comparisons(conn: Connection, models: Iterable[Model], since: date, until: date) -> pd.DataFrame:
    """Newest comparisons of some models whose windows ended in some days, as `accuracy` takes them."""
    pairs = sorted(models)
    values = {
        "names": [name for name, _ in pairs],
        "versions": [version for _, version in pairs],
        "since": since,
        "until": until,
    }
    kinds = dict.fromkeys((*POOLED_TEXT, *POOLED_DAYS), "str")
    kinds |= dict.fromkeys((*POOLED_NUMBERS, *POOLED_FLAGS, "predicted_at"), "float64")
    frame = copy_frame(conn, queries.COMPARISONS, values, kinds)
    days = {name: pd.to_datetime(frame[name], format="%Y-%m-%d") for name in POOLED_DAYS}
    flags = {name: frame[name].astype("boolean") for name in POOLED_FLAGS}
    instants = {"predicted_at": pd.to_datetime(frame["predicted_at"], unit="s", utc=True)}
    return frame.assign(**days, **flags, **instants, version=frame["prediction_version"])


def _replace(
    conn: Connection, table: queries.Table, rows: pd.DataFrame, keys: list[tuple[str, str, date]], now: datetime
) -> int:
    """Rows of these models (and days) become these; those that are the same are not touched. Rows changed."""
    records = rows.reindex(columns=list(table.columns)).astype(object)
    records = records.where(records.notna(), None)
    values = {
        "names": [key[0] for key in keys],
        "versions": [key[1] for key in keys],
        "days": [key[2] for key in keys],
        "rows": records.to_json(orient="records", date_format="iso", double_precision=15),
        "now": now,
    }
    return sum(conn.execute(statement, values).rowcount for statement in (table.put, table.clean))
