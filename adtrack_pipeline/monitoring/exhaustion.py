"""Budgets that are used up before the day is over: silence until midnight is no outage.

Belongs here: recognising from delivery alone when an account's day begins and that an ad has had its day's money.
Does not belong here: outages themselves (`stops.py`).
"""

import numpy as np

from adtrack_pipeline.monitoring.learned import SAMPLE_DAYS
from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.shape import daily, trailing_sum

MIN_GAP = 2  # hours
MIN_GAPS, SAME_HOUR = (
    5.0,
    0.5,
)  # so many gaps in three weeks, half of which end in the same hour: the budget's midnight
USED_UP = 0.7  # of a usual day's money


def used_up(silent: Mask, spend: Array, accounts: Index) -> Mask:
    """Hours in which an ad has spent its usual day's money since its account's day began, (hours, ads).

    False throughout for accounts whose gaps do not end at one hour of the day.
    """
    ended = _gap_ends(silent)
    usual = trailing_sum(daily(spend).sum(axis=1)) / np.maximum(
        trailing_sum((daily(spend).sum(axis=1) > 0) * 1.0), 1.0
    )
    found = np.zeros(silent.shape, bool)
    for account in np.unique(accounts):
        member = accounts == account
        midnight = _midnight(daily(ended[:, member] * 1.0).sum(axis=2))
        spent = _since(spend[:, member], midnight)
        enough = spent >= USED_UP * np.repeat(usual[:, member], HOURS, axis=0)
        found[:, member] = enough & (np.repeat(midnight, HOURS) >= 0)[:, None]
    return found


def _gap_ends(silent: Mask) -> Mask:
    """First hours of delivery after a gap."""
    ended = np.zeros(silent.shape, bool)
    ended[MIN_GAP:] = ~silent[MIN_GAP:]
    for back in range(1, MIN_GAP + 1):
        ended[MIN_GAP:] &= silent[MIN_GAP - back : len(silent) - back]
    return ended


def _midnight(ends: Array) -> Index:
    """Hour (UTC) in which an account's gaps usually end, per day; -1 where there is none. `ends` is (days, 24)."""
    past = trailing_sum(ends, SAMPLE_DAYS)
    total = past.sum(axis=1)
    clear = (total >= MIN_GAPS) & (past.max(axis=1) >= SAME_HOUR * total)
    return np.where(clear, past.argmax(axis=1), -1)


def _since(spend: Array, midnight: Index) -> Array:
    """Money since the last midnight, up to each hour."""
    hour = np.arange(len(spend))
    begins = hour % HOURS == np.repeat(midnight, HOURS)
    total = np.cumsum(spend, axis=0)
    before = np.where(begins[:, None], total - spend, 0.0)
    return np.asarray(total - np.maximum.accumulate(before, axis=0))
