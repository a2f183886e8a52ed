"""The noise ceiling: what even a perfect forecast of a rate would miss by, on this many events.

Belongs here: closed forms for counts, and the expected counts behind a pool. Does not belong here: which metric
counts what (`compare`, `pools`).
"""

import numpy as np
from scipy.special import gammaln, xlogy

from adtrack_pipeline.accuracy.columns import Array

ORDER_VALUE_CV = 0.5  # standard deviation of an order's value over its mean; assumed where nobody says
MANY = 1e6  # events from which the noise is that of the normal distribution, √(2/(πm))


def count_noise(mean: Array | float, *, overdispersion: float = 1.0) -> Array:
    """Expected relative error E|X − m| / m of the perfect forecast m of a count X.

    For X ~ Poisson(m): 2·exp(−m)·m^⌊m⌋ / ⌊m⌋! (Crow, "The mean deviation of the Poisson distribution", Biometrika
    45, 1958, divided by m). It tends to √(2/(πm)).

    Args:
        mean: (n,) expected events m.
        overdispersion: variance over that of Poisson. The count is then taken as one of m/overdispersion events,
            which has the same relative variance: an approximation, exact for Poisson.

    Returns:
        (n,) share, 0 to 2 (2 for nothing to expect: any event is all error); NaN for what is no finite number.
    """
    events = np.asarray(mean, dtype=np.float64) / overdispersion
    events = np.where((events >= 0) & np.isfinite(events), events, np.nan)
    few = np.minimum(events, MANY)  # the difference of large logarithms loses its digits
    whole = np.floor(few)
    exact = 2.0 * np.exp(xlogy(whole, few) - few - gammaln(whole + 1.0))
    return np.asarray(np.where(events > MANY, exact * np.sqrt(MANY / np.maximum(events, 1.0)), exact))


def ceiling(mean: Array | float, *, overdispersion: float = 1.0) -> Array:
    """(n,) accuracy 0 to 100 that a perfect forecast reaches on average over `mean` expected events."""
    return np.asarray(100.0 * np.maximum(0.0, 1.0 - count_noise(mean, overdispersion=overdispersion)))


def value_overdispersion(order_value_cv: float = ORDER_VALUE_CV) -> float:
    """Variance of a sum of orders' values over that of as many orders of one value: 1 + cv².

    Revenue is compound Poisson: Var = m·(E v² ) = m·v̄²·(1 + cv²), so that m orders of unequal value say as much as
    m/(1 + cv²) equal ones.
    """
    return 1.0 + order_value_cv**2


def expected_events(events: Array, exposure: Array) -> Array:
    """What was to be expected of each row, seen from its own events and the pool's rate; knows no forecast.

    The posterior mean under an exponential prior around the pool's rate r (a gamma of shape 1): with
    μ = r·exposure it is μ(1 + X)/(1 + μ), that is X where there is much and μ where there is little. Reading the
    noise off X itself would say that an ad with 0 clicks had no noise.

    Args:
        events: (n,) counts X.
        exposure: (n,) what they are proportional to: impressions, spend, or 1.

    Returns:
        (n,) expected events; 0 everywhere if nothing happened at all.
    """
    total = exposure.sum()
    pooled = events.sum() / total * exposure if total > 0 else np.zeros_like(exposure)
    return np.asarray(pooled * (1.0 + events) / (1.0 + pooled))


def pooled_ceiling(events: Array, exposure: Array, *, overdispersion: float = 1.0) -> float:
    """WAPE accuracy 0 to 100 that a perfect forecast would reach on these rows together; NaN without events."""
    expected = expected_events(events, exposure)
    total = expected.sum()
    if not total > 0:
        return float("nan")
    missed = (expected * count_noise(expected, overdispersion=overdispersion)).sum()
    return float(100.0 * max(0.0, 1.0 - missed / total))
