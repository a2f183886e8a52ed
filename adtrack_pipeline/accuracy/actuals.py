"""What happened, metric by metric, in the units of predictions.

Belongs here: sums to rates, nowcasts, what the last 7 days would have predicted. Does not belong here: judgements.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import Array, Mask, numbers
from adtrack_pipeline.accuracy.windows import Standing

# Where orders have values but nobody counts them, clicks stand for them: as many as bring an order at a conversion
# rate of 2.5 %, which is a usual one. It decides whether there is enough to judge, never what chance explains.
CLICKS_PER_ORDER = 40.0


@dataclass(frozen=True)
class Actual:
    """One metric; arrays with an entry per prediction."""

    value: Array  # in the metric's unit; NaN where there is none
    events: Array  # seen so far; NaN for what is not counted
    events_per_unit: Array  # how many events a predicted 1 promises; NaN where that is not known
    baseline: Array  # the same as the last 7 days, in the metric's unit

    presumed_events: Array | None = None  # in place of events that happen and are not counted; NaN where they are
    is_counted: bool = True  # spend is not

    def judged_on(self, predicted: Array, least: float) -> Array:
        """(n,) events to judge on: those seen, promised or presumed; NaN if none are as many as `least`."""
        with np.errstate(over="ignore", invalid="ignore"):
            promised = predicted * self.events_per_unit
        presumed = np.full(len(predicted), np.nan) if self.presumed_events is None else self.presumed_events
        choices = [self.events, promised, presumed]
        return np.select([one >= least for one in choices], choices, np.nan)


def actuals(pairs: pd.DataFrame, where: Standing) -> dict[str, Actual]:
    """Values of all metrics; revenue and conversions are nowcasts in rows that are not final."""
    impressions, clicks, spend = (numbers(pairs, name) for name in ("impressions", "clicks", "spend"))
    seen = numbers(pairs, "conversions")
    conversions, revenue = _ripe(pairs, "conversions"), _ripe(pairs, "revenue")
    base = {name: numbers(pairs, f"baseline_{name}") for name in ("impressions", "clicks", "spend", "revenue")}
    per_day = where.lengths * ratio(np.ones(len(pairs)), numbers(pairs, "baseline_days"))
    is_value_alone = _is_value_alone(pairs)
    one, uncounted = np.ones(len(pairs)), np.full(len(pairs), np.nan)
    return {
        "ctr": Actual(
            value=100.0 * ratio(clicks, impressions),
            events=clicks,
            events_per_unit=impressions / 100.0,
            baseline=100.0 * ratio(base["clicks"], base["impressions"]),
        ),
        "roas": Actual(
            value=ratio(revenue, spend),
            events=np.where(is_value_alone, np.nan, seen),
            events_per_unit=ratio(spend, _order_value(pairs)),
            presumed_events=np.where(is_value_alone, clicks / CLICKS_PER_ORDER, np.nan),
            baseline=ratio(base["revenue"], base["spend"]),
        ),
        "conversions": Actual(
            value=np.where(where.is_over, conversions, np.nan),
            events=seen,
            events_per_unit=one,
            baseline=numbers(pairs, "baseline_conversions") * per_day,
        ),
        "spend": Actual(
            value=np.where(where.is_over, spend, np.nan),
            events=uncounted,
            events_per_unit=uncounted,
            baseline=base["spend"] * per_day,
            is_counted=False,
        ),
    }


def ratio(part: Array, whole: Array) -> Array:
    """(n,) part/whole; NaN where the whole is not above 0 or the result is no finite number."""
    found = np.full(len(part), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(part, whole, out=found, where=whole > 0)
    return np.where(np.isfinite(found), found, np.nan)


def _ripe(pairs: pd.DataFrame, name: str) -> Array:
    """What is or will be known of a sum: the nowcast until the row is final."""
    plain = numbers(pairs, name)
    if f"{name}_nowcast" not in pairs.columns:
        return plain
    is_final = pairs["is_final"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    return np.where(is_final, plain, numbers(pairs, f"{name}_nowcast"))


def _is_value_alone(pairs: pd.DataFrame) -> Mask:
    """(n,) whether orders have values and no counts, in the window and in the 7 days before it together."""
    counts, values = (
        np.nan_to_num(numbers(pairs, name)) + np.nan_to_num(numbers(pairs, f"baseline_{name}"))
        for name in ("conversions", "revenue")
    )
    return np.asarray((counts == 0) & (values > 0))


def _order_value(pairs: pd.DataFrame) -> Array:
    """(n,) money per order in the window, else in the 7 days before; NaN where no order is known."""
    now = ratio(numbers(pairs, "revenue"), numbers(pairs, "conversions"))
    before = ratio(numbers(pairs, "baseline_revenue"), numbers(pairs, "baseline_conversions"))
    value = np.where(now > 0, now, before)
    return np.where(value > 0, value, np.nan)
