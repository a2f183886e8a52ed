"""A day against the day before, the same weekday a week ago, and what is usual for that weekday. Pure.

Late conversions are accounted for on both sides, or nothing is compared: a day that is seven hours old is never
held against one that is a week old. What is usual: the median of the same weekday in the four weeks before, which
one sale or one outage does not move; of ratios the median of the days' own ratios.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from adtrack_pipeline.reporting.sums import METRICS, Metric, Sums, ratio

WEEKS = 4
MIN_WEEKS = 2  # one week alone is not what is usual
NOTABLE_PCT = 5.0  # smaller changes are neither good nor bad news

Tone = Literal["good", "bad", "even"]


@dataclass(frozen=True)
class Change:
    """From a reference to now. `percent` is None without a reference above 0."""

    reference: float | None
    percent: float | None
    tone: Tone = "even"


@dataclass(frozen=True)
class Compared:
    """One metric of a day.

    Attributes:
        metric: which one.
        value: as reported so far; None without a denominator, or when the day was not read.
        ripe: once all conversions have arrived; None when that is not known. What the changes are about.
        is_unripe: `value` will still grow.
        day_before: against the day before.
        week_before: against the same weekday a week before.
        usual: against the median of the same weekday.
    """

    metric: Metric
    value: float | None
    ripe: float | None
    is_unripe: bool
    day_before: Change
    week_before: Change
    usual: Change


def compare(days: Mapping[date, Sums], day: date, metrics: Sequence[Metric] = METRICS) -> list[Compared]:
    """Every metric of a day.

    Args:
        days: sums by account-local day; a day that is missing is not known, and not compared with.
        day: the one the report is about.
        metrics: which ones, in order.
    """
    return [_compare(days, day, metric) for metric in metrics]


def usual(days: Mapping[date, Sums], day: date, metric: Metric) -> float | None:
    """The median of the same weekday in the weeks before; None with fewer than two of them."""
    known = [
        value
        for weeks in range(1, WEEKS + 1)
        if (value := metric.ripe(days.get(day - timedelta(weeks=weeks)))) is not None
    ]
    return median(known) if len(known) >= MIN_WEEKS else None


def change(metric: Metric, value: float | None, reference: float | None) -> Change:
    """What became of a reference, and whether that is good news."""
    if value is None or reference is None:
        return Change(reference, None)
    share = ratio(value, reference)
    if share is None:
        return Change(reference, None)
    percent = 100 * (share - 1)
    if metric.better is None or abs(percent) < NOTABLE_PCT:
        return Change(reference, percent)
    return Change(reference, percent, "good" if (percent > 0) == (metric.better == "up") else "bad")


def _compare(days: Mapping[date, Sums], day: date, metric: Metric) -> Compared:
    today = days.get(day)
    ripe = metric.ripe(today)
    return Compared(
        metric=metric,
        value=metric.of(today) if today else None,
        ripe=ripe,
        is_unripe=bool(today and metric.is_late and not today.is_final),
        day_before=change(metric, ripe, metric.ripe(days.get(day - timedelta(days=1)))),
        week_before=change(metric, ripe, metric.ripe(days.get(day - timedelta(weeks=1)))),
        usual=change(metric, ripe, usual(days, day, metric)),
    )
