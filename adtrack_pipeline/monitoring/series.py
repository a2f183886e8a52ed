"""`score_series`: how strange each value of any one metric's series is, judged by what came before it.

Belongs here: a general score without knowledge of ads. Does not belong here: counts and rates (`judge.py`).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.panel import Array, Index

SEASONS = ("24h", "168h")
MIN_CYCLES, MOST_CYCLES = 2, 4
RECENT, SPREAD = 24, 336  # values: level of the last ones, spread of residuals over a longer past
SMOOTHED = (1, 3, 8)  # single values and short runs
SCALE = 1.4826  # median absolute deviation to standard deviation
TAIL, TAIL_SCALE = 0.9, 1.645  # quantile of a normal deviation without sign, in standard deviations
LEAST = 8
FIRST_STEPS = 12  # fewer than anything is scored after


def score_series(timestamps: Sequence[object] | pd.Index, values: Sequence[float] | Array) -> Array:
    """Anomaly score of every value, from the values before it only; higher is stranger.

    Args:
        timestamps: instants, ascending; regular ones make daily and weekly seasons usable.
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
    residuals = _residuals(series, _periods(index))
    best = _nearest(residuals)
    score = np.zeros(len(series))
    for length in SMOOTHED:
        runs = [_standardised(one.rolling(length, min_periods=length).mean()) for one in residuals]
        score = np.fmax(score, np.where(best >= 0, np.choose(np.maximum(best, 0), runs), np.nan))
    return np.where(series.notna(), np.nan_to_num(score), 0.0)


def _periods(index: pd.DatetimeIndex) -> list[int]:
    """Lengths of a day and a week in values, by the first steps: later ones must not change earlier scores."""
    steps = (index[1:] - index[:-1])[:FIRST_STEPS]
    step = pd.Series(steps).median() if len(steps) else pd.Timedelta(0)
    if step <= pd.Timedelta(0):
        return []
    lengths = [round(pd.Timedelta(season) / step) for season in SEASONS]
    return [length for length in lengths if 2 <= length < len(index)]


def _residuals(series: "pd.Series[float]", periods: Sequence[int]) -> "list[pd.Series[float]]":
    """What is left of the values beside each expectation: the recent level, the same hour of days, of weeks."""
    expectations = [series.shift(1).rolling(RECENT, min_periods=LEAST).median()]
    for period in periods:
        past = pd.concat([series.shift(period * back) for back in range(1, MOST_CYCLES + 1)], axis=1)
        enough = past.notna().sum(axis=1) >= MIN_CYCLES
        expectations.append(past.median(axis=1).where(enough))
    return [series - one for one in expectations]


def _nearest(residuals: "Sequence[pd.Series[float]]") -> Index:
    """Which expectation has had the smallest errors so far, for each value; -1 where there is none.

    Each is judged by its own errors: those of the level from before a season was known are none of the season's.
    """
    found = pd.concat(list(residuals), axis=1)
    errors = found.abs().shift(1).rolling(SPREAD, min_periods=LEAST).median()
    usable = (found.notna() & errors.notna()).to_numpy()
    return np.where(usable.any(axis=1), np.where(usable, errors, np.inf).argmin(axis=1), -1)


def _standardised(run: "pd.Series[float]") -> "pd.Series[float]":
    """Without sign, over the spread of the past; after a constant past any change is as strange as can be.

    The median says nothing of counts that are mostly zero, and little of fat tails: where one value in ten is
    farther out than it would be of a normal one, that is the spread, and where even these are zero the mean
    deviation. So a score means the same in any series.
    """
    past = run.shift(1).abs().rolling(SPREAD, min_periods=LEAST)
    spread = np.maximum(SCALE * past.median(), past.quantile(TAIL) / TAIL_SCALE)
    return (run.abs() / np.maximum(spread, past.mean() + 1e-9)).clip(upper=1e6)
