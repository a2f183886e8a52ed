"""The usual rate of every ratio, ad and day, and how evenly its money comes; from the past only.

Belongs here: learning rates within the week's shape. Does not belong here: what an hour should have given then
(`families.py`), delivery (`delivery.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.adding import sum_by
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index
from adtrack_pipeline.monitoring.usual.accounts import Accounts, Block
from adtrack_pipeline.monitoring.usual.baseline import usual_rate
from adtrack_pipeline.monitoring.usual.ratios import IMPRESSIONS_PER_EVENT, Kind, Ratio, kinds
from adtrack_pipeline.monitoring.usual.shape import daily, trailing_sum, week_shape

MIN_DAYS = 5
HALF_LIFE = 10.0  # days
LEAST_PER_EVENT = 20.0  # impressions, where hours with few of them have been priced more evenly than usual
SMALL_HOUR = 5.0  # impressions: of fewer, cents are rounded away
HOUR_PRIOR = 100.0  # events
DEFAULT_ORDER_SPREAD = 1.0  # squared coefficient of variation of order values, until it is known


@dataclass(frozen=True)
class Rates:
    """What is usual of one ratio.

    Attributes:
        shape: factor of each hour, (days, 24, accounts).
        rate: per unit of exposure; 0 where too little is known, (days, ads).
        per_event: exposure that stands for one independent event, (days, ads); None: counts stand for themselves.
    """

    shape: Array
    rate: Array
    per_event: Array | None


def usual_rates(accounts: Accounts, totals: Mapping[str, Array]) -> Mapping[str, Rates]:
    """Rates of every ratio that the panel has.

    Args:
        accounts: all ads.
        totals: observed, exposure and events of each ratio by account, (3, hours, accounts).
    """
    found = kinds(accounts.panel.metrics)
    shapes = {name: _shape(totals[name]) for name in found}
    parts = list(accounts.each(lambda block: {name: _learn(block, name, shapes[name]) for name in found}))
    learned = {name: np.concatenate([part[name] for part in parts], axis=-1) for name in found}
    return {
        name: Rates(shapes[name], values[0], _per_event(name, values[1:], accounts.of))
        for name, values in learned.items()
    }


def _shape(totals: Array) -> Array:
    counts, exposure, events = totals
    return week_shape(counts, exposure, events, HOUR_PRIOR)


def _learn(block: Block, name: str, shape: Array) -> Array:
    """Rate, and for money what its spread is learned from, (1 or 3, days, ads)."""
    kind = kinds(block.calm.metrics)[name]
    ratio = kind.of(block.calm.metrics)
    exposure = daily(ratio.exposure) * shape[:, :, block.of]
    counts, exposed, events = (
        values.sum(axis=1) for values in (daily(ratio.observed), exposure, daily(ratio.events))
    )
    rate, days = usual_rate(counts, exposed, events, HALF_LIFE, block.panel.first_day)
    known = np.where(days >= MIN_DAYS, rate, 0.0)
    return np.stack([known, *_strayed(name, kind, ratio, rate)])


def _strayed(name: str, kind: Kind, ratio: Ratio, rate: Array) -> tuple[Array, ...]:
    """How far money per unit has strayed in the four weeks before, and over how much, (days, ads) each."""
    if kind.counts:
        return ()
    usual = np.repeat(rate, HOURS, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.minimum((ratio.observed / (ratio.exposure * usual) - 1.0) ** 2, 9.0)
        if name == "cpm":
            some = (ratio.exposure >= SMALL_HOUR) & (usual > 0)
            weight = 1.0 / ratio.exposure
        else:
            some = (ratio.exposure > 0) & (usual > 0)
            apart, weight = apart * ratio.exposure, some.astype(np.float64)
    return (
        trailing_sum(daily(np.where(some, apart, 0.0)).sum(axis=1)),
        trailing_sum(daily(np.where(some, weight, 0.0)).sum(axis=1)),
    )


def _per_event(name: str, strayed: Array, of: Index) -> Array | None:
    if not len(strayed):
        return None
    total, count = strayed
    pooled, pooled_count = (sum_by(one, of)[:, of] for one in (total, count))
    learn = _impressions_per_event if name == "cpm" else _order_spread
    return learn(total, count, pooled, pooled_count)


def _order_spread(total: Array, count: Array, pooled: Array, pooled_count: Array) -> Array:
    """Squared coefficient of variation of one order's value."""
    common = (pooled + 10.0 * DEFAULT_ORDER_SPREAD) / (pooled_count + 10.0)
    return np.clip((total + 20.0 * common) / (count + 20.0), 0.05, 4.0)


def _impressions_per_event(total: Array, count: Array, pooled: Array, pooled_count: Array) -> Array:
    """How many impressions have varied in price like one independent event.

    The squared relative error of an hour's price falls with its impressions, down to what all hours share; in sums
    over hours of both, small hours, in which chance shows, weigh most.
    """
    common = (pooled + IMPRESSIONS_PER_EVENT) / (pooled_count + 1.0)
    return np.clip((total + common) / (count + 1.0), LEAST_PER_EVENT, IMPRESSIONS_PER_EVENT)
