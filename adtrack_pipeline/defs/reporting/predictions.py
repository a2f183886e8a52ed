"""How good predictions were, per account and over all: the measures of `accuracy/` over a week of comparisons.

CTR and spend are measured over the windows that ended in the week up to the day; ROAS and conversions over the
week before, the newest one whose conversions are in.

Belongs here: reading and caching for one look. Does not belong here: measuring (`accuracy/`), comparing
(`defs/accuracy/`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from adtrack_pipeline.defs.accuracy.pooling import read_comparisons, running
from adtrack_pipeline.reporting.frames import ACCURACY_COLUMNS, empty

WINDOW = 7
SETTLED = 7  # days until conversions are in; as `accuracy.columns.SETTLE_DAYS`, whose import costs scipy
_OF_ACCOUNT = """
    select prediction_id from ops.prediction_comparisons
    where superseded_at is null and account_id = %(account)s and platform = %(platform)s
        and window_end between %(since)s and %(until)s
"""


@dataclass
class Predictions:
    """Comparisons of windows that ended in the two weeks up to a day; each day is read once."""

    conn: psycopg.Connection[Any]
    _read: dict[date, pd.DataFrame] = field(default_factory=dict)

    def of_account(self, platform: str, account_id: str, day: date) -> pd.DataFrame:
        """ACCURACY_COLUMNS of one account's predictions."""
        compared = self._compared(day)
        if compared.empty:
            return empty(ACCURACY_COLUMNS)
        values = {"account": account_id, "platform": platform, "since": _first(day), "until": day}
        ids = [row[0] for row in self.conn.execute(_OF_ACCOUNT, values)]
        return _pooled(compared[compared["prediction_id"].isin(ids)], day)

    def of_all(self, day: date) -> pd.DataFrame:
        """ACCURACY_COLUMNS of all predictions."""
        return _pooled(self._compared(day), day)

    def _compared(self, day: date) -> pd.DataFrame:
        if day not in self._read:
            models = running(self.conn, _first(day), day)
            self._read[day] = read_comparisons(self.conn, models, _first(day), day) if models else pd.DataFrame()
        return self._read[day]


def _pooled(compared: pd.DataFrame, day: date) -> pd.DataFrame:
    if compared.empty:
        return empty(ACCURACY_COLUMNS)
    # It imports scipy: only who has predictions pays for that.
    from adtrack_pipeline.accuracy import pooled_accuracy  # noqa: PLC0415

    found = [
        pooled_accuracy(compared, day=last, windows=(WINDOW,), metrics=metrics).assign(
            since_day=last - timedelta(days=WINDOW - 1), until_day=last
        )
        for metrics, last in _spans(day)
    ]
    return pd.concat([one for one in found if len(one)] or found[:1])[list(ACCURACY_COLUMNS)]


def _spans(day: date) -> Iterator[tuple[tuple[str, ...], date]]:
    """Metrics with the last day of the week they are measured over."""
    from adtrack_pipeline.accuracy.columns import METRICS, ORDERS  # noqa: PLC0415 - as above

    yield tuple(one for one in METRICS if one not in ORDERS), day
    yield ORDERS, day - timedelta(days=SETTLED)


def _first(day: date) -> date:
    """The first day that is looked at."""
    return day - timedelta(days=SETTLED + WINDOW - 1)
