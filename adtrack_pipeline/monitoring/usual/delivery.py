"""What ads that are meant to run should deliver and spend, from their own level and day.

Belongs here: expectations of `impressions` and `spend`, from the past only. Does not belong here: ratios
(`rates.py`), ads that stopped (`strange/stops.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask, Panel
from adtrack_pipeline.monitoring.inputs.plan import Plan
from adtrack_pipeline.monitoring.usual.accounts import Accounts, Block
from adtrack_pipeline.monitoring.usual.baseline import usual_rate
from adtrack_pipeline.monitoring.usual.exhaustion import midnights, read_budgets
from adtrack_pipeline.monitoring.usual.rates import HOUR_PRIOR, MIN_DAYS
from adtrack_pipeline.monitoring.usual.ratios import IMPRESSIONS_PER_EVENT
from adtrack_pipeline.monitoring.usual.shape import daily, hour_factors, trailing_sum, week_shape
from adtrack_pipeline.monitoring.usual.totals import DELIVERED, GAP_ENDS

MIN_AGE_HOURS = 7 * HOURS  # Meta's learning phase
RAMP_DAYS = 3  # the first days of an ad say little about its level
HALF_LIFE = 6.0  # days
PRIOR_OD = 0.35


@dataclass(frozen=True)
class Level:
    """What is expected of one count.

    Attributes:
        expected: (hours, ads), single precision: ten thousand ads by a month of hours have to fit beside the rest.
        per_unit: events that one unit stands for, (days, ads).
        follows: see `Family`.
    """

    expected: Array
    per_unit: Array
    follows: bool


def usual_delivery(accounts: Accounts, totals: Mapping[str, Array]) -> Mapping[str, Level]:
    """Expectations of `impressions` and `spend`.

    Args:
        accounts: all ads.
        totals: `delivered` and `gap_ends` by account, (1, hours, accounts).
    """
    (whole,), (ends,) = totals[DELIVERED], totals[GAP_ENDS]
    shape = week_shape(whole, np.ones_like(whole), whole / IMPRESSIONS_PER_EVENT, HOUR_PRIOR)
    midnight = midnights(ends)
    hours, days, count = accounts.panel.hours, accounts.panel.days, len(accounts.of)
    found = {
        name: Level(np.zeros((hours, count), np.float32), np.zeros((days, count)), follows=name == "spend")
        for name in ("impressions", "spend")
    }
    for ads, part in accounts.each(lambda block: (block.ads, _learn(block, shape, midnight))):
        for name, (expected, per_unit) in part.items():
            found[name].expected[:, ads], found[name].per_unit[:, ads] = expected, per_unit
    return found


def older_than(panel: Panel, hours: int) -> Mask:
    """Whether each ad's launch lies so far back, (hours, ads)."""
    return np.asarray(np.arange(panel.hours)[:, None] >= panel.launched + hours)


def _learn(block: Block, common: Array, midnight: Index) -> dict[str, tuple[Array, Array]]:
    calm, plan = block.calm.metrics, block.plan
    m = block.panel.metrics
    ended = read_budgets(m["impressions"], m["spend"], plan.active, block.of, midnight).ended
    shape = common[:, :, block.of]
    ran = (plan.active & ~ended).astype(np.float64)
    per_hour = trailing_sum(daily(calm["impressions"]).sum(axis=1)) / np.maximum(
        trailing_sum(daily(ran).sum(axis=1)), 1.0
    )
    own = hour_factors(daily(calm["impressions"]), daily(ran) * shape, (10.0 + 5.0 * per_hour)[:, None, :])
    within = (shape * own).reshape(ran.shape)
    return {name: _level(block, ended, name, within) for name in ("impressions", "spend")}


def _level(block: Block, ended: Mask, name: str, shape: Array) -> tuple[Array, Array]:
    """The level, learned per unit of budget as well as without: a raise may be used, a cut need not be felt."""
    panel, plan, usually = block.panel, block.plan, block.calm.metrics[name]
    budget = _budget_units(plan)
    settled = older_than(panel, RAMP_DAYS * HOURS).reshape(-1, HOURS, len(panel.ads))
    teaches = settled & ~_idle_days(panel)[:, None]
    since = panel.launched[::HOURS] // HOURS
    events = daily(block.calm.metrics["impressions"] / IMPRESSIONS_PER_EVENT).sum(axis=1)
    usual = np.zeros_like(usually)
    ran = daily(np.where(ended, 0.0, 1.0))
    steady = np.array_equal(budget[:1].repeat(len(budget), axis=0), budget)
    for units in (np.ones_like(budget),) if steady else (np.ones_like(budget), budget):
        exposure = daily(np.where(plan.active, np.nan_to_num(units), 0.0) * shape)
        learned = np.where(teaches, exposure * ran, 0.0).sum(axis=1)
        counts = np.where(teaches, daily(usually), 0.0).sum(axis=1)
        rate, days = usual_rate(counts, learned, events, HALF_LIFE, panel.first_day, since)
        expected = np.where(days >= MIN_DAYS, rate, 0.0)[:, None, :] * exposure
        usual = np.maximum(usual, expected.reshape(usual.shape))
    judged = older_than(panel, MIN_AGE_HOURS) & plan.settled
    per_unit = trailing_sum(events) / np.maximum(trailing_sum(daily(usually).sum(axis=1)), 1e-12)
    return np.where(judged, usual, 0.0).astype(np.float32), per_unit


def _idle_days(panel: Panel) -> Mask:
    """Days without delivery beside another such day, (days, ads): an ad that is off says nothing about its level.

    Whether a day is one is known a day later, which is before anything is learned from it.
    """
    nothing = daily(panel.metrics["impressions"]).sum(axis=1) == 0
    beside = np.zeros_like(nothing)
    beside[1:] |= nothing[:-1]
    beside[:-1] |= nothing[1:]
    return np.asarray(nothing & beside)


def _budget_units(plan: Plan) -> Array:
    """Budgets with gaps closed from before; 1 where an ad has none."""
    known = np.isfinite(plan.budget)
    last = np.maximum.accumulate(np.where(known, np.arange(len(known))[:, None], -1), axis=0)
    filled = np.take_along_axis(np.where(known, plan.budget, 1.0), np.maximum(last, 0), axis=0)
    return np.where(last >= 0, filled, np.where(known.any(axis=0), np.nan, 1.0))
