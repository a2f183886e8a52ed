"""What was to be expected in each hour, given what the ad got: clicks given impressions, sales given clicks, ...

Belongs here: the families of counts and their expectations, from the past only. Does not belong here: how far from
them is too far (`score.py`, `rules.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from adtrack_pipeline.monitoring.arrival import Arrival
from adtrack_pipeline.monitoring.baseline import usual_rate
from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask, Panel
from adtrack_pipeline.monitoring.plan import Plan
from adtrack_pipeline.monitoring.shape import daily, hour_factors, trailing_sum, week_shape

MIN_AGE_HOURS = 7 * HOURS  # Meta's learning phase
MIN_DAYS = 5
RAMP_DAYS = 3  # the first days of an ad say little about its level
IMPRESSIONS_PER_EVENT = 50.0  # prices vary by auction: so many impressions count as one independent event
LEAST_PER_EVENT = 20.0  # ... or fewer, where hours with few impressions have been priced more evenly than that
RATE_HALF_LIFE, LEVEL_HALF_LIFE = 10.0, 6.0
SMALL_HOUR = 5.0  # impressions: of fewer, cents are rounded away
HOUR_PRIOR = 100.0
DEFAULT_ORDER_SPREAD = 1.0  # squared coefficient of variation of order values, until it is known


@dataclass(frozen=True)
class Family:
    """A count and what was expected of it, all (hours, units).

    Attributes:
        observed: events or money; 0 where nothing can be said.
        expected: in the same unit; 0 where nothing can be said.
        events: how many independent events the expectation stands for.
        prior_od: over-dispersion to assume before there is history.
        arrival: when what is counted becomes known; None: at once.
        follows: whether what strayed yesterday is expected to stray today: auctions move for a day at a time.
    """

    observed: Array
    expected: Array
    events: Array
    prior_od: float
    arrival: Arrival | None = None
    follows: bool = False

    def without(self, hours: Mask) -> "Family":
        """As if nothing could be said about these hours, (hours, units)."""
        if not hours.any():
            return self
        expected = np.where(hours, np.float32(0), self.expected)
        same = self.events is self.expected
        return replace(
            self,
            observed=np.where(hours, np.float32(0), self.observed),
            expected=expected,
            events=expected if same else np.where(hours, np.float32(0), self.events),
        )


@dataclass(frozen=True)
class Ratio:
    """One count over another."""

    observed: Array
    exposure: Array
    events: Array
    prior_od: float


def account_numbers(panel: Panel) -> Index:
    """Number of each ad's account, in order of first appearance."""
    return panel.ads["account_id"].factorize()[0].astype(np.intp)


def sum_by(values: Array, groups: Index) -> Array:
    """(hours, units) to (hours, groups)."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1 if len(groups) else 0))
    return np.asarray(np.add.reduceat(values[:, order], starts, axis=1, dtype=np.float64))


def expect_ratios(panel: Panel, calm: Panel, arrival: Arrival | None) -> Mapping[str, Family]:
    """Expectations of the funnel: `ctr`, `cpm`, `cpc`, `cvr`, `aov` (the last two where conversions are known).

    Args:
        panel: what is judged.
        calm: the same without hours that nothing can be learned from.
        arrival: how late conversions become known.
    """
    accounts, old = account_numbers(panel), _older_than(panel, MIN_AGE_HOURS)
    learned = _ratios(calm)
    found = {
        name: _expect(ratio, learned[name], accounts, old, panel.first_day, name)
        for name, ratio in _ratios(panel).items()
    }
    found["cpm"] = replace(found["cpm"], follows=True)
    if "cvr" in found:
        found["cvr"] = replace(found["cvr"], arrival=arrival)
    return found


def _ratios(panel: Panel) -> Mapping[str, Ratio]:
    m = panel.metrics
    ratios = {
        "ctr": Ratio(m["clicks"], m["impressions"], m["clicks"], 0.12),
        "cpm": Ratio(m["spend"], m["impressions"], m["impressions"] / IMPRESSIONS_PER_EVENT, 0.15),
        "cpc": Ratio(m["clicks"], m["spend"], m["clicks"], 0.18),
    }
    if "conversions" in m:
        known = np.isfinite(m["conversions"])
        conversions = np.where(known, m["conversions"], 0.0)
        ratios["cvr"] = Ratio(conversions, np.where(known, m["clicks"], 0.0), conversions, 0.25)
        if "revenue" in m:
            known = known & np.isfinite(m["revenue"])
            revenue = np.where(known, m["revenue"], 0.0)
            orders = np.where(known, conversions, 0.0)
            ratios["aov"] = Ratio(revenue, orders, orders, 0.2)
    return ratios


def _family(observed: Array, expected: Array, events: Array, prior_od: float) -> Family:
    """Kept in single precision: ten thousand ads by a month of hours have to fit beside the rest."""
    usual = expected.astype(np.float32)
    count = usual if events is expected else events.astype(np.float32)
    return Family(observed.astype(np.float32), usual, count, prior_od)


def _older_than(panel: Panel, hours: int) -> Mask:
    """Whether each ad's launch lies so far back."""
    return np.asarray(np.arange(panel.hours)[:, None] >= panel.launched + hours)


