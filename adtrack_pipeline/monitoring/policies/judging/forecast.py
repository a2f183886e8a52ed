"""Where a month's spend will end: what is spent, plus the days to come at their recent mean, shaped by weekday.

The level is the mean of the last 14 complete days, the shape of the week taken out; the shape comes from the
last 28, drawn towards "all days alike" by one day of it, as four Mondays are few. The interval adds the scatter
of single days to the doubt about the level itself: variance = days * s^2 + days^2 * s^2 / 14.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd

LEVEL_DAYS, SHAPE_DAYS = 14, 28
SHRINK_DAYS = 1
UNKNOWN_SCATTER = 0.5  # of the level, when there is only one day to learn from


@dataclass(frozen=True)
class Outlook:
    """Spend per day of a month: what was (complete days and today so far), what is to come, and its variance.

    `spent` and `to_come` are indexed by day (datetime64); the running day is in both.
    """

    spent: pd.Series
    to_come: pd.Series
    variance: float

    @property
    def spent_so_far(self) -> float:
        """Month to date, today so far included."""
        return float(self.spent.sum())

    @property
    def total(self) -> float:
        """Expected at the month's end."""
        return self.spent_so_far + float(self.to_come.sum())

    @property
    def path(self) -> pd.Series:
        """Cumulative expected spend, day by day."""
        return self.spent.add(self.to_come, fill_value=0.0).sort_index().cumsum()

    def interval(self, pct: float) -> tuple[float, float]:
        """Within it the total lies with this probability; never less than what is spent."""
        reach = NormalDist().inv_cdf(0.5 + pct / 200) * float(np.sqrt(self.variance))
        return max(self.total - reach, self.spent_so_far), self.total + reach

    def __add__(self, other: "Outlook") -> "Outlook":
        """Of two accounts together, in one currency; their errors are taken as independent."""
        return Outlook(
            self.spent.add(other.spent, fill_value=0.0),
            self.to_come.add(other.to_come, fill_value=0.0),
            self.variance + other.variance,
        )


def outlook(
    spend: pd.Series, going_on: pd.Series, today: date, month: tuple[date, date], day_gone: float
) -> Outlook:
    """The outlook of one account.

    Args:
        spend: per day (datetime64, unique), today so far included; days without an entry had none.
        going_on: the part of it that is expected to go on: without what has been paused since.
        today: the account's running day.
        month: its first and last day.
        day_gone: share of today that is over, 0 to 1.
    """
    first, last = (pd.Timestamp(one) for one in month)
    now = pd.Timestamp(today)
    spent = spend[(spend.index >= first) & (spend.index <= min(last, now))]
    days_to_come = pd.date_range(max(now, first), last) if now <= last else pd.DatetimeIndex([])
    level, scatter, shape, learned_from = _level(going_on, today)
    share = np.where(days_to_come == now, 1 - day_gone, 1.0)
    to_come = pd.Series(level * shape[days_to_come.day_of_week] * share, index=days_to_come, dtype="float64")
    horizon = float(share.sum())
    variance = scatter**2 * (horizon + horizon**2 / max(learned_from, 1))
    return Outlook(spent.astype("float64"), to_come, variance)


def _level(spend: pd.Series, today: date) -> tuple[float, float, np.ndarray, int]:
    """Daily level, scatter of a day, weekday factors (Monday first), days the level was learned from."""
    flat = np.ones(7)
    yesterday = pd.Timestamp(today - timedelta(days=1))
    known = spend[(spend.index <= yesterday) & (spend.index > yesterday - pd.Timedelta(days=SHAPE_DAYS))]
    if known.empty or known.sum() <= 0:
        return 0.0, 0.0, flat, 0
    # Quiet days count; days before the first spend do not: nothing had begun.
    days = pd.date_range(known[known > 0].index.min(), yesterday)
    history = known.reindex(days, fill_value=0.0).to_numpy(dtype="float64")
    weekdays = days.day_of_week.to_numpy()
    shape = _shape(history, weekdays) if len(history) >= 7 else flat
    flattened = history / shape[weekdays]
    recent = flattened[-LEVEL_DAYS:]
    level = float(recent.mean())
    scatter = float(np.std(recent, ddof=1)) if len(recent) > 1 else level * UNKNOWN_SCATTER
    return level, scatter, shape, len(recent)


def _shape(history: np.ndarray, weekdays: np.ndarray) -> np.ndarray:
    mean = history.mean()
    totals = np.bincount(weekdays, weights=history, minlength=7)
    counts = np.bincount(weekdays, minlength=7)
    factors = (totals + SHRINK_DAYS * mean) / ((counts + SHRINK_DAYS) * mean)
    shape: np.ndarray = factors / factors.mean()
    return shape
