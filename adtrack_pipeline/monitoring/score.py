"""How strange a count is, in standard deviations that deserve the name.

Belongs here: windows, over-dispersion, the score. Does not belong here: what was expected (`expected.py`), what is
worth a message (`rules.py`).

A count around an expectation X varies by chance (Poisson) and by everything a model leaves out, which grows with
X: variance = X + (od * X)^2, a negative binomial. `od` is not assumed but read off the same residuals of the weeks
before, per window length (noise that lasts for hours does not average out), at a high quantile (tails are fat).
"""

import numpy as np

from adtrack_pipeline.monitoring.panel import Array, Index

WINDOWS = (3, 6, 12, 24, 48, 72)
GRID = tuple(range(2, 24, 3))  # hours of the day at which the past is sampled
SAMPLE_DAYS = 21
QUANTILE, CHI2_AT_QUANTILE = 0.9, 2.705543  # of chi-square with one degree of freedom
MIN_SAMPLE = 3.0  # expected events that make a window worth sampling
OWN_WEIGHT_DAYS = 10.0  # days of own history that weigh as much as the whole account's
PRIOR_SAMPLES, MOST_SAMPLES = 30.0, 1500.0
FULL_SAMPLE = 20.0  # expected events from which a sample tells more about spread than about chance
LEAST_OF_ACCOUNT = 0.4  # no unit is taken to be calmer than this share of its account's variance
USUAL_RECORD = 3.5  # third highest daily maximum of a score in three quiet weeks, with some room


def window_sums(values: Array, window: int, hours: slice | Index) -> Array:
    """Sums over `window` hours that end with each of `hours`; `values` is (hours, units)."""
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, out=total[1:])
    ends = np.arange(len(values))[hours] + 1
    return total[ends] - total[np.maximum(ends - window, 0)]


def deviance_score(observed: Array, expected: Array, od: Array) -> Array:
    """Signed square root of the negative binomial deviance; 0 where nothing was expected.

    Source of the formula: McCullagh and Nelder, Generalized Linear Models, 1989, deviance residuals; for a small
    `od` it is the Poisson deviance residual.
    """
    x = np.maximum(expected, 1e-9)
    k = 1.0 / np.maximum(od, 1e-3) ** 2
    n = np.maximum(observed, 0.0)
    gain = n * np.log(np.maximum(n, 1e-12) / x) - (n + k) * np.log((n + k) / (x + k))
    return np.where(expected > 0, np.sign(n - x) * np.sqrt(2.0 * np.maximum(gain, 0.0)), 0.0)


def overdispersion(
    observed: Array, expected: Array, groups: Index, prior: float, *, rises: bool, own: bool = True
) -> Array:
    """Over-dispersion per unit from sampled windows.

    Args:
        observed: (samples, units) counts.
        expected: the same shape; windows under `MIN_SAMPLE` are not samples.
        groups: (units,) number of the account each unit belongs to; units borrow from it.
        prior: taken where there is no history.
        rises: whether spread is wanted above expectation or below it: a promotion is no reason to overlook a drop.
        own: whether a unit's own spread counts beside its account's.

    A fraction q of windows has squared Pearson residuals u below chi2_q * (1 + od^2 X), so that od^2 is the
    q-quantile of (u / chi2_q - 1) / X, whatever the sizes.
    """
    usable = (expected >= MIN_SAMPLE) & ((observed >= expected) == rises)
    x = np.where(usable, expected, 1.0)
    excess = np.where(usable, ((observed - x) ** 2 / x / CHI2_AT_QUANTILE - 1.0) / x, np.inf)
    weight = np.where(usable, np.minimum(x, FULL_SAMPLE) ** 2, 0.0)
    pooled = np.empty(excess.shape[1])
    for group in np.unique(groups):
        member = groups == group
        n = min(float(usable[:, member].sum()), MOST_SAMPLES)
        found = _weighted_quantile(excess[:, member].reshape(-1, 1), weight[:, member].reshape(-1, 1))[0]
        pooled[member] = (n * found + PRIOR_SAMPLES * prior**2) / (n + PRIOR_SAMPLES)
    if not own:
        return np.sqrt(pooled)
    days = 2.0 * usable.sum(axis=0) / len(GRID)
    share = days / (days + OWN_WEIGHT_DAYS)
    mixed = share * _weighted_quantile(excess, weight) + (1.0 - share) * pooled
    return np.sqrt(np.maximum(mixed, LEAST_OF_ACCOUNT * pooled))


def _weighted_quantile(values: Array, weight: Array) -> Array:
    """The quantile of each column, 0 where it would be negative or nothing has weight."""
    order = np.argsort(values, axis=0)
    total = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0)
    if not len(total):
        return np.zeros(values.shape[1])
    place = (total < QUANTILE * total[-1]).sum(axis=0)
    found = np.take_along_axis(values, np.take_along_axis(order, place[None, :], axis=0), axis=0)[0]
    return np.where((total[-1] > 0) & np.isfinite(found), np.maximum(found, 0.0), 0.0)