def _idle_days(panel: Panel) -> Mask:
    """Days without delivery beside another such day, (days, ads): an ad that is off says nothing about its level.

    Whether a day is one is known a day later, which is before anything is learned from it.
    """
    nothing = daily(panel.metrics["impressions"]).sum(axis=1) == 0
    beside = np.zeros_like(nothing)
    beside[1:] |= nothing[:-1]
    beside[:-1] |= nothing[1:]
    return np.asarray(nothing & beside)


def _expect(ratio: Ratio, learned: Ratio, accounts: Index, old: Mask, first_day: int, name: str) -> Family:
    shape = week_shape(
        sum_by(learned.observed, accounts),
        sum_by(learned.exposure, accounts),
        sum_by(learned.events, accounts),
        HOUR_PRIOR,
    )[:, :, accounts]
    counts, exposed, events = (
        values.sum(axis=1)
        for values in (daily(learned.observed), daily(learned.exposure) * shape, daily(learned.events))
    )
    rate, days = usual_rate(counts, exposed, events, RATE_HALF_LIFE, first_day)
    known = np.where(days >= MIN_DAYS, rate, 0.0)
    judged = old & (np.repeat(known, HOURS, axis=0) > 0)
    usual = known[:, None, :] * (daily(ratio.exposure) * shape)
    expected = np.where(judged, usual.reshape(old.shape), 0.0)
    observed = np.where(judged, ratio.observed, 0.0)
    return _family(observed, expected, _events(ratio, learned, expected, rate, name, accounts), ratio.prior_od)


def _events(ratio: Ratio, learned: Ratio, expected: Array, rate: Array, name: str, accounts: Index) -> Array:
    """How many events an expectation stands for: itself for counts, impressions or orders for money."""
    if name in {"ctr", "cpc", "cvr"}:
        return expected
    if name == "cpm":
        return np.where(expected > 0, ratio.exposure / _impressions_per_event(learned, rate, accounts), 0.0)
    return np.where(expected > 0, ratio.exposure / _order_spread(learned, rate, accounts), 0.0)


