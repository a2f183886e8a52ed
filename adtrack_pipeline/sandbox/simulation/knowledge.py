"""What is known of a day at an instant: the running hour is partial, orders arrive late, off-Meta events ripen.

Everything grows with the instant and is final 28 days after the day: restatement as Meta does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adtrack_pipeline.sandbox.simulation.delivery import CLASSES, MAX_DELAY, Block
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints

# Off-Meta events beside the purchase: name, share of tracked link clicks.
FUNNEL = (("landing_page_view", 0.82), ("view_content", 0.58), ("add_to_cart", 0.11), ("initiate_checkout", 0.055))
_KNOWN_AT_ONCE, _RIPENING_HOURS = 0.7, 20.0


@dataclass(frozen=True)
class Known:
    """A block as known at a unix time. Counts are (slots, hours); `scale` holds restatement factors per slot."""

    block: Block
    instant: float
    scale: Floats | None = None

    def _seen(self, counts: Ints) -> Ints:
        share = np.clip((self.instant - self.block.day.starts) / 3600.0, 0.0, 1.0)
        factor = share[None, :] if self.scale is None else share[None, :] * self.scale[:, None]
        if self.scale is None and share.min() >= 1.0:
            return counts
        return np.floor(counts * factor + 1e-9).astype(np.int64)

    @cached_property
    def impressions(self) -> Ints:
        """Impressions."""
        return self._seen(self.block.impressions)

    @cached_property
    def clicks(self) -> Ints:
        """All clicks."""
        return self._seen(self.block.clicks)

    @cached_property
    def link_clicks(self) -> Ints:
        """Link clicks."""
        return self._seen(self.block.link_clicks)

    @cached_property
    def tracked(self) -> Ints:
        """Link clicks whose visits the pixel measured."""
        return self._seen(self.block.tracked)

    @cached_property
    def spend(self) -> Ints:
        """Spend in minor units."""
        return self._seen(self.block.spend)

    @cached_property
    def leads(self) -> Ints:
        """Leads from forms on Meta."""
        return self._seen(self.block.leads)

    @cached_property
    def video_plays(self) -> Ints:
        """Plays of videos."""
        traits = self.block.traits
        return np.floor(self.impressions * (traits.watch_rate * traits.is_video)[:, None]).astype(np.int64)

    @cached_property
    def reactions(self) -> Ints:
        """Reactions to the post; what is clicked and no link goes to reactions, comments and shares."""
        return np.asarray((self.clicks - self.link_clicks) * 3 // 5)

    @cached_property
    def comments(self) -> Ints:
        """Comments on the post."""
        return np.asarray((self.clicks - self.link_clicks) // 9)

    @cached_property
    def shares(self) -> Ints:
        """Shares of the post."""
        return np.asarray((self.clicks - self.link_clicks) // 14)

    @property
    def ripeness(self) -> float:
        """Share of the off-Meta events of the day that has been reported."""
        age = self.instant - (self.block.day.starts[-1] + 3600.0)
        if age >= MAX_DELAY:
            return 1.0
        hours = max(age, 0.0) / 3600.0
        return float(1.0 - (1.0 - _KNOWN_AT_ONCE) * np.exp(-hours / _RIPENING_HOURS))

    def funnel(self) -> Mapping[str, Ints]:
        """Off-Meta events per slot for the whole day."""
        visits = self.tracked.sum(axis=1)
        return {name: np.floor(visits * share * self.ripeness).astype(np.int64) for name, share in FUNNEL}

    def orders(self) -> tuple[Mapping[str, Ints], Mapping[str, Ints]]:
        """Orders and their value per slot, by the way they came (`CLASSES`)."""
        orders, slots = self.block.orders, self.block.impressions.shape[0]
        known = orders.known_at <= self.instant
        counts, values = {}, {}
        for place, name in enumerate(CLASSES):
            chosen = known & (orders.way == place)
            number = np.bincount(orders.slot[chosen], minlength=slots).astype(np.float64)
            worth = np.bincount(orders.slot[chosen], weights=orders.value[chosen], minlength=slots)
            factor = 1.0 if self.scale is None else self.scale
            counts[name] = np.floor(number * factor + 1e-9).astype(np.int64)
            values[name] = np.floor(worth * factor + 1e-9).astype(np.int64)
        return counts, values
