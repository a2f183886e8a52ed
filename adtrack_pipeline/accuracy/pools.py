"""`pooled_accuracy`: how good a model is over many predictions.

Belongs here: which predictions belong together, and the table of their measures. Does not belong here: formulas
(`scores`, `noise`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy import scores
from adtrack_pipeline.accuracy.columns import METRICS, Array, days, need
from adtrack_pipeline.accuracy.noise import ORDER_VALUE_CV, pooled_ceiling, value_overdispersion
from adtrack_pipeline.accuracy.observations import MODEL, has_several_currencies, in_one_currency, observations

WINDOWS = (1, 7, 30)
MEASURES = (
    "summed",
    "scored",
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
COLUMNS = (*MODEL, "metric", "date_day", "window_days", "predictions", *MEASURES, "is_provisional", "hindsight")


def pooled_accuracy(
    comparisons: pd.DataFrame,
    *,
    day: date,
    windows: Sequence[int] = WINDOWS,
    order_value_cv: float = ORDER_VALUE_CV,
) -> pd.DataFrame:
    """Accuracy per model over the predictions whose window ended on the trailing days up to `day`.

    Args:
        comparisons: as `compare` returns them, the newest version of each prediction.
        day: last day.
        windows: numbers of trailing days.
        order_value_cv: standard deviation of one order's value over its mean, for the ceiling of ROAS.

    Returns:
        Grain: `platform, model_name, model_version, metric, date_day, window_days`; no row where nothing was
        predicted.
            `predictions` of the metric, whatever became of them;
            `summed` those that enter sums: compared, be their volume ever so small;
            `scored` those of them with enough events to be judged alone;
            `wape` share: Σ w·|error| / Σ w·actual over the summed, weighed by impressions (ctr) or spend (roas);
            `accuracy` 0 to 100: 100·max(0, 1 − wape); `bias` signed share, +0.10 is 10 % too much;
            `mae`, `rmse` in the metric's unit, over the scored (a CTR of one click in three impressions has no
            place there); null for spend in several currencies; `rank_correlation` Spearman, over the scored;
            `interval_coverage` share of actuals within their bounds, `interval_level` the share promised;
            `skill` 1 − error / error of "as the last 7 days", over the summed that have such a baseline;
            `noise_ceiling` accuracy 0 to 100 of a perfect forecast on this volume, null for spend;
            `accuracy_of_ceiling` percent: 100·accuracy/noise_ceiling;
            `is_provisional`: conversions (roas, conversions) are not in yet, or the window runs (ctr, spend). If
            some predictions of a pool are settled, it is made of these and is not provisional; else of the rest;
            `hindsight` how many of the summed were made after the first day of their window.
        Nothing that could be measured is null.

    Raises:
        AccuracyError: a column is missing.
    """
    need(comparisons, ["window_end"], "Comparisons")
    ended, last = days(comparisons, "window_end"), np.datetime64(day, "D")
    recent = comparisons[(ended <= last) & (ended > last - max(windows, default=0))]
    found = []
    for metric in METRICS:
        rows = observations(recent, metric)
        for model, of_model in rows.groupby(MODEL, sort=True):
            for window in windows:
                pool = of_model[of_model["window_end"] > pd.Timestamp(last - window)]
                if len(pool):
                    key = dict(zip(MODEL, model, strict=True))
                    key |= {"metric": metric, "date_day": day, "window_days": window}
                    found.append(key | _pool(pool, metric, order_value_cv))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _pool(pool: pd.DataFrame, metric: str, order_value_cv: float) -> dict[str, Any]:
    compared = pool[pool["is_summed"]]
    settled = compared[compared["is_settled"]]
    is_provisional = settled.empty and not compared.empty
    used = compared if is_provisional else settled
    return {
        "predictions": len(pool),
        **measures(used, metric, order_value_cv=order_value_cv),
        "is_provisional": is_provisional,
        "hindsight": int((~used["is_ex_ante"]).sum()),
    }


def measures(rows: pd.DataFrame, metric: str, *, order_value_cv: float = ORDER_VALUE_CV) -> dict[str, Any]:
    """The measures of `pooled_accuracy` over rows of `observations` that may all enter sums."""
    mixed = has_several_currencies(rows)
    rows = in_one_currency(rows, metric)
    error, actual, weight = (array(rows, name) for name in ("error", "actual", "weight"))
    alone = rows[rows["is_scored"]]
    own_error = array(alone, "error") if not (mixed and metric == "spend") else np.empty(0)
    share = scores.wape(error, actual, weight)
    accuracy, ceiling = scores.accuracy(share), _ceiling(rows, metric, order_value_cv)
    known = rows[rows["baseline"].notna()]
    bounded = rows[rows["hit"].notna()]
    return {
        "summed": len(rows),
        "scored": len(alone),
        "mae": scores.mae(own_error),
        "wape": share,
        "accuracy": accuracy,
        "bias": scores.bias(error, actual, weight),
        "rmse": scores.rmse(own_error),
        "rank_correlation": scores.rank_correlation(array(alone, "predicted"), array(alone, "actual")),
        "interval_coverage": float(bounded["hit"].mean()) if len(bounded) else scores.NAN,
        "interval_level": float(bounded["interval_level"].mean()) if len(bounded) else scores.NAN,
        "skill": scores.skill(
            array(known, "error"), array(known, "baseline") - array(known, "actual"), array(known, "weight")
        ),
        "noise_ceiling": ceiling,
        "accuracy_of_ceiling": 100.0 * accuracy / ceiling if ceiling > 0 else scores.NAN,
    }


def array(rows: pd.DataFrame, name: str) -> Array:
    """(n,) a column of `observations`."""
    return rows[name].to_numpy(dtype=np.float64)


def _ceiling(rows: pd.DataFrame, metric: str, order_value_cv: float) -> float:
    counted = rows[rows["events"].notna()]
    overdispersion = value_overdispersion(order_value_cv) if metric == "roas" else 1.0
    return pooled_ceiling(
        np.maximum(array(counted, "events"), 0.0), array(counted, "weight"), overdispersion=overdispersion
    )
