"""What the account's people do: change budgets, pause ad sets and campaigns. Delivery and change log share it.

Budgets change at a full local hour; pauses cover whole local days. Amounts are in minor units.
"""

import numpy as np

from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints, integers, uniform
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import Bools

_LEVELS = np.array([1.0, 1.2, 0.85, 1.0, 1.45, 0.75])
_HEADROOM = 1.12
_PAUSE_EVERY = 45
_ADSET_PAUSES, _CAMPAIGN_PAUSES = 0.10, 0.06
_ADSET, _CAMPAIGN = 0, 1


def _owners(plan: Plan, adset: Ints) -> tuple[Ints, Ints]:
    """Who holds an ad set's budget: (kind, number), the campaign or the ad set itself."""
    campaign = plan.adset_campaign[adset]
    shared = plan.campaign_budgeted[campaign] == 1
    return np.where(shared, _CAMPAIGN, _ADSET), np.where(shared, campaign, adset)


def _period(plan: Plan, kind: Ints, owner: Ints) -> Ints:
    return integers(plan.seed, "budget period", 18, 40, kind, owner)


def budget_epoch(plan: Plan, adset: Ints, hour: Ints | int) -> Ints:
    """The number of the budget in force at a local hour (hours since 1970, local)."""
    kind, owner = _owners(plan, adset)
    period = _period(plan, kind, owner) * 24
    phase = integers(plan.seed, "budget phase", 0, 20, kind, owner) * 24
    change = integers(plan.seed, "budget hour", 9, 17, kind, owner)
    return np.asarray((hour - phase - change) // period)


def epoch_start(plan: Plan, adset: Ints, epoch: Ints) -> Ints:
    """The local hour at which a budget came into force."""
    kind, owner = _owners(plan, adset)
    phase = integers(plan.seed, "budget phase", 0, 20, kind, owner) * 24
    change = integers(plan.seed, "budget hour", 9, 17, kind, owner)
    return np.asarray(epoch * _period(plan, kind, owner) * 24 + phase + change)


def level_of(plan: Plan, adset: Ints, epoch: Ints) -> Floats:
    """A budget relative to the usual one."""
    kind, owner = _owners(plan, adset)
    return np.asarray(_LEVELS[integers(plan.seed, "budget level", 0, len(_LEVELS) - 1, kind, owner, epoch)])


def _usual(plan: Plan) -> Floats:
    """Every ad set's usual daily budget: what its slots usually spend, and some headroom."""
    adsets = len(plan.adset_campaign)
    dollars = np.bincount(plan.slot_adset, weights=plan.slot_dollars, minlength=adsets)
    return nice(dollars.astype(np.float64) * _HEADROOM * plan.units_per_dollar)


def nice(units: Floats) -> Floats:
    """Amounts rounded to two figures, as people type them."""
    scale = 10.0 ** np.floor(np.log10(np.maximum(units, 1.0)) - 1)
    return np.asarray(np.maximum(np.round(units / scale) * scale, 1.0))


def adset_budgets(plan: Plan, hour: int) -> Ints:
    """Every ad set's daily budget at a local hour, as if each had its own."""
    adset = np.arange(len(plan.adset_campaign))
    usual = _usual(plan)
    return np.asarray(nice(usual * level_of(plan, adset, budget_epoch(plan, adset, hour))), dtype=np.int64)


def paused(plan: Plan, kind: str, owner: Ints, day: Ints | int) -> Bools:
    """Whether ad sets (`kind` "adset") or campaigns ("campaign") are paused on a day."""
    first, last = pause_days(plan, kind, owner, day)
    return np.asarray((first <= day) & (day < last))


def pause_days(plan: Plan, kind: str, owner: Ints, day: Ints | int) -> tuple[Ints, Ints]:
    """First day, and first day after, of the pause planned around a day (equal: none)."""
    phase = integers(plan.seed, kind + " pause phase", 0, _PAUSE_EVERY - 1, owner)
    number = np.asarray((day - phase) // _PAUSE_EVERY)
    happens = uniform(plan.seed, kind + " pause", owner, number) < (
        _ADSET_PAUSES if kind == "adset" else _CAMPAIGN_PAUSES
    )
    first = phase + number * _PAUSE_EVERY
    length = integers(plan.seed, kind + " pause length", 2, 6, owner, number)
    return first, first + np.where(happens, length, 0)
