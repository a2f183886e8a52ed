"""What goes wrong, and when: one incident per account about every five days, of each kind in turn.

Incidents stand on the calendar, not relative to now: history never changes because time goes by, and a
newcomer on any day finds some recent ones.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.simulation.hashing import scalar
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import Bools

_EVERY = 5 * 24
_LONGEST_HOURS = 44


@dataclass(frozen=True)
class Kind:
    """How a kind of incident bends delivery: factors on impressions, click rate, price, orders and their value.

    `scope` is how far it reaches around the slot that is hit; `tracks` is false when off-Meta events are lost.
    """

    name: str
    scope: str
    impressions: float = 1.0
    clicks: float = 1.0
    price: float = 1.0
    orders: float = 1.0
    order_value: float = 1.0
    tracks: bool = True


KINDS = (
    Kind("ctr_drop", "adset", clicks=0.35),
    Kind("cpm_spike", "account", price=2.1, impressions=0.55),
    Kind("cpc_spike", "campaign", price=1.5, clicks=0.55),
    Kind("spend_runaway", "adset", impressions=4.5),
    Kind("zero_delivery", "campaign", impressions=0.0),
    Kind("tracking_outage", "account", orders=0.0, tracks=False),
    Kind("roas_drop_orders", "account", orders=0.3),
    Kind("roas_drop_value", "campaign", order_value=0.4),
)


@dataclass(frozen=True)
class Incident:
    """One incident: local hours since 1970 from `begin` to before `end`, and the slot at its centre."""

    kind: Kind
    begin: int
    end: int
    slot: int

    def reaches(self, plan: Plan) -> Bools:
        """Slots that are hit."""
        if self.kind.scope == "account":
            return np.ones(plan.slots, dtype=np.bool_)
        group = plan.slot_adset if self.kind.scope == "adset" else plan.slot_campaign
        return np.asarray(group == group[self.slot])


def incidents_on(plan: Plan, day: int) -> list[Incident]:
    """Incidents that touch a local day."""
    return incidents_between(plan, day * 24, day * 24 + 24)


def incidents_between(plan: Plan, first_hour: int, last_hour: int) -> list[Incident]:
    """Incidents that touch local hours from `first_hour` to before `last_hour`."""
    if plan.slots == 0:
        return []
    reach = 2 * _EVERY + _LONGEST_HOURS
    numbers = range((first_hour - reach) // _EVERY, last_hour // _EVERY + 1)
    found = [_incident(plan, number) for number in numbers]
    return [one for one in found if one.begin < last_hour and one.end > first_hour]


def _incident(plan: Plan, number: int) -> Incident:
    seed = plan.seed
    turn = int(scalar(seed, "incident turn") * len(KINDS))
    stride = (1, 3, 5, 7)[int(scalar(seed, "incident stride") * 4)]
    kind = KINDS[(number * stride + turn) % len(KINDS)]
    phase = int(scalar(seed, "incident phase") * _EVERY)  # accounts do not fail on the same days
    begin = number * _EVERY + phase + int(scalar(seed, "incident hour", number) * 30)
    length = 10 + int(scalar(seed, "incident length", number) * (_LONGEST_HOURS - 10))
    weights = np.cumsum(plan.slot_dollars)
    slot = int(np.searchsorted(weights, scalar(seed, "incident slot", number) * weights[-1]))
    return Incident(kind, begin, begin + length, min(slot, plan.slots - 1))
