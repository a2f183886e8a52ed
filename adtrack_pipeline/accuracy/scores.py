"""Measures of many forecasts at once, on plain arrays.

Belongs here: one formula each, null (NaN) where it says nothing. Does not belong here: which rows count (`pools`).
All arrays are (n,) and without NaN; `error` is predicted − actual.
"""

from typing import Any

import numpy as np

from adtrack_pipeline.accuracy.columns import Array

Codes = np.ndarray[Any, np.dtype[np.intp]]
NAN = float("nan")
FEWEST_RANKED = 3  # two points are always in perfect order or reverse


def wape(error: Array, actual: Array, weight: Array) -> float:
    """Weighted absolute percentage error as a share: Σ w·|error| / Σ w·actual; NaN unless something happened.

    Sums are divided, not each row, so that zeros among the actuals do no harm (Hyndman and Koehler, "Another look
    at measures of forecast accuracy", International Journal of Forecasting 22, 2006).
    """
    return _over(float((weight * np.abs(error)).sum()), float((weight * actual).sum()))


def accuracy(share: float) -> float:
    """0 to 100 from a WAPE: 100·max(0, 1 − WAPE)."""
    return 100.0 * max(0.0, 1.0 - share) if np.isfinite(share) else NAN


def bias(error: Array, actual: Array, weight: Array) -> float:
    """Signed share by which the forecasts are too high: Σ w·error / Σ w·actual; +0.10 is 10 % too much."""
    return _over(float((weight * error).sum()), float((weight * actual).sum()))


def mae(error: Array) -> float:
    """Mean absolute error in the metric's unit."""
    return float(np.abs(error).mean()) if len(error) else NAN


def rmse(error: Array) -> float:
    """Root mean square error in the metric's unit."""
    return float(np.sqrt(np.square(error).mean())) if len(error) else NAN


def codes(values: Array, group: Codes) -> Codes:
    """(n,) whole numbers from 0 that order rows by group and, within it, by value; equal where both are."""
    value = np.unique(values, return_inverse=True)[1]
    return np.asarray(np.unique(group * (len(values) + 1) + value, return_inverse=True)[1])


def rank_correlation(predicted: Codes, actual: Codes, group: Codes) -> float:
    """Spearman's ρ within groups, −1 to 1: is the order of what competes with each other right?

    Σ n·ρ / Σ n over the groups of at least three rows in which neither side is all alike; NaN if there is none.
    Across groups ρ would be that of their sizes: whoever knows that campaigns sell more than ads would be right.

    Args:
        predicted: (n,) `codes` of the predictions, so that pools cut from the same rows need not be sorted again.
        actual: (n,) those of what happened.
        group: (n,) number of each row's group, from 0.
    """
    number = np.bincount(group)
    one, other = (_centred_ranks(code, group, number) for code in (predicted, actual))
    spread = np.sqrt(np.bincount(group, one * one) * np.bincount(group, other * other))
    usable = (number >= FEWEST_RANKED) & (spread > 0)
    if not usable.any():
        return NAN
    rho = np.bincount(group, one * other)[usable] / spread[usable]
    return float(np.average(rho, weights=number[usable]))


def _centred_ranks(code: Codes, group: Codes, number: Codes) -> Array:
    """Ranks within each group, of equals their mean, less the group's mean; `number`: rows of each group."""
    count = np.bincount(code)
    rank = (count.cumsum() - (count - 1) / 2.0)[code]  # over all groups, each after the one before
    before = number.cumsum() - number
    return np.asarray(rank - before[group] - (number[group] + 1) / 2.0)


def skill(error: Array, baseline_error: Array, weight: Array) -> float:
    """1 − Σ w·|error| / Σ w·|error of the baseline|: 1 perfect, 0 no better, below 0 worse than the baseline."""
    return 1.0 - _over(float((weight * np.abs(error)).sum()), float((weight * np.abs(baseline_error)).sum()))


def _over(part: float, whole: float) -> float:
    with np.errstate(over="ignore"):
        found = float(np.divide(part, whole)) if whole > 0 else NAN
    return found if np.isfinite(found) else NAN
