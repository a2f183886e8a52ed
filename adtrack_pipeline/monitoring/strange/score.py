"""How strange a count is, in standard deviations that deserve the name.

Belongs here: over-dispersion and the score. Does not belong here: what was expected (`usual/`), what is worth
a message (`rules.py`).

A count around an expectation X varies by chance (Poisson) and by everything a model leaves out, which grows
with X: variance = X + (od * X)^2, a negative binomial. `od` is not assumed but read off the same residuals of the
weeks before, per window length (noise that lasts for hours does not average out), at a high quantile (tails are
fat).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Array, Index, Mask

WINDOWS = (3, 6, 12, 24, 48, 72)
GRID = tuple(range(2, 24, 3))  # hours of the day at which the past is sampled
QUANTILE, CHI2_AT_QUANTILE = 0.9, 2.705543  # of chi-square with one degree of freedom
MIN_SAMPLE = 3.0  # expected events that make a window worth sampling
OWN_WEIGHT_DAYS = 10.0  # days of own history that weigh as much as the whole account's
PRIOR_SAMPLES, MOST_SAMPLES = 30.0, 1500.0
FULL_SAMPLE = 20.0  # expected events from which a sample tells more about spread than about chance
WEIGHS = 0.002  # of an account's samples: what is less cannot move its quantile
LEAST_OF_ACCOUNT = 0.4  # no unit is taken to be calmer than this share of its account's variance
MOST_EXCESS = 9.0  # an over-dispersion of 3 is no knowledge
HALVINGS = 12


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
    observed: Array,
    expected: Array,
    groups: Index,
    prior: float,
    *,
    rises: bool,
    own: bool = True,
    wanted: Index | None = None,
) -> Array:
    """Over-dispersion per unit from sampled windows.

    Args:
        observed: (samples, units) counts.
        expected: the same shape; windows under `MIN_SAMPLE` are not samples.
        groups: (units,) number of the account each unit belongs to; units borrow from it.
        prior: taken where there is no history.
        rises: whether spread is wanted above expectation or below it: a promotion is no reason to overlook a drop.
        own: whether a unit's own spread counts beside its account's.
        wanted: units to learn it for, in this order; default: all.

    A fraction q of windows has squared Pearson residuals u below chi2_q * (1 + od^2 X), so that od^2 is the
    q-quantile of (u / chi2_q - 1) / X, whatever the sizes. Bigger windows tell more about od and weigh more.
    """
    samples = read_samples(observed, expected, rises=rises)
    units = np.arange(expected.shape[1]) if wanted is None else wanted
    pooled = samples.pooled(groups, prior, units)
    return samples.take(units).own(pooled) if own else np.asarray(np.sqrt(pooled))


@dataclass(frozen=True)
class Samples:
    """What windows of the past say about over-dispersion, (samples, units).

    Attributes:
        excess: of od squared, were the window at the quantile.
        weight: how much it tells; 0 where the window is no sample.
    """

    excess: Array
    weight: Array

    @classmethod
    def empty(cls, count: int, units: int) -> "Samples":
        """Room for so many, none of them a sample yet."""
        return cls(np.zeros((count, units), np.float32), np.zeros((count, units), np.float32))

    def put(self, units: slice, some: "Samples") -> None:
        """Fill in those of some units."""
        self.excess[:, units], self.weight[:, units] = some.excess, some.weight

    def at(self, rows: slice) -> "Samples":
        """Of these rows only."""
        return Samples(self.excess[rows], self.weight[rows])

    def take(self, units: Index) -> "Samples":
        """Of these units only."""
        if np.array_equal(units, np.arange(self.weight.shape[1])):
            return self
        return Samples(self.excess[:, units], self.weight[:, units])

    def without(self, units: Index, rows: Mask) -> "Samples":
        """Leave out rows of some units; `rows` is (samples, units left out of)."""
        weight = self.weight.copy()
        weight[:, units] *= ~rows
        return Samples(self.excess, weight)

    def pooled(self, groups: Index, prior: float, units: Index) -> Array:
        """Squared over-dispersion of the account of each of these units."""
        found = np.full(self.weight.shape[1], prior**2)
        for group in np.unique(groups[units]):
            member = groups == group
            own = self.take(np.flatnonzero(member))
            n = min(float(np.count_nonzero(own.weight)), MOST_SAMPLES)
            seen = _quantile(own.excess.reshape(-1, 1), own.weight.reshape(-1, 1))[0]
            found[member] = (n * seen + PRIOR_SAMPLES * prior**2) / (n + PRIOR_SAMPLES)
        return found[units]

    def pooled_without(self, groups: Index, prior: float, units: Index, rows: Mask) -> Array:
        """The same, for each of these units without those of its own rows, (samples, units), that weigh.

        Others' rows stay: what a unit is measured by must not depend on who else happens to be asked about.
        """
        found = self.pooled(groups, prior, units)
        for number in np.flatnonzero(rows.any(axis=0)):
            peers = np.flatnonzero(groups == groups[units[number]])
            mine, own = np.searchsorted(peers, units[[number]]), self.take(peers)
            left_out = own.weight[:, mine][rows[:, [number]]].sum()
            if left_out > WEIGHS * own.weight.sum():
                some = own.without(mine, rows[:, [number]])
                found[number] = some.pooled(groups[peers], prior, mine)[0]
        return found

    def own(self, pooled: Array) -> Array:
        """Over-dispersion of units, the more their own the longer it is known."""
        days = 2.0 * (self.weight > 0).sum(axis=0) / len(GRID)
        share = days / (days + OWN_WEIGHT_DAYS)
        mixed = share * _quantile(self.excess, self.weight) + (1.0 - share) * pooled
        return np.asarray(np.sqrt(np.maximum(mixed, LEAST_OF_ACCOUNT * pooled)))


def read_samples(observed: Array, expected: Array, *, rises: bool) -> Samples:
    """Windows on the side that is asked about; see `overdispersion`."""
    usable = (expected >= MIN_SAMPLE) & ((observed >= expected) == rises)
    x = np.where(usable, expected, 1.0)
    excess = np.where(usable, ((observed - x) ** 2 / x / CHI2_AT_QUANTILE - 1.0) / x, 0.0)
    weight = np.where(usable, np.minimum(x, FULL_SAMPLE) ** 2, 0.0)
    return Samples(excess.astype(np.float32), weight.astype(np.float32))  # seven digits are plenty


def _quantile(values: Array, weight: Array) -> Array:
    """Weighted quantile of each column between 0 and `MOST_EXCESS`, by halving: no column has to be sorted."""
    goal = QUANTILE * weight.sum(axis=0)
    low, high = np.zeros(values.shape[1], np.float32), np.full(values.shape[1], np.float32(MOST_EXCESS))
    for _ in range(HALVINGS):
        middle = np.sqrt((low + np.float32(1e-6)) * high)
        below = _weight_up_to(values <= middle, weight) >= goal
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    return np.where((goal > 0) & (_weight_up_to(values <= 0.0, weight) < goal), high, 0.0)


def _weight_up_to(chosen: Mask, weight: Array) -> Array:
    if weight.shape[1] == 1:  # which einsum would do value by value
        return np.asarray(chosen[:, 0] @ weight[:, 0])[None]
    return np.asarray(np.einsum("ij,ij->j", chosen, weight))
