"""Who advertises: accounts and, in each, slots of ads grouped into ad sets and campaigns.

A slot is a place in the market that one ad after the other takes (`lives.py`). Everything here is fixed by
the seed; nothing depends on now.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.graph.money import PER_DOLLAR, offset
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints, integers, lognormal, uniform

SLOTS_PER_ADSET = 3
ADSETS_PER_CAMPAIGN = 3
_CAMPAIGN_DAYS = (150, 720)
_EVERGREEN_DAYS, _SHORT_DAYS = (120, 400), (21, 90)
SHORTEST_LIFE = _SHORT_DAYS[0]


@dataclass(frozen=True)
class Advertiser:
    """An account's character. `style` says under which action types it reports its purchases."""

    name: str
    currency: str
    timezone: str
    timezone_id: int
    style: str
    order_dollars: float
    share: float


ADVERTISERS = (
    Advertiser("SANDBOX Northwind Outdoor", "USD", "America/Los_Angeles", 1, "all", 74.0, 0.34),
    Advertiser("SANDBOX Maison Claire", "EUR", "Europe/Paris", 47, "all", 58.0, 0.22),
    Advertiser("SANDBOX Sakura Trail", "JPY", "Pacific/Auckland", 103, "pixel", 45.0, 0.14),
    Advertiser("SANDBOX Paprika Home", "HUF", "Europe/Budapest", 64, "all", 57.0, 0.14),
    Advertiser("SANDBOX Monsoon Tea", "INR", "Asia/Kolkata", 71, "app", 64.0, 0.16),
    Advertiser("SANDBOX Harbour Coffee", "AUD", "Australia/Adelaide", 8, "all", 41.0, 0.12),
    Advertiser("SANDBOX Formosa Sound", "TWD", "Asia/Taipei", 132, "pixel", 83.0, 0.12),
    Advertiser("SANDBOX Thames Optics", "GBP", "Europe/London", 59, "all", 96.0, 0.12),
)
EMPTY = Advertiser("SANDBOX Quiet Harbour", "USD", "UTC", 0, "all", 50.0, 0.0)


@dataclass(frozen=True)
class Plan:
    """One account. Arrays are per slot, per ad set or per campaign, as their names say.

    `slot_dollars` is a slot's usual spend per day in US dollars; `*_days`, `*_phase`, `slot_stagger` drive
    the succession of campaigns and ads.
    """

    index: int
    seed: int
    account_id: str
    advertiser: Advertiser
    name: str
    slot_adset: Ints
    slot_campaign: Ints
    adset_campaign: Ints
    slot_dollars: Floats
    slot_days: Ints
    slot_gap: Ints
    slot_stagger: Ints
    campaign_days: Ints
    campaign_phase: Ints
    campaign_gap: Ints
    campaign_leads: Ints
    campaign_budgeted: Ints

    @property
    def slots(self) -> int:
        """Number of slots."""
        return len(self.slot_adset)

    @property
    def units_per_dollar(self) -> float:
        """Minor units of the account's currency in a US dollar."""
        return PER_DOLLAR[self.advertiser.currency] * self.offset

    @property
    def offset(self) -> int:
        """Minor units in a unit of the account's currency."""
        return offset(self.advertiser.currency)


def build_plans(options: SandboxOptions) -> list[Plan]:
    """The accounts of a world; with three or more, the last one has no ads."""
    chosen = [
        EMPTY if index >= 2 and index == options.accounts - 1 else ADVERTISERS[index % len(ADVERTISERS)]
        for index in range(options.accounts)
    ]
    total = sum(one.share for one in chosen)
    counts = [int(options.ads * one.share / total) for one in chosen]
    counts[0] += options.ads - sum(counts)
    return [
        _plan(options.seed, index, one, slots)
        for index, (one, slots) in enumerate(zip(chosen, counts, strict=True))
    ]


def _plan(seed: int, index: int, advertiser: Advertiser, slots: int) -> Plan:
    key = seed * 100 + index
    slot = np.arange(slots)
    slot_adset = slot // SLOTS_PER_ADSET
    adset = np.arange(int(slot_adset[-1]) + 1 if slots else 0)
    adset_campaign = adset // ADSETS_PER_CAMPAIGN
    campaign = np.arange(int(adset_campaign[-1]) + 1 if slots else 0)
    adset_size = lognormal(key, "adset size", 1.1, adset)
    dollars = 34.0 * adset_size[slot_adset] * lognormal(key, "slot size", 0.8, slot)
    evergreen = uniform(key, "evergreen", slot) < 0.45
    days = np.where(
        evergreen, integers(key, "days", *_EVERGREEN_DAYS, slot), integers(key, "days", *_SHORT_DAYS, slot)
    )
    repeat = index // len(ADVERTISERS)
    return Plan(
        index=index,
        seed=key,
        account_id=f"9{seed % 10_000:04d}{index + 1:02d}00000000",
        advertiser=advertiser,
        name=advertiser.name + (f" {repeat + 1}" if repeat else ""),
        slot_adset=slot_adset,
        slot_campaign=adset_campaign[slot_adset],
        adset_campaign=adset_campaign,
        slot_dollars=np.minimum(dollars, 6_000.0),
        slot_days=days,
        slot_gap=integers(key, "slot gap", 0, 3, slot),
        slot_stagger=integers(key, "stagger", 0, 9, slot),
        campaign_days=integers(key, "campaign days", *_CAMPAIGN_DAYS, campaign),
        campaign_phase=integers(key, "campaign phase", 0, 719, campaign),
        campaign_gap=integers(key, "campaign gap", 1, 4, campaign),
        campaign_leads=(uniform(key, "leads", campaign) < 0.18).astype(np.int64),
        campaign_budgeted=(uniform(key, "budgeted", campaign) < 0.4).astype(np.int64),
    )
