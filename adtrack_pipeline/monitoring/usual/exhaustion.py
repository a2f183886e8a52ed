"""Budgets that are used up before the day is over: silence until midnight is no outage.

Belongs here: recognising from delivery alone when an account's day begins and that an ad has had its day's money.
Does not belong here: outages themselves (`strange/stops.py`).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.usual.shape import SAMPLE_DAYS, daily, trailing_sum

MIN_GAP = 2  # hours
MIN_GAPS, SAME_HOUR = 5.0, 0.5  # so many gaps in three weeks, half ending in the same hour: the budget's midnight
BACK_AGAIN = 10.0  # impressions in the first hour after a gap: an ad that has no more in the night is just small
USED_UP, USED_UP_OFTEN = 0.7, 0.5  # of a usual day's money; the second for ads whose budget limits them
OFTEN = 3.0  # gaps in three weeks that end at midnight: its budget limits this ad


@dataclass(frozen=True)
class Budgets:
    """What is known of budgets that are used up, (hours, units).

    Attributes:
        used_up: the unit has spent its usual day's money since its account's day began.
        ended: silence that went on until midnight: in hindsight these hours say nothing of what an hour delivers.
    """

    used_up: Mask
    ended: Mask


def gap_ends(impressions: Array, active: Mask) -> Mask:
    """First hours of delivery after some hours in which a unit was meant to run and did not, (hours, units)."""
    silent = active & (impressions == 0)
    ended = np.zeros(silent.shape, bool)
    ended[MIN_GAP:] = ~silent[MIN_GAP:]
    for back in range(1, MIN_GAP + 1):
        ended[MIN_GAP:] &= silent[MIN_GAP - back : len(silent) - back]
    return ended & (impressions >= BACK_AGAIN)


def midnights(ends: Array) -> Index:
    """Hour (UTC) in which an account's gaps usually end, (days, accounts); -1 where there is none.

    Args:
        ends: how many of its units delivered again after a gap, (hours, accounts).
    """
    past = trailing_sum(daily(ends), SAMPLE_DAYS)
    total = past.sum(axis=1)
    clear = (total >= MIN_GAPS) & (past.max(axis=1) >= SAME_HOUR * total)
    return np.where(clear, past.argmax(axis=1), -1)


def read_budgets(impressions: Array, spend: Array, active: Mask, accounts: Index, midnight: Index) -> Budgets:
    """What delivery tells of budgets; nothing for accounts whose gaps do not end at one hour of the day.

    Args:
        impressions: delivered, (hours, units).
        spend: paid, the same shape.
        active: whether the unit was meant to run.
        accounts: number of each unit's account.
        midnight: in which hour the accounts' budgets begin anew, see `midnights`.
    """
    silent = active & (impressions == 0)
    ended = gap_ends(impressions, active)
    money = daily(spend).sum(axis=1)
    usual = trailing_sum(money) / np.maximum(trailing_sum((money > 0) * 1.0), 1.0)
    found = Budgets(*(np.zeros(silent.shape, bool) for _ in range(2)))
    for account in np.unique(accounts):
        member, begins = accounts == account, midnight[:, account]
        if (begins < 0).all():
            continue
        ends = daily(ended[:, member] * 1.0)
        spent = _since(spend[:, member], begins)
        day = np.repeat(usual[:, member], HOURS, axis=0)
        known = np.repeat(begins, HOURS)[:, None] >= 0
        own = trailing_sum(ends, SAMPLE_DAYS)[np.arange(len(begins)), begins]
        limited = np.repeat(own >= OFTEN, HOURS, axis=0)
        found.used_up[:, member] = known & (spent >= np.where(limited, USED_UP_OFTEN, USED_UP) * day)
        hour = np.arange(len(silent)) % HOURS == np.repeat(begins, HOURS)
        found.ended[:, member] = known & _before(silent[:, member], ended[:, member] & hour[:, None])
    return found


def _before(silent: Mask, ended: Mask) -> Mask:
    """Silent hours of the day before each of these ends."""
    found = np.zeros(silent.shape, bool)
    run = ended[1:].copy()
    for back in range(1, HOURS):
        run = run[1:] if back > 1 else run
        run &= silent[: len(silent) - back]
        found[: len(silent) - back] |= run
    return found


def _since(spend: Array, midnight: Index) -> Array:
    """Money since the last midnight, up to each hour."""
    hour = np.arange(len(spend))
    begins = hour % HOURS == np.repeat(midnight, HOURS)
    total = np.cumsum(spend, axis=0)
    before = np.where(begins[:, None], total - spend, 0.0)
    return np.asarray(total - np.maximum.accumulate(before, axis=0))
