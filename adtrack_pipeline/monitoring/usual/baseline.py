"""The level an ad is judged by: its own usual rate, from days before, hardly moved by the odd day.

Belongs here: robust trailing rates. Does not belong here: the shape within them (`shape.py`).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adtrack_pipeline.monitoring.inputs.panel import Array, Hours
from adtrack_pipeline.monitoring.usual.shape import GAP, LOOKBACK

WINSOR = 2.5  # standard deviations at which a day's pull ends
DAY_NOISE = 0.25  # relative spread a day may have beside chance
ROUNDS = 2
RENEWED_DAYS = 2
ENOUGH_FOR_MEDIAN = 3.0  # events a day


def usual_rate(
    counts: Array,
    exposure: Array,
    events: Array,
    half_life: float,
    first_day: int,
    since: Hours | None = None,
) -> tuple[Array, Array]:
    """Rate per unit of exposure for each day, from the four weeks that end two or three days before it.

    Args:
        counts: (days, units) what was counted; money works too.
        exposure: (days, units) what it is counted over; days with 0 say nothing.
        events: (days, units) how many events the count stands for, which says how far chance may move it.
        half_life: days after which a day weighs half.
        first_day: days from 1970 to the first row; rates are renewed every second day.
        since: (days, units) first day that still says something about each day; default: all do.

    Returns:
        rate and number of days it rests on, both (days, units). A day pulls no further than `WINSOR` of its own
        standard deviations away from the rate (winsorised mean, started at the median of the days).
    """
    renewed = np.maximum((first_day + np.arange(len(counts))) // RENEWED_DAYS * RENEWED_DAYS - first_day, 0)
    anchors, row = np.unique(renewed, return_inverse=True)
    n, e, c = (_before(values)[anchors] for values in (counts, exposure, events))
    age = np.arange(n.shape[-1])[::-1]
    if since is not None:
        recent = (anchors[:, None] - GAP - age)[:, None] >= since[anchors][..., None]
        e, c = np.where(recent, e, 0.0), np.where(recent, c, 0.0)
    weight = np.where(e > 0, 0.5 ** (age / half_life), 0.0)
    days = (e > 0).sum(axis=-1)
    rate = _start(n, e, c, weight, days)
    noise = WINSOR * np.sqrt(1.0 / np.maximum(c, 1.0) + DAY_NOISE**2)
    total = np.maximum((weight * e).sum(axis=-1), 1e-12)
    for _ in range(ROUNDS):
        usual = rate[..., None] * e
        rate = (weight * np.clip(n, usual * np.maximum(0.0, 1.0 - noise), usual * (1.0 + noise))).sum(
            axis=-1
        ) / total
    return rate[row], days[row]


def _before(values: Array) -> Array:
    """(days, units, LOOKBACK): the days each day looks back on, oldest first."""
    padded = np.concatenate([np.zeros((LOOKBACK + GAP - 1, *values.shape[1:])), values])
    return sliding_window_view(padded, LOOKBACK, axis=0)[: len(values)]


def _start(n: Array, e: Array, c: Array, weight: Array, days: Array) -> Array:
    """Median of the daily rates where days are big enough to have one, else the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.sort(np.where(e > 0, n / e, np.nan), axis=-1)
    middle = np.maximum(days - 1, 0) // 2
    median = np.take_along_axis(rates, middle[..., None], axis=-1)[..., 0]
    mean = (weight * n).sum(axis=-1) / np.maximum((weight * e).sum(axis=-1), 1e-12)
    by_median = (days > 0) & (c.sum(axis=-1) >= ENOUGH_FOR_MEDIAN * days) & (median > 0)
    return np.where(by_median, median, mean)
