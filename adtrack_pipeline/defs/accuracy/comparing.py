"""One look at all predictions: what is due is compared and stored, in one transaction.

Belongs here: the order of things, and what is remembered between looks. Does not belong here: SQL, judging. Killed
at any moment, nothing of it has happened, and the next look does the same.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import psycopg
from psycopg.types.json import Jsonb

from adtrack_pipeline.defs.accuracy import due_queries, pairs, storing
from adtrack_pipeline.defs.accuracy.due_queries import CHUNK, MODEL
from adtrack_pipeline.defs.accuracy.pairs import Rules

Connection = psycopg.Connection[Any]
IN_MONEY = ("roas", "spend")
SEVERAL_CURRENCIES = "several_currencies"


@dataclass
class Look:
    """What one look did.

    Attributes:
        due: predictions looked at.
        became: how many results were `first`, a new `version`, `replaced` within the day, `beside` (only how far
            the days are) or the `same`.
        memory: what is remembered until the next look.
    """

    due: int = 0
    became: Counter[str] = field(default_factory=Counter)
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether any row was written."""
        return self.due > self.became["same"]


@contextmanager
def looking(conn: Connection, now: datetime, rules: Rules, *, chunk: int = CHUNK) -> Iterator[Look]:
    """Compare what is due; the block does what follows from it, in the same transaction.

    What the block puts into `memory` is there at the next look; `pg_temp.touched` holds models and days to pool.
    """
    with conn.transaction():
        # Compiling these statements would take longer than running them.
        conn.execute("set local jit = off")
        horizon, values, memory = _since_last_look(conn, now, rules)
        storing.prepare(conn)
        look = Look(pairs.find_due(conn, values), memory=memory)
        if look.due:
            _compare_all(conn, look, values, chunk)
        yield look
        context = {"memory": look.memory, "rules": _told(rules), "cluster": values["cluster"]}
        conn.execute(due_queries.MOVE_ON, {"model": MODEL, "horizon": horizon, "context": Jsonb(context)})


def _since_last_look(conn: Connection, now: datetime, rules: Rules) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The horizon of this look, parameters of the statements, what was remembered."""
    conn.execute(due_queries.REMEMBER, {"model": MODEL})
    row = conn.execute(due_queries.LAST_LOOK, {"model": MODEL}).fetchone()
    assert row
    seen, context, horizon, cluster = row
    # In a restored dump numbers of transactions mean nothing.
    is_elsewhere = context.get("cluster") not in {None, cluster}
    values = rules.values(now) | {
        "seen": "0" if is_elsewhere else seen,
        "rules_changed": context.get("rules") not in {None, _told(rules)},
        "cluster": cluster,
    }
    return horizon, values, dict(context.get("memory", {}))


def _told(rules: Rules) -> str:
    return f"{rules.min_hours:g} h, {rules.max_days} d, {rules.restated} d"


def _compare_all(conn: Connection, look: Look, values: dict[str, Any], chunk: int) -> None:
    pairs.prepare(conn, values)
    for first in range(1, look.due + 1, chunk):
        frame = pairs.read_pairs(conn, values, first, first + chunk - 1)
        look.became += storing.store(conn, compared(frame), values)


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    """`accuracy.compare`, where money in several currencies is the reason why something cannot be scored."""
    from adtrack_pipeline.accuracy import Verdict, compare  # noqa: PLC0415 - scipy takes a third of a second

    found = compare(frame)
    is_mixed = ~frame["is_of_one_currency"].to_numpy(dtype=bool)
    for metric in IN_MONEY:
        column = f"{metric}_verdict"
        found.loc[is_mixed & (found[column] == str(Verdict.NO_ACTUAL)), column] = SEVERAL_CURRENCIES
    return found
