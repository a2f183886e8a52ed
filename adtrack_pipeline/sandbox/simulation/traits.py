"""What an ad is like: price, attractiveness, how its visitors buy, how fast it wears out, its creative.

Fixed for the life of an ad; a function of its slot and generation.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints, lognormal, uniform
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import Bools

_DISAPPROVED = 0.02
_FAST_WEAR = 0.2


@dataclass(frozen=True)
class Traits:
    """Per ad: `cpm` in minor units per thousand, rates as shares, `order_units` in minor units."""

    cpm: Floats
    click_rate: Floats
    link_share: Floats
    order_rate: Floats
    order_units: Floats
    lead_rate: Floats
    wear: Floats
    frequency: Floats
    is_video: Bools
    watch_rate: Floats
    disapproved: Bools

    def clicks_left(self, age: Floats) -> Floats:
        """Share of the first days' click rate that is left at an age in days."""
        return np.asarray((1.0 + age / 12.0) ** -self.wear)

    def frequency_at(self, age: Floats) -> Floats:
        """Impressions per person and day: rises with the age of ads that wear out."""
        return np.asarray(self.frequency + np.minimum(age, 90.0) * 0.03 * self.wear)


def traits_of(plan: Plan, slot: Ints, generation: Ints) -> Traits:
    """The traits of ads."""
    seed = plan.seed
    fast = uniform(seed, "fast wear", slot, generation) < _FAST_WEAR
    slow_wear = 0.12 * uniform(seed, "slow wear", slot, generation)
    fast_wear = 0.35 + 0.45 * uniform(seed, "wear", slot, generation)
    leads = plan.campaign_leads[plan.slot_campaign[slot]] == 1
    price = lognormal(seed, "adset price", 0.25, plan.slot_adset[slot])
    buys = 0.024 * lognormal(seed, "order rate", 0.4, slot, generation)
    return Traits(
        cpm=8.5 * plan.units_per_dollar * price * lognormal(seed, "cpm", 0.25, slot, generation),
        click_rate=np.minimum(0.014 * lognormal(seed, "clicks", 0.35, slot, generation), 0.12),
        link_share=0.6 + 0.25 * uniform(seed, "link share", slot, generation),
        order_rate=np.where(leads, 0.0, buys),
        order_units=plan.advertiser.order_dollars
        * plan.units_per_dollar
        * lognormal(seed, "order value", 0.25, slot, generation),
        lead_rate=np.where(leads, 0.09 * lognormal(seed, "lead rate", 0.3, slot, generation), 0.0),
        wear=np.where(fast, fast_wear, slow_wear),
        frequency=1.05 + 0.35 * uniform(seed, "frequency", slot, generation),
        is_video=uniform(seed, "video", slot, generation) < 0.45,
        watch_rate=0.2 + 0.3 * uniform(seed, "watch", slot, generation),
        disapproved=uniform(seed, "disapproved", slot, generation) < _DISAPPROVED,
    )
