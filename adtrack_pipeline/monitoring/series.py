"""`score_series`: how strange each value of any one metric's series is, judged by what came before it.

Belongs here: a general score without knowledge of ads. Does not belong here: counts and rates
(`strange/judge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.indexers import BaseIndexer

from adtrack_pipeline.monitoring.inputs.panel import Array, Index

SEASONS = ("24h", "168h")
MIN_CYCLES, MOST_CYCLES = 2, 4
RECENT, SPREAD = 24, 336  # steps: level of the last ones, spread of residuals over a longer past
SMOOTHED = (1, 3, 8)  # steps: single values and short runs
SCALE = 1.4826  # median absolute deviation to standard deviation
TAIL, TAIL_SCALE = 0.9, 1.645  # quantile of a normal deviation without sign, in standard deviations
LEAST = 8
FIRST_STEPS = 12  # fewer than anything is scored after
NEARLY = 0.25  # of a step: months and clock changes are regular enough


def score_series(timestamps: Sequence[object] | pd.Index, values: Sequence[float] | Array) -> Array:
    """Anomaly score of every value, from the values before it only; higher is stranger.

    Args:
        timestamps: instants, ascending; regular ones make daily and weekly seasons usable. Those that come by
            (whole multiples of) one step are taken by the clock, so that a missing row is a missing value; others
            one after the other.
        values: one number each; NaN where unknown.

    Returns:
        (n,) robust standard deviations from what was to be expected, without sign; 0 where there is too little
        past or the value is unknown. The expectation is the value of the same hour of past days or weeks, or the
        recent level, whichever has been nearer so far; runs of values count as well as single ones.

    Raises:
        ValueError: different lengths, or timestamps that do not ascend.
    """
    index = pd.DatetimeIndex(pd.to_datetime(pd.Index(timestamps), utc=True))
    series = pd.Series(np.asarray(values, np.float64), dtype="float64")
    if len(index) != len(series):
        raise ValueError(f"{len(index)} timestamps but {len(series)} values.")
    if not index.is_monotonic_increasing:
        raise ValueError("timestamps do not ascend.")
    series = series.replace([np.inf, -np.inf], np.nan)
    grid = _grid(index)
    residuals = _residuals(series, grid)
    best = _nearest(residuals, grid)
    score = np.zeros(len(series))
    for length in SMOOTHED:
        runs = [
            _standardised(one.rolling(grid.upto(length), min_periods=length).mean(), grid) for one in residuals
        ]
        score = np.fmax(score, np.where(best >= 0, np.choose(np.maximum(best, 0), runs), np.nan))
    return np.where(series.notna(), np.nan_to_num(score), 0.0)


class _Bounds(BaseIndexer):
    """Windows of rows given by their first and end."""

    def __init__(self, first: Index, end: Index) -> None:
        super().__init__()
        self._first, self._end = first, end

    def get_window_bounds(
        self,
        num_values: int = 0,
        min_periods: int | None = None,
        center: bool | None = None,
        closed: str | None = None,
        step: int | None = None,
    ) -> tuple[Index, Index]:
        """First row and end of each window, whatever is asked for."""
        return self._first, self._end


@dataclass(frozen=True)
class Grid:
    """Where values stand in time.

    Attributes:
        place: number of each value's step, strictly ascending.
        periods: lengths of a day and a week in steps, as far as they are there.
    """

    place: Index
    periods: tuple[int, ...]

    def upto(self, steps: int) -> _Bounds:
        """The rows of the steps that end with each value's own."""
        return _Bounds(np.searchsorted(self.place, self.place - steps + 1), np.arange(1, len(self.place) + 1))

    def before(self, steps: int) -> _Bounds:
        """The rows of the steps before each value's own."""
        return _Bounds(np.searchsorted(self.place, self.place - steps), np.arange(len(self.place)))

    def back(self, series: "pd.Series[float]", steps: int) -> "pd.Series[float]":
        """The value so many steps before each, NaN where there is none."""
        return pd.Series(pd.Series(series.to_numpy(), self.place).reindex(self.place - steps).to_numpy())


def _grid(index: pd.DatetimeIndex) -> Grid:
    """Steps of the clock, or of rows; by the first steps: later ones must not change earlier scores."""
    rows = np.arange(len(index))
    clock = index.as_unit("us").asi8
    first = np.diff(clock[: FIRST_STEPS + 1]).astype(np.float64)
    first = first[first > 0]
    if not len(first):
        return Grid(rows, ())
    steps = first / first.min()
    whole = np.round(steps)
    regular = bool((np.abs(steps - whole) <= NEARLY).all())
    step = float(np.median(first / whole if regular else first))
    lengths = [round(pd.Timedelta(season) / pd.Timedelta(microseconds=1) / step) for season in SEASONS]
    if regular:
        place = np.round((clock - clock[0]) / step).astype(np.int64)
        rows = rows + np.maximum.accumulate(place - rows)  # values closer than a step follow one another
    return Grid(rows, tuple(length for length in lengths if 2 <= length <= rows[-1]))


def _residuals(series: "pd.Series[float]", grid: Grid) -> "list[pd.Series[float]]":
    """What is left of the values beside each expectation: the recent level, the same hour of days, of weeks."""
    expectations = [series.rolling(grid.before(RECENT), min_periods=LEAST).median()]
    for period in grid.periods:
        past = pd.concat([grid.back(series, period * cycles) for cycles in range(1, MOST_CYCLES + 1)], axis=1)
        enough = past.notna().sum(axis=1) >= MIN_CYCLES
        expectations.append(past.median(axis=1).where(enough))
    return [series - one for one in expectations]


def _nearest(residuals: "Sequence[pd.Series[float]]", grid: Grid) -> Index:
    """Which expectation has had the smallest errors so far, for each value; -1 where there is none.

    Each is judged by its own errors: those of the level from before a season was known are none of the season's.
    """
    found = pd.concat(list(residuals), axis=1)
    errors = found.abs().rolling(grid.before(SPREAD), min_periods=LEAST).median()
    usable = (found.notna() & errors.notna()).to_numpy()
    return np.where(usable.any(axis=1), np.where(usable, errors, np.inf).argmin(axis=1), -1)


def _standardised(run: "pd.Series[float]", grid: Grid) -> "pd.Series[float]":
    """Without sign, over the spread of the past; after a constant past any change is as strange as can be.

    The median says nothing of counts that are mostly zero, and little of fat tails: where one value in ten is
    farther out than it would be of a normal one, that is the spread, and where even these are zero the mean
    deviation. So a score means the same in any series.
    """
    past = run.abs().rolling(grid.before(SPREAD), min_periods=LEAST)
    spread = np.maximum(SCALE * past.median(), past.quantile(TAIL) / TAIL_SCALE)
    return (run.abs() / np.maximum(spread, past.mean() + 1e-9)).clip(upper=1e6)
