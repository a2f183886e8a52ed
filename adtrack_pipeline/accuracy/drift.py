"""`drift`: has a model's error changed, so that it should be trained again?

Belongs here: the rule and its table. Does not belong here: the statistics of one change (`change`), alerts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.change import Change, Sample, change, onset
from adtrack_pipeline.accuracy.columns import METRICS, ORDERS, SETTLE_DAYS, Array, Mask, days, need
from adtrack_pipeline.accuracy.errors import count_deviation, extra_deviation, relative_error
from adtrack_pipeline.accuracy.observations import array, observations

LEAST_RECENT, LEAST_REFERENCE = 300, 300  # scored forecasts below which nothing is said
RECENT_DAYS, REFERENCE_DAYS = 7, 30
LOOK_BACK = 14  # days in which an onset is looked for
ALL_VERSIONS, ONE_VERSION = "model", "version"  # what a verdict is about
COLUMNS = (
    "model_name",
    "scope",
    "model_version",
    "metric",
    "date_day",
    "verdict",
    "direction",
    "effect",
    "p_value",
    "onset_day",
    "recent_forecasts",
    "reference_forecasts",
    "bias_shift",
    "spread_ratio",
)


@dataclass(frozen=True)
class _Windows:
    """How many days are compared with how many, and the least number of forecasts in each."""

    recent_days: int
    reference_days: int
    least_recent: int
    least_reference: int


def drift(
    comparisons: pd.DataFrame,
    *,
    day: date,
    recent_days: int = RECENT_DAYS,
    reference_days: int = REFERENCE_DAYS,
    least_recent: int = LEAST_RECENT,
    least_reference: int = LEAST_REFERENCE,
    settle_days: int = SETTLE_DAYS,
    metrics: Sequence[str] = METRICS,
) -> pd.DataFrame:
    """Whether the errors of the last days differ from those of the days before, by model and metric.

    The verdict that counts pools all versions of a model: one that is trained anew each week would never have a
    past of its own. Each version is judged alone beside it. Platforms are pooled as well: errors have no unit, and
    what is retrained is the model.

    Errors are relative ones divided by what was to be expected of them (`errors`), so that ads of all sizes and
    currencies pool. Compared are forecasts scored alone, settled and not made in hindsight, by the day their
    window ended: the last 7 days against the 30 before; for roas and conversions both end `settle_days`
    earlier, when conversions are in. It is a change when the Kolmogorov-Smirnov test says p < 0.001 *and* it
    matters: a bias that moved by more than 0.25 standard deviations (and 3 standard errors, counted in days),
    away from zero, or a spread 1.25 times as wide. A change on two days running is drift. `benchmarks/drift.py`
    measures false alarms and what is found. Once the days before are full of changed errors as well, the
    verdict is stable again: retrain by then.

    Args:
        comparisons: as `compare` returns them, the newest version of each prediction, of at least the last
            1 + 37 + `settle_days` days.
        day: the day of the verdict; the day before is looked at as well.
        recent_days: days looked at.
        reference_days: days before them.
        least_recent: scored forecasts in the recent days below which there is not enough data.
        least_reference: the same for the days before.
        settle_days: days until conversions are in.
        metrics: those to look at.

    Returns:
        Grain `model_name, scope, model_version, metric, date_day`; no row where it was not predicted.
            `scope` model (all versions together, `model_version` is empty) or version;
            `verdict` not_enough_data, stable, suspected (a change today, not yesterday) or drift;
            `direction` over, under (bias towards too much, too little), wider, narrower, null: nothing notable;
            narrower errors are never drift;
            `effect` of that direction: the shift of the bias in standard deviations (signed, + is more), or the
            ratio of spreads; `bias_shift`, `spread_ratio` are both;
            `p_value` of the KS test; `onset_day` since when, the likeliest day of the last 14, null unless
            suspected or drift; `recent_forecasts`, `reference_forecasts` how many.

    Raises:
        AccuracyError: a column is missing.
    """
    need(comparisons, ["window_end"], "Comparisons")
    windows = _Windows(recent_days, reference_days, least_recent, least_reference)
    ended, span = days(comparisons, "window_end"), recent_days + reference_days + settle_days + 1
    last = np.datetime64(day, "D")
    near = comparisons[(ended <= last) & (ended > last - span)]
    found: list[dict[str, Any]] = []
    for metric in metrics:
        until = day - timedelta(days=settle_days if metric in ORDERS else 0)
        of_metric = {"metric": metric, "date_day": day}
        for model, rows in observations(near, metric).groupby("model_name", sort=True):
            found += [{"model_name": model, **of_metric, **one} for one in _of_model(rows, until, windows)]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _of_model(rows: pd.DataFrame, day: date, windows: _Windows) -> Iterator[dict[str, Any]]:
    """All versions of a model together, then each alone; also those of which nothing could be scored."""
    together = _verdict(rows, day, windows)
    yield {"scope": ALL_VERSIONS, "model_version": "", **together}
    versions = rows.groupby("model_version", sort=True)
    for version, alone in versions:
        same = versions.ngroups == 1
        yield {
            "scope": ONE_VERSION,
            "model_version": version,
            **(together if same else _verdict(alone, day, windows)),
        }


def _verdict(rows: pd.DataFrame, day: date, windows: _Windows) -> dict[str, Any]:
    """What is said about one model and metric; what is not known is null."""
    rows = rows[rows["is_scored"] & rows["is_settled"] & rows["is_ex_ante"]]
    seen = _Seen.on(rows, day, windows)
    found: dict[str, Any] = {
        "recent_forecasts": int(seen.is_recent.sum()),
        "reference_forecasts": int((~seen.is_recent).sum()),
    }
    if not seen.is_enough(windows):
        return found | {"verdict": "not_enough_data"}
    today = seen.change()
    found |= {"verdict": "stable", "direction": today.direction, "effect": today.effect, "p_value": today.p_value}
    found |= {"bias_shift": today.bias_shift, "spread_ratio": today.spread_ratio}
    if today.is_change:
        before = _Seen.on(rows, day - timedelta(days=1), windows)
        is_second = before.is_enough(windows) and before.change().is_change
        found |= {"verdict": "drift" if is_second else "suspected", "onset_day": seen.onset(day, today.direction)}
    return found


@dataclass(frozen=True)
class _Seen:
    """Standardised errors of the recent days and those before, as of one day."""

    errors: Array
    ages: Array  # days before that day
    is_recent: Mask

    @classmethod
    def on(cls, rows: pd.DataFrame, day: date, windows: _Windows) -> "_Seen":
        ages = (pd.Timestamp(day) - rows["window_end"]).dt.days.to_numpy(dtype=np.float64)
        near = (ages >= 0) & (ages < windows.recent_days + windows.reference_days)
        rows, ages = rows[near], ages[near]
        is_recent = ages < windows.recent_days
        relative = relative_error(array(rows, "predicted"), array(rows, "actual"))
        counts = count_deviation(array(rows, "ceiling"))
        if (~is_recent).any():
            relative = relative / np.hypot(counts, extra_deviation(relative[~is_recent], counts[~is_recent]))
        return cls(relative, ages, is_recent)

    def is_enough(self, windows: _Windows) -> bool:
        recent = int(self.is_recent.sum())
        return recent >= windows.least_recent and len(self.errors) - recent >= windows.least_reference

    def change(self) -> Change:
        recent, before = (
            Sample(self.errors[which], self.ages[which]) for which in (self.is_recent, ~self.is_recent)
        )
        return change(recent, before)

    def onset(self, day: date, direction: str | None) -> date:
        return day - timedelta(days=onset(self.errors, self.ages, direction, LOOK_BACK))
