"""`compare`: every prediction against what happened.

Belongs here: what is right and wrong about one prediction. Does not belong here: many of them together (`pools`),
what is pending or over (`windows`), how noisy a count is (`noise`).
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.actuals import Actual, actuals
from adtrack_pipeline.accuracy.columns import (
    IDS,
    INTERVAL_LEVEL,
    METRICS,
    RATES,
    SETTLE_DAYS,
    SUMMED,
    SUMS,
    Array,
    Mask,
    Names,
    Status,
    Verdict,
    flags,
    is_one_of,
    need,
    numbers,
)
from adtrack_pipeline.accuracy.noise import ORDER_VALUE_CV, ceiling, value_overdispersion
from adtrack_pipeline.accuracy.windows import Standing, standing

MIN_EVENTS = 5.0
NOTHING = 1e-12  # a prediction below is zero: percentages of it are no numbers
NEEDED = (*IDS, *(f"predicted_{name}" for name in METRICS), *SUMS, "is_matched", "is_final", "is_due")
NO_VALUES = (Status.PENDING, Status.UNMATCHED, Status.NO_DELIVERY)


def compare(
    pairs: pd.DataFrame,
    *,
    min_events: float = MIN_EVENTS,
    today: date | None = None,
    settle_days: int = SETTLE_DAYS,
    order_value_cv: float = ORDER_VALUE_CV,
) -> pd.DataFrame:
    """Compare predictions with what happened, one row each, all metrics beside each other.

    Args:
        pairs: one row per prediction, newest version:
            `prediction_id, version, platform, level, object_id, model_name, model_version, predicted_at,
            window_start, window_end`;
            `predicted_<m>` for m in ctr (percent points), roas, conversions, spend (over the whole window);
            actual sums over the window `impressions, clicks, spend, conversions, revenue` (null: object unknown);
            `is_matched` (object known), `is_final` (no day of the window will change any more), `is_due`.
            Optional: `predicted_<m>_lower, predicted_<m>_upper, interval_level` (0.8 if null);
            `conversions_nowcast, revenue_nowcast` (null: not known; absent: as the plain ones);
            `baseline_impressions, baseline_clicks, baseline_spend, baseline_conversions, baseline_revenue,
            baseline_days` (sums over the 7 days before, and days with delivery among them);
            `currency` of the money; `today` and `predicted_day`, both in the account's own time zone.
        min_events: least events, seen or predicted, for a rate or count to be judged alone.
        today: the running day, where `pairs` has no such column. Without either all windows count as over and only
            final ones as settled.
        settle_days: full days after the window until its conversions are in.
        order_value_cv: standard deviation of one order's value over its mean, for the ceiling of ROAS.

    Returns:
        One row per row of `pairs`, same index, with its ids and
            `status` pending, provisional, final, no_delivery or unmatched (no values in the first and last two);
            `is_final`, `is_window_over`, `is_settled` (conversions are in: final, or over for `settle_days` days),
            `is_ex_ante` (made before its window began or on its first day: the day is all that windows know;
            others are compared and enter no pooled measure);
            `predicted_<m>, predicted_<m>_lower, predicted_<m>_upper, interval_level`;
            `impressions` and `spend` of the window so far, which CTR and ROAS are weighed by; `currency`;
        per metric
            `actual_<m>` in the unit of the prediction; from nowcasts while not final;
            `<m>_error` predicted − actual, wherever there is an actual;
            `<m>_percentage_error` 100·(predicted − actual)/predicted, percent; only where scored;
            `<m>_accuracy` 0 to 100: 100 − |percentage error|, not below 0; only where scored;
            `<m>_interval_hit` whether lower ≤ actual ≤ upper; null without both bounds, and for rates not scored;
            `<m>_verdict` why there is an accuracy or none, see `Verdict`;
            `<m>_events` events seen so far: clicks for ctr, conversions for roas and conversions, null for spend,
            and for the roas of orders that have values and no counts (clicks tell if it is judged, 40 an order);
            `<m>_ceiling` accuracy 0 to 100 of a perfect forecast of the rate on this volume; null without events;
            `<m>_baseline` what "as the last 7 days" would have predicted, in the metric's unit;
        and `accuracy_score` 0 to 100: the plain mean of the metrics' accuracies that exist.

    A zero among enough expected events is a real miss (accuracy 0); among too few it is `too_few_events`, null.
    While a window runs, rates are compared (provisionally) and totals are not: spend until noon, or on the
    cheap days of a week, scaled up would be a second forecast and not an actual.

    Raises:
        AccuracyError: a column is missing.
    """
    need(pairs, NEEDED, "Pairs")
    where = standing(pairs, today=today, settle_days=settle_days)
    found = pairs.reindex(columns=[*IDS, "impressions", "spend", "currency"]).copy()
    found["status"] = where.status
    found["is_final"] = flags(pairs, "is_final")
    found["is_window_over"] = where.is_over
    found["is_settled"] = where.is_settled
    found["is_ex_ante"] = where.is_ex_ante
    level = numbers(pairs, "interval_level")
    found["interval_level"] = np.where(np.isnan(level), INTERVAL_LEVEL, level)
    overdispersion = {"roas": value_overdispersion(order_value_cv)}
    happened = actuals(pairs, where)
    columns: dict[str, Any] = {}
    for metric in METRICS:
        columns |= _metric(pairs, metric, happened[metric], where, min_events, overdispersion.get(metric, 1.0))
    metrics = pd.DataFrame(columns, index=pairs.index)
    score = metrics[[f"{metric}_accuracy" for metric in METRICS]].mean(axis=1)
    return pd.concat([found, metrics.assign(accuracy_score=score)], axis=1)


def percentage_error(predicted: Array, actual: Array, is_scored: Mask) -> Array:
    """(n,) 100·(predicted − actual)/predicted, percent; NaN where not scored. Under-forecasts are negative."""
    found = np.full(len(predicted), np.nan)
    found[is_scored] = 100.0 * (predicted[is_scored] - actual[is_scored]) / predicted[is_scored]
    return found


def _metric(
    pairs: pd.DataFrame,
    metric: str,
    actual: Actual,
    where: Standing,
    min_events: float,
    overdispersion: float,
) -> dict[str, Any]:
    predicted = numbers(pairs, f"predicted_{metric}")
    compared = ~is_one_of(where.status, NO_VALUES)
    value = np.where(compared, actual.value, np.nan)
    judged_on = actual.judged_on(predicted, min_events)
    verdict = _verdict(metric, predicted, value, ~np.isnan(judged_on) if actual.is_counted else compared, where)
    is_scored = verdict == Verdict.SCORED
    is_summed = is_one_of(verdict, SUMMED)
    lower, upper = numbers(pairs, f"predicted_{metric}_lower"), numbers(pairs, f"predicted_{metric}_upper")
    percentage = percentage_error(predicted, value, is_scored)
    return {
        f"predicted_{metric}": predicted,
        f"predicted_{metric}_lower": lower,
        f"predicted_{metric}_upper": upper,
        f"actual_{metric}": value,
        f"{metric}_error": np.subtract(predicted, value, out=np.full(len(value), np.nan), where=is_summed),
        f"{metric}_percentage_error": percentage,
        f"{metric}_accuracy": np.maximum(0.0, 100.0 - np.abs(percentage)),
        f"{metric}_interval_hit": _hit(value, lower, upper, is_summed if metric not in RATES else is_scored),
        f"{metric}_verdict": verdict,
        f"{metric}_events": np.where(compared, actual.events, np.nan),
        f"{metric}_ceiling": np.where(
            is_scored & ~np.isnan(actual.events), ceiling(judged_on, overdispersion=overdispersion), np.nan
        ),
        f"{metric}_baseline": actual.baseline,
    }


def _verdict(metric: str, predicted: Array, value: Array, enough: Mask, where: Standing) -> Names:
    is_total = metric not in RATES
    reasons = {
        Verdict.NOT_PREDICTED: np.isnan(predicted),
        Verdict.INVALID_PREDICTION: np.isinf(predicted) | (predicted < 0),
        Verdict.PENDING: where.status == Status.PENDING,
        Verdict.UNMATCHED: where.status == Status.UNMATCHED,
        Verdict.NO_DELIVERY: where.status == Status.NO_DELIVERY,
        Verdict.WINDOW_RUNNING: ~where.is_over if is_total else np.zeros(len(value), dtype=bool),
        Verdict.NO_ACTUAL: ~np.isfinite(value),
        Verdict.TOO_FEW_EVENTS: ~enough,
        Verdict.ZERO_PREDICTION: predicted < NOTHING,
    }
    found = np.select(list(reasons.values()), [str(one) for one in reasons], str(Verdict.SCORED))
    return found.astype(object)


def _hit(value: Array, lower: Array, upper: Array, judged: Mask) -> "pd.arrays.BooleanArray":
    known = judged & ~np.isnan(lower) & ~np.isnan(upper)
    return pd.arrays.BooleanArray((lower <= value) & (value <= upper) & known, ~known)
