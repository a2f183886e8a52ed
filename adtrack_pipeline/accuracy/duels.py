"""Two forecasts of the same things: the difference of their accuracy, with an interval.

Belongs here: the statistics of a pair. Does not belong here: who is paired with whom (`ranking`, `freeform`).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from adtrack_pipeline.accuracy.columns import Array
from adtrack_pipeline.accuracy.observations import array
from adtrack_pipeline.accuracy.scores import NAN, Codes, accuracy, wape

LEAST_OBJECTS = 10  # below, an interval over objects says nothing
CONFIDENCE = 0.95


def duel(
    both: pd.DataFrame, objects: Codes, confidence: float = CONFIDENCE, least_objects: int = LEAST_OBJECTS
) -> dict[str, Any]:
    """How much better a challenger is than the champion on the same ground.

    Args:
        both: `actual, weight`, `error` of the challenger, `error_champion`; a row per common prediction.
        objects: (n,) number of each row's object, from 0; rows of an object may depend on each other.
        confidence: of the interval.
        least_objects: objects below which nothing is decided.

    Returns:
        See `rank_versions`.
    """
    weight, actual = array(both, "weight"), array(both, "actual")
    errors = {name: array(both, name) for name in ("error", "error_champion")}
    gain = weight * (np.abs(errors["error_champion"]) - np.abs(errors["error"]))
    lower, difference, upper = (100.0 * one for one in clustered_ratio(gain, weight * actual, objects, confidence))
    number = int(objects.max()) + 1 if len(objects) else 0
    is_enough = number >= least_objects and np.isfinite(difference)
    return {
        "verdict": _verdict(lower, upper) if is_enough else "not_enough_data",
        "pairs": len(both),
        "objects": number,
        "accuracy": accuracy(wape(errors["error"], actual, weight)),
        "champion_accuracy": accuracy(wape(errors["error_champion"], actual, weight)),
        "difference": difference,
        "difference_lower": lower if is_enough else NAN,
        "difference_upper": upper if is_enough else NAN,
    }


def _verdict(lower: float, upper: float) -> str:
    return "better" if lower > 0 else "worse" if upper < 0 else "undecided"


def clustered_ratio(part: Array, whole: Array, cluster: Codes, confidence: float) -> tuple[float, float, float]:
    """Σ part / Σ whole with a confidence interval, rows of a cluster being as dependent as they like.

    Variance by Taylor linearisation: n/(n−1) · Σ (partᵢ − ratio·wholeᵢ)² / (Σ whole)² over the n clusters' sums,
    and Student's t with n − 1 degrees of freedom (Cochran, Sampling Techniques, 1977, chapter 6).

    Args:
        part: (n,) summands of the numerator.
        whole: (n,) those of the denominator.
        cluster: (n,) number of each row's cluster, from 0.
        confidence: of the interval.

    Returns:
        Lower bound, ratio, upper bound; NaN unless the whole is above 0, the bounds also below two clusters.
    """
    parts, wholes = np.bincount(cluster, part), np.bincount(cluster, whole)
    total, number = float(wholes.sum()), len(parts)
    if not total > 0:
        return NAN, NAN, NAN
    ratio = float(parts.sum()) / total
    if number < 2:
        return NAN, ratio, NAN
    deviation = np.sqrt(number / (number - 1) * np.square(parts - ratio * wholes).sum()) / total
    margin = float(stdtrit(number - 1, (1.0 + confidence) / 2.0)) * float(deviation)
    return ratio - margin, ratio, ratio + margin
