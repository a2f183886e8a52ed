"""Two samples of standardised errors: is the second one different, how, and since when?

Belongs here: the test, its gates, the change point. Does not belong here: which days are compared (`drift`).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.accuracy.columns import Array

MOST_P = 0.001
LEAST_SHIFT = 0.25  # of a standard deviation; less is of no use to anybody
LEAST_RATIO = 1.25
LEAST_SPREAD = 0.1  # standardised errors spread by about 1; errors all alike are no yardstick
MIRRORED = 0.1  # a bias this much nearer to zero than before, in standard deviations, still counts as one as large


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


def change(recent: Array, before: Array) -> Change:
    """Compare standardised errors, both (n,) and not empty.

    A bias that moves towards zero, or errors that become narrower, are a change that nobody needs to hear of.
    """
    from scipy.stats import ks_2samp  # type: ignore[import-untyped]  # noqa: PLC0415 - half a second to import

    p_value = float(ks_2samp(recent, before, method="asymp").pvalue)
    spread = max(float(before.std()), LEAST_SPREAD)
    shift = float(recent.mean() - before.mean()) / spread
    ratio = float(recent.std()) / spread
    away = abs(recent.mean()) >= abs(before.mean()) - MIRRORED * spread
    is_biased = abs(shift) > LEAST_SHIFT and away
    is_wider = ratio > LEAST_RATIO
    direction = None
    if is_wider and (not is_biased or (ratio - 1.0) / (LEAST_RATIO - 1.0) > abs(shift) / LEAST_SHIFT):
        direction = "wider"
    elif abs(shift) > LEAST_SHIFT:
        direction = "over" if shift > 0 else "under"
    elif ratio < 1.0 / LEAST_RATIO:
        direction = "narrower"
    return Change(p_value, shift, ratio, direction, p_value < MOST_P and (is_biased or is_wider))


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
