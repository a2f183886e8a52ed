"""Two samples of standardised errors: is the second one different, how, and since when?

Belongs here: the test, its gates, the change point. Does not belong here: which days are compared (`drift`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import kolmogorov

from adtrack_pipeline.accuracy.columns import Array

MOST_P = 0.001
LEAST_SHIFT = 0.25  # of a standard deviation; less is of no use to anybody
LEAST_RATIO = 1.25
LEAST_SPREAD = 0.1  # standardised errors spread by about 1; errors all alike are no yardstick
STANDARD_ERRORS = 3.0
FEWEST_DAYS = 8
MIRRORED = 0.1  # a bias this much nearer to zero than before, in standard deviations, still counts as one as large


@dataclass(frozen=True)
class Sample:
    """Standardised errors and the day (any whole number) of each, both (n,)."""

    errors: Array
    days: Array

    def daily_means(self) -> Array:
        """(days,) mean error of each day that has any."""
        _, day = np.unique(self.days, return_inverse=True)
        return np.asarray(np.bincount(day, self.errors) / np.bincount(day))


@dataclass(frozen=True)
class Change:
    """How recent errors differ from those before."""

    p_value: float
    bias_shift: float  # standard deviations of the errors before; + is towards predicting too much
    spread_ratio: float
    direction: str | None  # over, under, wider, narrower; None: nothing notable
    is_change: bool  # for the worse, for certain and by enough

    @property
    def effect(self) -> float:
        """The shift or the ratio, whichever the direction speaks of; NaN without one."""
        if self.direction is None:
            return float("nan")
        return self.bias_shift if self.direction in {"over", "under"} else self.spread_ratio


def change(recent: Sample, before: Sample) -> Change:
    """Compare two samples, none of them empty.

    A bias that moves towards zero, or errors that become narrower, are a change that nobody needs to hear of.
    """
    spread = max(float(before.errors.std()), LEAST_SPREAD)
    means = float(recent.errors.mean()), float(before.errors.mean())
    shift, ratio = (means[0] - means[1]) / spread, float(recent.errors.std()) / spread
    is_biased = abs(shift) > LEAST_SHIFT and abs(means[0]) >= abs(means[1]) - MIRRORED * spread
    is_wider = ratio > LEAST_RATIO
    p_value = _p_value(recent.errors, before.errors)
    is_change = p_value < MOST_P and (is_wider or (is_biased and _is_more_than_days_differ(recent, before)))
    return Change(p_value, shift, ratio, _direction(shift, ratio, is_biased=is_biased), is_change)


def _direction(shift: float, ratio: float, *, is_biased: bool) -> str | None:
    """What is most notable, by how far it is beyond what would be notable."""
    strength = abs(shift) / LEAST_SHIFT if is_biased else 0.0
    if ratio > LEAST_RATIO and (ratio - 1.0) / (LEAST_RATIO - 1.0) > strength:
        return "wider"
    if abs(shift) > LEAST_SHIFT:
        return "over" if shift > 0 else "under"
    return "narrower" if ratio < 1.0 / LEAST_RATIO else None


def _p_value(recent: Array, before: Array) -> float:
    """Kolmogorov and Smirnov's, of the errors and of their distance from the middle: twice the smaller of both.

    A spread 1.5 times as wide moves the distribution of the distances twice as far as that of the errors, so that
    half as many forecasts show it; doubling pays for looking twice (Bonferroni).
    """
    middle = np.median(before)
    apart: tuple[Array, Array] = np.abs(recent - middle), np.abs(before - middle)
    return min(1.0, 2.0 * min(ks_p_value(recent, before), ks_p_value(*apart)))


def ks_p_value(one: Array, other: Array) -> float:
    """Two-sided p-value of Kolmogorov and Smirnov's test of two samples, none of them empty.

    By the limiting distribution with Stephens' correction for the size ("Use of the Kolmogorov-Smirnov, Cramér-von
    Mises and related statistics without extensive tables", Journal of the Royal Statistical Society B 32, 1970).
    It is within a few percent of scipy.stats.ks_2samp, whose import takes longer than all models' verdicts.
    """
    one, other = np.sort(one), np.sort(other)
    values = np.concatenate([one, other])
    shares = (np.searchsorted(each, values, side="right") / len(each) for each in (one, other))
    distance = float(np.abs(np.subtract(*shares)).max())
    size = np.sqrt(len(one) * len(other) / (len(one) + len(other)))
    return float(kolmogorov((size + 0.12 + 0.11 / size) * distance))


def _is_more_than_days_differ(recent: Sample, before: Sample) -> bool:
    """Whether the bias moved by more than 3 standard errors, days and not forecasts being what is independent.

    What happens to a market on a day happens to all its ads: a thousand forecasts of a day are not a thousand
    witnesses. With too few days to say how much they differ, the forecasts decide alone.
    """
    now, then = recent.daily_means(), before.daily_means()
    if len(then) < FEWEST_DAYS:
        return True
    error = float(then.std(ddof=1)) * np.sqrt(1.0 / len(now) + 1.0 / len(then))
    return bool(abs(now.mean() - then.mean()) > STANDARD_ERRORS * error)


def onset(errors: Array, ages: Array, direction: str | None, most: int) -> int:
    """Since how many days the errors are different, by the split that explains them best.

    Args:
        errors: (n,) standardised errors, those before the change among them.
        ages: (n,) days ago of each, 0 the newest; whole numbers.
        direction: of the change.
        most: age up to which it is looked for.

    Returns:
        The age d below `most` for which the errors of age ≤ d and > d differ most for their numbers: the
        likelihood's choice for a shift of the mean (or, for spread, of the mean absolute error) at equal variance.
    """
    values = np.abs(errors - np.median(errors)) if direction in {"wider", "narrower"} else errors
    oldest = int(ages.max())
    number = np.bincount(ages.astype(np.int64), minlength=oldest + 1).cumsum()[:oldest][:most]
    total = np.bincount(ages.astype(np.int64), values, minlength=oldest + 1).cumsum()[:oldest][:most]
    rest = len(values) - number
    usable = (number > 0) & (rest > 0)
    difference = np.zeros(len(number))
    recent, older = total[usable] / number[usable], (values.sum() - total[usable]) / rest[usable]
    difference[usable] = np.abs(recent - older) * np.sqrt(number[usable] * rest[usable] / len(values))
    return int(difference.argmax()) if len(difference) else 0
