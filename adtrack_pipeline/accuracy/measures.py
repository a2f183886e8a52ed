"""All measures of one pool of predictions.

Belongs here: which rows enter which measure. Does not belong here: formulas (`scores`, `noise`), what makes a pool
(`pools`, `freeform`).
"""

from typing import Any

import numpy as np

from adtrack_pipeline.accuracy.noise import ORDER_VALUE_CV, pooled_ceiling, value_overdispersion
from adtrack_pipeline.accuracy.rows import Rows
from adtrack_pipeline.accuracy.scores import NAN, bias, mae, rank_correlation, rmse, skill, wape
from adtrack_pipeline.accuracy.scores import accuracy as accuracy_of

MEASURES = (
    "mae",
    "wape",
    "accuracy",
    "bias",
    "rmse",
    "rank_correlation",
    "interval_coverage",
    "interval_level",
    "skill",
    "noise_ceiling",
    "accuracy_of_ceiling",
)


def measures(rows: Rows, metric: str, *, order_value_cv: float = ORDER_VALUE_CV) -> dict[str, Any]:
    """The measures described at `pooled_accuracy`, of rows that may all enter sums.

    Args:
        rows: predictions of one model and metric.
        metric: one of `METRICS`, or anything else: then a count if it has events, and not in money.
        order_value_cv: see `pooled_accuracy`.
    """
    has_no_unit = metric == "spend" and rows.has_several_currencies
    rows = rows.in_one_currency(metric)
    alone = rows.at(rows.is_scored)
    own_error = np.empty(0) if has_no_unit else alone.error
    share = wape(rows.error, rows.actual, rows.weight)
    accuracy, ceiling = accuracy_of(share), _ceiling(rows, metric, order_value_cv)
    coverage, level = _coverage(rows)
    return {
        "mae": mae(own_error),
        "wape": share,
        "accuracy": accuracy,
        "bias": bias(rows.error, rows.actual, rows.weight),
        "rmse": rmse(own_error),
        "rank_correlation": order(alone),
        "interval_coverage": coverage,
        "interval_level": level,
        "skill": _skill(rows),
        "noise_ceiling": ceiling,
        "accuracy_of_ceiling": 100.0 * accuracy / ceiling if ceiling > 0 else NAN,
    }


def order(rows: Rows) -> float:
    """Spearman's rank correlation within levels and windows."""
    return rank_correlation(rows.predicted_code, rows.actual_code, rows.group)


def _skill(rows: Rows) -> float:
    known = ~np.isnan(rows.baseline)
    return skill(rows.error[known], (rows.baseline - rows.actual)[known], rows.weight[known])


def _coverage(rows: Rows) -> tuple[float, float]:
    """Share within the bounds, and the share promised."""
    bounded = ~np.isnan(rows.hit)
    if not bounded.any():
        return NAN, NAN
    return float(rows.hit[bounded].mean()), float(rows.interval_level[bounded].mean())


def _ceiling(rows: Rows, metric: str, order_value_cv: float) -> float:
    counted = ~np.isnan(rows.events)
    overdispersion = value_overdispersion(order_value_cv) if metric == "roas" else 1.0
    events = np.maximum(rows.events[counted], 0.0)
    return pooled_ceiling(events, rows.weight[counted], overdispersion=overdispersion)
