"""`observations` of one model as plain arrays, so that many pools can be cut from them quickly.

Belongs here: cutting. Does not belong here: measuring (`measures`), what the columns mean (`observations`).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import Array, Mask
from adtrack_pipeline.accuracy.observations import AMOUNTS, currency_scale
from adtrack_pipeline.accuracy.scores import Codes, codes

RANKED_WITHIN = ("level", "window_start", "window_end", "day")
_FLOATS = ("predicted", "actual", "error", "baseline", "weight", "events", "hit", "interval_level")


@dataclass(frozen=True)
class Rows:
    """Arrays of one length, named as in `observations`; NaN where there is nothing."""

    predicted: Array
    actual: Array
    error: Array
    baseline: Array
    weight: Array
    events: Array
    hit: Array
    interval_level: Array
    is_scored: Mask
    group: Codes  # rows whose order means something: of one level and window
    predicted_code: Codes  # orders the rows of a group like `predicted`
    actual_code: Codes
    currency: Codes

    def __len__(self) -> int:
        return len(self.predicted)

    @classmethod
    def of(cls, observed: pd.DataFrame) -> "Rows":
        """From `observations`; other columns are left behind."""
        values: dict[str, Any] = {name: observed[name].to_numpy(np.float64, na_value=np.nan) for name in _FLOATS}
        currency, _ = pd.factorize(observed["currency"], use_na_sentinel=False)
        group = _numbered([observed[one] for one in RANKED_WITHIN if one in observed], len(observed))
        return cls(
            **values,
            is_scored=observed["is_scored"].to_numpy(dtype=bool),
            group=group,
            predicted_code=codes(values["predicted"], group),
            actual_code=codes(values["actual"], group),
            currency=currency,
        )

    def at(self, which: Mask) -> "Rows":
        """Those of the rows."""
        return Rows(**{one.name: getattr(self, one.name)[which] for one in fields(self)})

    @property
    def has_several_currencies(self) -> bool:
        """Whether they are counted in more than one currency."""
        return len(self) > 0 and bool(np.ptp(self.currency))

    def in_one_currency(self, metric: str) -> "Rows":
        """As `observations.in_one_currency`."""
        if metric not in AMOUNTS or not self.has_several_currencies:
            return self
        scale = currency_scale(self.currency, self.weight if metric == "roas" else self.actual)
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values |= {name: values[name] / scale for name in AMOUNTS[metric]}
        values |= {f"{name}_code": codes(values[name], self.group) for name in ("predicted", "actual")}
        return Rows(**values).at(np.isfinite(scale))


def _numbered(columns: list["pd.Series[Any]"], length: int) -> Codes:
    """(n,) a whole number from 0 for each combination of values; 0 everywhere without columns."""
    number: Codes = np.zeros(length, dtype=np.intp)
    for column in columns:
        code, known = pd.factorize(column, use_na_sentinel=False)
        number = np.asarray(pd.factorize(number * len(known) + code)[0], dtype=np.intp)
    return number
