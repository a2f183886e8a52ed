"""`pooled_accuracy`: how good a model is over many predictions.

Belongs here: which predictions belong together. Does not belong here: measuring them (`measures`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import METRICS, days, need
from adtrack_pipeline.accuracy.measures import MEASURES, measures
from adtrack_pipeline.accuracy.noise import ORDER_VALUE_CV
from adtrack_pipeline.accuracy.observations import MODEL, observations
from adtrack_pipeline.accuracy.rows import Rows

WINDOWS = (1, 7, 30)
KEY = (*MODEL, "metric", "date_day", "window_days")
COLUMNS = (*KEY, "predictions", "summed", "scored", *MEASURES, "is_provisional", "hindsight")


def pooled_accuracy(
    comparisons: pd.DataFrame,
    *,
    day: date | Iterable[date],
    windows: Sequence[int] = WINDOWS,
    metrics: Sequence[str] = METRICS,
    order_value_cv: float = ORDER_VALUE_CV,
) -> pd.DataFrame:
    """Accuracy per model over the predictions whose window ended on the trailing days up to `day`.

    Args:
        comparisons: as `compare` returns them, the newest version of each prediction.
        day: last day; or several, which is quicker than one call for each.
        windows: numbers of trailing days.
        metrics: those to look at.
        order_value_cv: standard deviation of one order's value over its mean, for the ceiling of ROAS.

    Returns:
        Grain: `platform, model_name, model_version, metric, date_day, window_days`; no row where nothing was
        predicted.
            `predictions` of the metric, whatever became of them;
            `hindsight` those of them made after the first day of their window: left out of everything below, since
            they may have seen what they foretell;
            `summed` those that enter sums: compared, be their volume ever so small;
            `scored` those of them with enough events to be judged alone;
            `wape` share: Σ w·|error| / Σ w·actual over the summed, weighed by impressions (ctr) or spend (roas);
            `accuracy` 0 to 100: 100·max(0, 1 − wape); `bias` signed share, +0.10 is 10 % too much;
            `mae`, `rmse` in the metric's unit, over the scored (a CTR of one click in three impressions has no
            place there); null for spend in several currencies; `rank_correlation` Spearman's ρ within
            each level and window, Σ n·ρ / Σ n over those with at least three scored;
            `interval_coverage` share of actuals within their bounds, `interval_level` the share promised;
            `skill` 1 − error / error of "as the last 7 days", over the summed that have such a baseline;
            `noise_ceiling` accuracy 0 to 100 of a perfect forecast on this volume, null for spend;
            `accuracy_of_ceiling` percent: 100·accuracy/noise_ceiling; 100 is perfect, chance may go beyond;
            `is_provisional`: conversions (roas, conversions) are not in yet, or the window runs (ctr, spend). If
            some predictions of a pool are settled, it is made of these and is not provisional; else of the rest.
        Nothing that could be measured is null.

    Raises:
        AccuracyError: a column is missing.
    """
    need(comparisons, ["window_end"], "Comparisons")
    lasts = sorted({day} if isinstance(day, date) else set(day))
    if not lasts:
        return pd.DataFrame(columns=list(COLUMNS))
    ended = days(comparisons, "window_end")
    first = np.datetime64(lasts[0], "D") - max(windows, default=0)
    near = comparisons[(ended > first) & (ended <= np.datetime64(lasts[-1], "D"))]
    found = []
    for metric in metrics:
        for model, of_model in observations(near, metric).groupby(MODEL, sort=True):
            key = dict(zip(MODEL, model, strict=True)) | {"metric": metric}
            found += [key | pool for pool in _pools(of_model, metric, lasts, windows, order_value_cv)]
    return pd.DataFrame(found, columns=list(COLUMNS))


def _pools(
    observed: pd.DataFrame, metric: str, lasts: Sequence[date], windows: Sequence[int], order_value_cv: float
) -> Iterator[dict[str, Any]]:
    """One model and metric, by day and window."""
    rows, ended = Rows.of(observed), days(observed, "window_end")
    is_ex_ante, is_settled = (observed[one].to_numpy() for one in ("is_ex_ante", "is_settled"))
    is_summed = observed["is_summed"].to_numpy() & is_ex_ante
    for last in lasts:
        until = np.datetime64(last, "D")
        for window in windows:
            mine = (ended <= until) & (ended > until - window)
            if not mine.any():
                continue
            used = mine & is_summed & is_settled
            is_provisional = not used.any() and bool((mine & is_summed).any())
            used = mine & is_summed if is_provisional else used
            pool = rows.at(used)
            yield {
                "date_day": last,
                "window_days": window,
                "predictions": int(mine.sum()),
                "summed": len(pool),
                "scored": int(pool.is_scored.sum()),
                **measures(pool, metric, order_value_cv=order_value_cv),
                "is_provisional": is_provisional,
                "hindsight": int((mine & ~is_ex_ante).sum()),
            }
