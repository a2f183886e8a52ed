"""Errors of forecasts, big and small ads alike, on one scale: that of what was to be expected of them.

Belongs here: standardising. Does not belong here: judging a change in them (`drift`).
"""

import numpy as np

from adtrack_pipeline.accuracy.columns import Array

NORMAL_MEDIAN = 0.67449  # median of |Z|
TO_DEVIATION = float(np.sqrt(np.pi / 2.0))  # from the mean absolute to the standard deviation of a normal variable
MOST_EXTRA = 10.0  # relative errors below never exceed 2
STEPS = 40
LEAST_EXTRA = 1e-3  # forecasts are never exact beyond


def relative_error(predicted: Array, actual: Array) -> Array:
    """(n,) (predicted − actual) over the mean of both, −2 to 2; 0 if both are 0.

    The mean of both, so that twice the truth and half of it weigh the same and neither zeros nor one wild row
    decide.
    """
    middle = (np.abs(predicted) + np.abs(actual)) / 2.0
    found = np.zeros(len(predicted))
    np.divide(predicted - actual, middle, out=found, where=middle > 0)
    return found


def count_deviation(ceiling: Array) -> Array:
    """(n,) relative standard deviation that a count of such a ceiling has; 0 for what is no count (NaN)."""
    return np.asarray(np.nan_to_num(TO_DEVIATION * (1.0 - ceiling / 100.0)))


def extra_deviation(relative: Array, counts: Array) -> float:
    """Relative standard deviation of the errors beyond that of their counts: the model's own and over-dispersion.

    The variance of an error is counts² + extra², as in detection: expected + (od·expected)². The extra is found so
    that the median of the standardised errors is that of a normal variable, which a few wild rows do not move.

    Args:
        relative: (n,) relative errors.
        counts: (n,) relative standard deviations of the counts.
    """
    low, high = LEAST_EXTRA, MOST_EXTRA
    size = np.abs(relative)
    for _ in range(STEPS):
        middle = np.sqrt(low * high)
        if np.median(size / np.hypot(counts, middle)) > NORMAL_MEDIAN:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))
