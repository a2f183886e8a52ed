"""The shape of the week: what part of a day falls on each hour, and how a weekday differs from its week.

Belongs here: factors around 1, learned from days well before the one they are used for. Does not belong here:
levels. Days are UTC; the weekday is learned per quarter of the day, so local midnights need not be known.
"""

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array

LOOKBACK = 28
SAMPLE_DAYS = 21  # of which spread, gaps and midnights are learned
GAP = 2  # the day judged and the day before it are never part of what they are judged by
QUARTERS = 4
WEEK = 7
SHRINK_WEEKS = 1.0


def daily(values: Array) -> Array:
    """(hours, units) to (days, 24, units)."""
    return np.asarray(values.reshape(-1, HOURS, *values.shape[1:]))


def trailing_sum(values: Array, days: int = LOOKBACK, gap: int = GAP) -> Array:
    """For each day the sum over the `days` days that end `gap` days before it; axis 0 is days."""
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=total[1:])
    upto = np.maximum(np.arange(len(values)) - gap + 1, 0)
    return np.asarray(total[upto] - total[np.maximum(upto - days, 0)])


def week_shape(counts: Array, exposure: Array, events: Array, prior: float) -> Array:
    """Factor of each hour of each day judged, (days, 24, units): hour of the day times quarter of the weekday.

    Args:
        counts: (hours, units), events or money.
        exposure: what counts are compared with, same shape, any scale.
        events: how many events the counts stand for, same shape.
        prior: events that pull a factor half-way to 1.
    """
    n, e = daily(counts), daily(exposure)
    worth = trailing_sum(n.sum(axis=1)) / np.maximum(trailing_sum(daily(events).sum(axis=1)), 1e-12)
    pull = prior * worth[:, None, :]
    hours = hour_factors(n, e, pull)
    return hours * week_factors(n, e * hours, pull)


def hour_factors(counts: Array, exposure: Array, prior: Array) -> Array:
    """How each hour of the day differs from the whole day, per day judged; arrays are (days, 24, units)."""
    n, e = trailing_sum(counts), trailing_sum(exposure)
    whole = n.sum(axis=1, keepdims=True) / np.maximum(e.sum(axis=1, keepdims=True), 1e-12)
    usual = e * whole
    pull = np.maximum(prior, 1e-9)
    return np.asarray((n + pull) / (usual + pull))


def week_factors(counts: Array, exposure: Array, prior: Array) -> Array:
    """How each quarter of this weekday has differed from its own week, (days, 24, units), over four weeks."""
    days, units = len(counts), counts.shape[2]
    n = counts.reshape(days, QUARTERS, HOURS // QUARTERS, units).sum(axis=2)
    e = exposure.reshape(days, QUARTERS, HOURS // QUARTERS, units).sum(axis=2)
    usual = e * _centred(n) / np.maximum(_centred(e), 1e-12)
    seen, expected, weeks = np.zeros_like(n), np.zeros_like(n), np.zeros_like(n)
    for back in range(WEEK, LOOKBACK + 1, WEEK):
        if back >= days:
            break
        complete = usual[:-back] > 0
        seen[back:] += np.where(complete, n[:-back], 0.0)
        expected[back:] += np.where(complete, usual[:-back], 0.0)
        weeks[back:] += complete
    pull = np.maximum(prior, 1e-9) + SHRINK_WEEKS * expected / np.maximum(weeks, 1.0)
    factors = (seen + pull) / (expected + pull)
    return np.repeat(np.where(weeks > 0, factors, 1.0), HOURS // QUARTERS, axis=1)


def _centred(values: Array) -> Array:
    """Mean over the seven days around each day; 0 where they are not all there."""
    half = WEEK // 2
    mean = np.zeros_like(values)
    if len(values) >= WEEK:
        total = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values]), axis=0)
        mean[half:-half] = (total[WEEK:] - total[:-WEEK]) / WEEK
    return mean