def _order_spread(ratio: Ratio, rate: Array, accounts: Index) -> Array:
    """Squared coefficient of variation of one order's value, per hour and unit, from the four weeks before."""
    usual = np.repeat(rate, HOURS, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.minimum((ratio.observed / (ratio.exposure * usual) - 1.0) ** 2, 9.0) * ratio.exposure
    sold = (ratio.exposure > 0) & (usual > 0)
    total = trailing_sum(daily(np.where(sold, apart, 0.0)).sum(axis=1))
    count = trailing_sum(daily(sold.astype(np.float64)).sum(axis=1))
    pooled, pooled_count = (sum_by(one, accounts)[:, accounts] for one in (total, count))
    common = (pooled + 10.0 * DEFAULT_ORDER_SPREAD) / (pooled_count + 10.0)
    spread = (total + 20.0 * common) / (count + 20.0)
    return np.repeat(np.clip(spread, 0.05, 4.0), HOURS, axis=0)


def _impressions_per_event(ratio: Ratio, rate: Array, accounts: Index) -> Array:
    """How many impressions have varied in price like one independent event, per hour and unit.

    The squared relative error of an hour's price falls with its impressions, down to what all hours share; in sums
    over hours of both, from the four weeks before, small hours, in which chance shows, weigh most.
    """
    usual = np.repeat(rate, HOURS, axis=0)
    some = (ratio.exposure >= SMALL_HOUR) & (usual > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.minimum((ratio.observed / (ratio.exposure * usual) - 1.0) ** 2, 9.0)
        chance = 1.0 / ratio.exposure
    total = trailing_sum(daily(np.where(some, apart, 0.0)).sum(axis=1))
    count = trailing_sum(daily(np.where(some, chance, 0.0)).sum(axis=1))
    pooled, pooled_count = (sum_by(one, accounts)[:, accounts] for one in (total, count))
    common = (pooled + IMPRESSIONS_PER_EVENT) / (pooled_count + 1.0)
    size = (total + common) / (count + 1.0)
    return np.repeat(np.clip(size, LEAST_PER_EVENT, IMPRESSIONS_PER_EVENT), HOURS, axis=0)


def expect_delivery(panel: Panel, calm: Panel, plan: Plan, ended: Mask) -> Mapping[str, Family]:
    """Expectations of `impressions` and `spend` of ads that are meant to run, from their own level and day.

    Args:
        panel: what is judged.
        calm: the same without hours that nothing can be learned from.
        plan: what was meant to happen.
        ended: hours in which budgets were used up: no knowledge of what an hour delivers.
    """
    m = calm.metrics
    accounts = account_numbers(panel)
    whole = sum_by(m["impressions"], accounts)
    shape = week_shape(whole, np.ones_like(whole), whole / IMPRESSIONS_PER_EVENT, HOUR_PRIOR)[:, :, accounts]
    ran = (plan.active & ~ended).astype(np.float64)
    per_hour = trailing_sum(daily(m["impressions"]).sum(axis=1)) / np.maximum(
        trailing_sum(daily(ran).sum(axis=1)), 1.0
    )
    own = hour_factors(daily(m["impressions"]), daily(ran) * shape, (10.0 + 5.0 * per_hour)[:, None, :])
    found = {
        name: _expect_level(panel, calm, plan, ended, name, (shape * own).reshape(m[name].shape))
        for name in ("impressions", "spend")
    }
    return {**found, "spend": replace(found["spend"], follows=True)}


def _expect_level(panel: Panel, calm: Panel, plan: Plan, ended: Mask, name: str, shape: Array) -> Family:
    """The level, learned per unit of budget as well as without: a raise may be used, a cut need not be felt."""
    observed, usually = panel.metrics[name], calm.metrics[name]
    budget = _budget_units(plan)
    settled = _older_than(panel, RAMP_DAYS * HOURS).reshape(-1, HOURS, len(panel.ads))
    teaches = settled & ~_idle_days(panel)[:, None]
    since = panel.launched[::HOURS] // HOURS
    events = calm.metrics["impressions"] / IMPRESSIONS_PER_EVENT
    usual = np.zeros_like(observed)
    ran = daily(np.where(ended, 0.0, 1.0))
    steady = np.array_equal(budget[:1].repeat(len(budget), axis=0), budget)
    for units in (np.ones_like(budget),) if steady else (np.ones_like(budget), budget):
        exposure = daily(np.where(plan.active, np.nan_to_num(units), 0.0) * shape)
        learned = np.where(teaches, exposure * ran, 0.0).sum(axis=1)
        counts = np.where(teaches, daily(usually), 0.0).sum(axis=1)
        spread = daily(events).sum(axis=1)
        rate, days = usual_rate(counts, learned, spread, LEVEL_HALF_LIFE, panel.first_day, since)
        expected = np.where(days >= MIN_DAYS, rate, 0.0)[:, None, :] * exposure
        usual = np.maximum(usual, expected.reshape(observed.shape))
    judged = _older_than(panel, MIN_AGE_HOURS) & plan.settled & (usual > 0)
    usual = np.where(judged, usual, 0.0)
    per_event = trailing_sum(daily(events).sum(axis=1)) / np.maximum(
        trailing_sum(daily(usually).sum(axis=1)), 1e-12
    )
    return _family(np.where(judged, observed, 0.0), usual, usual * np.repeat(per_event, HOURS, axis=0), 0.35)


def _budget_units(plan: Plan) -> Array:
    """Budgets with gaps closed from before; 1 where an ad has none."""
    known = np.isfinite(plan.budget)
    last = np.maximum.accumulate(np.where(known, np.arange(len(known))[:, None], -1), axis=0)
    filled = np.take_along_axis(np.where(known, plan.budget, 1.0), np.maximum(last, 0), axis=0)
    return np.where(last >= 0, filled, np.where(known.any(axis=0), np.nan, 1.0))
