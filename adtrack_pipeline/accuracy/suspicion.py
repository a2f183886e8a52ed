"""Percentages given as fractions, or the other way round: warned about by distribution, never corrected silently.

Belongs here: the suspicion and its sentence. Does not belong here: where the numbers come from.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.accuracy.columns import Array

FEWEST = 10
TOLERANCE = 3.0  # a hundredth give or take; a bad model is hardly ever so bad


@dataclass(frozen=True)
class Suspicion:
    """What a set of predictions seems to have been multiplied by.

    Attributes:
        ratio: median predicted over median actual.
        factor: 0.01 (fractions instead of percent) or 100 (percent of percent).
        median_predicted: in the unit given.
        median_actual: in the unit expected.
    """

    ratio: float
    factor: float
    median_predicted: float
    median_actual: float

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, without a subject: `The predicted CTR …` can stand before it."""
        medians = f"median {self.median_predicted:.3g} against {self.median_actual:.3g} of what happened"
        if self.factor < 1:
            return f"looks like fractions instead of percent ({medians}); multiply it by 100: 2.5 means 2.5 %."
        return f"looks a hundred times too large ({medians}); divide it by 100: 2.5 means 2.5 %."


def fraction_suspicion(predicted: Array, actual: Array) -> Suspicion | None:
    """Suspect that predictions are a hundredth, or a hundred times, of what they mean.

    By distribution: the medians of the positive values are a hundred apart (33 to 300), and nine tenths of the one
    lie beyond nine tenths of the other. The two need not be pairs: actuals of last week serve as well.

    Args:
        predicted: (n,) predictions in percent; NaN and what is not above 0 is left out.
        actual: (m,) actual values in percent, of the same kind of objects.

    Returns:
        The suspicion; None if there is none, or with fewer than 10 values of either.
    """
    predicted, actual = _positive(predicted), _positive(actual)
    if min(len(predicted), len(actual)) < FEWEST:
        return None
    middle, truth = float(np.median(predicted)), float(np.median(actual))
    ratio = middle / truth
    for factor in (0.01, 100.0):
        if 1.0 / TOLERANCE <= ratio / factor <= TOLERANCE and _apart(predicted, actual):
            return Suspicion(ratio, factor, middle, truth)
    return None


def _positive(values: Array) -> Array:
    values = np.asarray(values, dtype=np.float64)
    return values[np.isfinite(values) & (values > 0)]


def _apart(one: Array, other: Array) -> bool:
    lower, upper = (one, other) if np.median(one) < np.median(other) else (other, one)
    return bool(np.quantile(lower, 0.9) < np.quantile(upper, 0.1))
