"""Which ad holds each slot on a day: campaigns follow campaigns, ads follow ads, with gaps between.

Generations: a campaign's is `era`, an ad's is `era * 64 + place within the campaign`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints
from adtrack_pipeline.sandbox.simulation.layout import Plan

Bools = NDArray[np.bool_]
ADS_PER_ERA = 64


@dataclass(frozen=True)
class Lives:
    """The ads of some slots on some days; all arrays have the same shape.

    `launched` is false before a campaign's first ad; `live` is false in the gaps too. In a gap the
    generation is that of the ad that just ended.
    """

    slot: Ints
    era: Ints
    generation: Ints
    start: Ints
    end: Ints
    launched: Bools
    live: Bools

    def age(self, day: Ints | int) -> Floats:
        """Days since the launch."""
        return np.asarray(np.maximum(day - self.start, 0), dtype=np.float64)


def campaign_span(plan: Plan, campaign: Ints, era: Ints) -> tuple[Ints, Ints]:
    """First day, and first day after the end, of campaign generations."""
    start = plan.campaign_phase[campaign] + era * plan.campaign_days[campaign]
    return start, start + plan.campaign_days[campaign] - plan.campaign_gap[campaign]


def campaign_era(plan: Plan, campaign: Ints, day: Ints | int) -> Ints:
    """The generation of campaigns on a day."""
    return np.asarray((day - plan.campaign_phase[campaign]) // plan.campaign_days[campaign])


def ad_span(plan: Plan, slot: Ints, era: Ints, place: Ints) -> tuple[Ints, Ints]:
    """First day, and first day after the end, of ads by their place within a campaign generation."""
    campaign_start, campaign_end = campaign_span(plan, plan.slot_campaign[slot], era)
    start = campaign_start + plan.slot_stagger[slot] + place * plan.slot_days[slot]
    end = np.minimum(start + plan.slot_days[slot] - plan.slot_gap[slot], campaign_end)
    return start, np.maximum(end, start)


def lives_on(plan: Plan, day: int) -> Lives:
    """Every slot's ad on a day."""
    slot = np.arange(plan.slots)
    campaign = plan.slot_campaign
    era = campaign_era(plan, campaign, day)
    campaign_start, _ = campaign_span(plan, campaign, era)
    since = day - campaign_start - plan.slot_stagger
    place = np.maximum(since // np.maximum(plan.slot_days, 1), 0)
    start, end = ad_span(plan, slot, era, place)
    launched = since >= 0
    return Lives(slot, era, era * ADS_PER_ERA + place, start, end, launched, launched & (day < end))


def lives_between(plan: Plan, first: int, last: int) -> Lives:
    """Every ad whose life touches the days from `first` to `last`, launched by `last`."""
    slot = np.arange(plan.slots)
    low = campaign_era(plan, plan.slot_campaign, first)
    high = campaign_era(plan, plan.slot_campaign, last)
    slot, era = _expand(slot, low, high - low + 1)
    campaign_start, campaign_end = campaign_span(plan, plan.slot_campaign[slot], era)
    begin = campaign_start + plan.slot_stagger[slot]
    until = np.minimum(campaign_end, last + 1)
    ads = np.maximum((until - begin + plan.slot_days[slot] - 1) // np.maximum(plan.slot_days[slot], 1), 0)
    rows, place = _expand(np.arange(len(slot)), np.zeros(len(slot), dtype=np.int64), ads)
    slot, era = slot[rows], era[rows]
    start, end = ad_span(plan, slot, era, place)
    kept = (end > first) & (start <= last) & (end > start)
    slot, era, place, start, end = (one[kept] for one in (slot, era, place, start, end))
    live = (start <= last) & (last < end)
    return Lives(slot, era, era * ADS_PER_ERA + place, start, end, np.ones(len(slot), dtype=np.bool_), live)


def _expand(items: Ints, low: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Each item `count` times, beside the numbers that count up from its low one."""
    repeated = np.repeat(items, counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return repeated, np.arange(len(repeated)) - first + np.repeat(low, counts)
