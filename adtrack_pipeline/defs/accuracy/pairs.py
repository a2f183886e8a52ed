"""The frame `pairs` of `accuracy.compare`, a chunk of due predictions at a time.

Belongs here: running the statements of `*_queries.py` in order. Does not belong here: their text; storing results.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import psycopg

from adtrack_pipeline.defs.accuracy import due_queries, judge_queries, object_queries, pair_queries
from adtrack_pipeline.defs.copying import copy_frame
from adtrack_pipeline.settings import Settings

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Rules:
    """What decides when predictions are compared.

    Attributes:
        min_hours: least age of a window's beginning.
        max_days: greatest age at which a prediction is compared for the first time.
        restated: days the platform may still restate.
    """

    min_hours: float
    max_days: int
    restated: int

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """As configured."""
        return cls(settings.accuracy_min_age_hours, settings.accuracy_max_age_days, settings.restatement_days)

    def values(self, now: datetime) -> dict[str, Any]:
        """Parameters of the statements."""
        oldest = (now - timedelta(days=self.max_days + 1)).date()
        return {
            "now": now,
            "min_hours": self.min_hours,
            "max_days": self.max_days,
            "restated": self.restated,
            "oldest": oldest,
        }


def marts_are_built(conn: Connection) -> bool:
    """Whether there is anything to compare with."""
    row = conn.execute(
        "select bool_and(to_regclass(name) is not null) from unnest(%s::text[]) as name",
        [list(object_queries.MARTS)],
    ).fetchone()
    return bool(row and row[0])


def find_due(conn: Connection, values: dict[str, Any]) -> int:
    """List what has to be looked at in a temporary table; how many that is.

    `values`: of `Rules.values`, besides `seen` (oldest transaction that may be news) and `rules_changed`.
    """
    conn.execute(due_queries.CREATE)
    conn.execute(object_queries.CREATE)
    conn.execute(due_queries.WANT_UNMATCHED, values)
    _find_objects(conn)
    conn.execute(due_queries.FIND, values)
    row = conn.execute("select count(*) from pg_temp.due_predictions").fetchone()
    return int(row[0]) if row else 0


def prepare(conn: Connection, values: dict[str, Any]) -> None:
    """What all chunks share."""
    conn.execute(pair_queries.CREATE)
    conn.execute(judge_queries.CREATE)
    conn.execute(object_queries.CLOCKS, values)


def read_pairs(conn: Connection, values: dict[str, Any], first: int, last: int) -> pd.DataFrame:
    """Predictions number `first` to `last` of what is due, as `accuracy.compare` takes them.

    They stay in `pg_temp.judged_pairs`, with what else is stored about them. Besides the columns of `compare`:
    `prediction_version`, `is_of_one_currency`.
    """
    from adtrack_pipeline.accuracy.columns import SETTLE_DAYS  # noqa: PLC0415 - see comparing.compared

    values = {**values, "first": first, "last": last, "settled": SETTLE_DAYS}
    conn.execute(object_queries.FORGET)
    conn.execute(pair_queries.FORGET)
    conn.execute(judge_queries.FORGET)
    conn.execute(pair_queries.NEWEST, values)
    conn.execute(pair_queries.WANT)
    _find_objects(conn)
    conn.execute(pair_queries.OBJECTS, values)
    conn.execute(pair_queries.PLACE_IN_TIME)
    spans = "platform, level, object_id, window_start, window_end"
    conn.execute(
        f"analyze pg_temp.pairs ({spans}, baseline_start), pg_temp.due_objects, pg_temp.known_objects".encode()
    )
    conn.execute(pair_queries.READ, values)
    conn.execute("analyze pg_temp.account_windows")
    conn.execute(pair_queries.READ_SPANS)
    for (level,) in conn.execute("select distinct level from pg_temp.pairs").fetchall():
        conn.execute(pair_queries.SUMS[level])
    conn.execute(f"analyze pg_temp.spans ({spans}, baseline_start), pg_temp.read_spans".encode())
    conn.execute(judge_queries.MOMENTS, values)
    conn.execute("analyze pg_temp.window_moments")
    # Values in a statement that defines a table are put in by the client: the server takes none there.
    psycopg.ClientCursor(conn).execute(judge_queries.JUDGE, values)
    return _frame(conn)


def _find_objects(conn: Connection) -> None:
    conn.execute("analyze pg_temp.wanted_objects")
    for (level,) in conn.execute(object_queries.WANTED_LEVELS).fetchall():
        conn.execute(object_queries.LISTED[level])
        conn.execute(object_queries.DELIVERED[level])


def _frame(conn: Connection) -> pd.DataFrame:
    text = dict.fromkeys((*judge_queries.TEXT, *judge_queries.DAYS), "str")
    numbers = dict.fromkeys((*judge_queries.NUMBERS, *judge_queries.FLAGS, "predicted_at"), "float64")
    pairs = copy_frame(conn, judge_queries.FRAME, {}, text | numbers)
    days = {name: pd.to_datetime(pairs[name], format="%Y-%m-%d") for name in judge_queries.DAYS}
    flags = {name: pairs[name] > 0 for name in judge_queries.FLAGS}
    instants = {"predicted_at": pd.to_datetime(pairs["predicted_at"], unit="s", utc=True)}
    return pairs.assign(**days, **flags, **instants, version=pairs["prediction_version"])
