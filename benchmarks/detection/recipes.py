"""What kinds of ad accounts the yardstick is made of: one recipe per world, every number a range to draw from.

Belongs here: parameters only. Does not belong here: how they become series (`base`, `sampling`) or what
goes wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import numpy as np

Range = tuple[float, float]


@dataclass(frozen=True)
class Recipe:
    """One family of accounts. A `Range` is drawn once per world; sd are of the logarithm unless said otherwise.

    Attributes:
        volume: median impressions of an ad and day; `volume_spread` is the sd of its logarithm.
        ctr: share of impressions clicked; `cpm` and `order_value` in major units; `cvr` orders per click.
        hour_amplitude: half the swing of the logarithm of delivery over the day.
        weekend: delivery of Saturday and Sunday relative to other days.
        flow_hour: over-dispersion of delivery, independent per hour (sd of a gamma factor).
        flow_slow: sd of a correlated part with a memory of `flow_memory` hours.
        flow_day_ad: day-to-day sd per ad; `flow_day_account` common to all ads of an account.
        tails: 0 for none; otherwise degrees of freedom of an extra Student-t part in delivery, CTR and CPM.
        elasticity: by which power of the price impressions give way when CPM rises (1 = budget-bound).
        conversions: `final` | `known_at_end` (hour of the click, what had arrived when the panel ends) |
            `by_arrival` (hour of the order) | `missing` (null).
        paced: share of ads whose budget is used up before the local day ends.
        shared_budget: share of campaigns that distribute one budget over their ads.
    """

    name: str
    story: str
    accounts: int = 1
    campaigns: int = 8
    ads: int = 48
    days: int = 60
    offsets: tuple[int, ...] = (0, 1, 2)
    volume: Range = (3_000, 8_000)
    volume_spread: Range = (0.8, 1.2)
    ctr: Range = (0.008, 0.02)
    cpm: Range = (6, 12)
    cvr: Range = (0.015, 0.05)
    order_value: Range = (30, 90)
    order_cv: Range = (0.4, 0.8)
    hour_amplitude: Range = (0.4, 0.8)
    weekend: Range = (0.8, 1.1)
    flow_hour: Range = (0.1, 0.2)
    flow_slow: Range = (0.05, 0.1)
    flow_memory: Range = (6, 12)
    flow_day_ad: Range = (0.05, 0.1)
    flow_day_account: Range = (0.03, 0.08)
    day_memory: Range = (0.2, 0.6)
    ctr_hour: Range = (0.03, 0.08)
    ctr_day: Range = (0.02, 0.05)
    cpm_hour: Range = (0.05, 0.1)
    cpm_day: Range = (0.03, 0.06)
    cvr_day: Range = (0.03, 0.08)
    tails: float = 0
    elasticity: Range = (0.0, 1.0)
    conversions: Literal["final", "known_at_end", "by_arrival", "missing"] = "final"
    arrived_at_once: Range = (0.35, 0.6)
    arrival_hours: Range = (18, 40)
    reach: Literal["counted", "exact", "missing"] = "counted"
    zero_hours: Literal["rows", "absent"] = "rows"
    unfinished: bool = True
    paced: float = 0.0
    shared_budget: float = 0.2
    plan: bool = True
    holidays: int = 0
    promos: int = 0
    decimals: int = 2
    incidents: Mapping[str, int] = field(default_factory=dict)


def drawn(recipe: Recipe, rng: np.random.Generator, *, held_out: bool) -> dict[str, float]:
    """One number for every range: inside it for development, outside of it by up to 30 % for held-out seeds."""
    values: dict[str, float] = {}
    for one in fields(recipe):
        bounds: Any = getattr(recipe, one.name)
        if not _is_range(one.name, bounds):
            continue
        low, high = bounds
        at = rng.uniform()
        if held_out:
            at = -0.3 * at if rng.uniform() < 0.5 else 1 + 0.3 * at
        values[one.name] = max(low + at * (high - low), low * 0.6)
    return values


def _is_range(name: str, value: object) -> bool:
    return name != "offsets" and isinstance(value, tuple) and len(value) == 2


_USUAL = {
    "ctr_collapse": 3,
    "cpm_spike": 2,
    "cpc_spike": 2,
    "spend_runaway": 3,
    "zero_delivery": 3,
    "tracking_outage": 2,
    "tracking_outage_account": 1,
    "roas_cvr": 2,
    "roas_aov": 2,
    "fatigue": 4,
    "cpm_spike_account": 1,
}
_SHOPS = {**_USUAL, "roas_cvr_account": 1}
_DEALS = {**_USUAL, "roas_aov_account": 1}
_NO_SALES = {"ctr_collapse": 4, "cpm_spike": 3, "cpc_spike": 3, "spend_runaway": 4, "cpm_spike_account": 1}

_BASE = Recipe("", "", incidents=_USUAL)

RECIPES: dict[str, Recipe] = {
    one.name: one
    for one in (
        replace(
            _BASE,
            name="calm_shop",
            story="a steady shop; noise is little more than chance",
            volume=(8_000, 20_000),
            promos=1,
        ),
        replace(
            _BASE,
            name="noisy_auction",
            incidents=_SHOPS,
            story="delivery over-dispersed and correlated over many hours",
            volume=(10_000, 30_000),
            flow_hour=(0.3, 0.5),
            flow_slow=(0.25, 0.4),
            flow_memory=(12, 30),
            flow_day_ad=(0.1, 0.2),
            ctr_hour=(0.1, 0.2),
            cpm_hour=(0.15, 0.25),
            offsets=(-5, -6),
        ),
        replace(
            _BASE,
            name="drifting_days",
            incidents=_DEALS,
            story="levels wander over days; the last days' conversions have not arrived",
            volume=(8_000, 20_000),
            flow_day_ad=(0.15, 0.25),
            flow_day_account=(0.1, 0.15),
            day_memory=(0.8, 0.92),
            ctr_day=(0.05, 0.09),
            cpm_day=(0.08, 0.12),
            cvr_day=(0.08, 0.14),
            conversions="known_at_end",
            cvr=(0.02, 0.06),
            reach="exact",
        ),
        replace(
            _BASE,
            name="used_up_by_evening",
            story="budgets run out in the local afternoon or evening; hours without delivery have no row",
            offsets=(-8, -5),
            paced=0.7,
            zero_hours="absent",
            hour_amplitude=(0.5, 0.9),
            weekend=(1.1, 1.4),
            elasticity=(0.8, 1.0),
            volume=(5_000, 12_000),
        ),
        replace(
            _BASE,
            name="many_small_ads",
            story="hundreds of impressions a day per ad: most is only visible in campaign or account",
            ads=60,
            campaigns=6,
            volume=(250, 700),
            volume_spread=(1.0, 1.4),
            ctr=(0.012, 0.03),
            cvr=(0.03, 0.08),
            incidents={**_USUAL, "tracking_outage": 3, "zero_delivery": 4, "spend_runaway": 4},
        ),
        replace(
            _BASE,
            name="big_weekdays",
            incidents=_SHOPS,
            story="few big ads in yen, nearly no weekend, deep nights",
            ads=24,
            campaigns=5,
            volume=(30_000, 60_000),
            volume_spread=(0.5, 0.8),
            cpm=(600, 1_600),
            order_value=(4_000, 9_000),
            order_cv=(0.8, 1.4),
            decimals=0,
            offsets=(9,),
            weekend=(0.2, 0.4),
            hour_amplitude=(1.1, 1.6),
            ctr=(0.004, 0.01),
            cvr=(0.006, 0.02),
            holidays=1,
            reach="exact",
        ),
        replace(
            _BASE,
            name="heavy_tails",
            incidents=_DEALS,
            story="single hours go wild for no reason",
            tails=3,
            volume=(12_000, 35_000),
            flow_hour=(0.15, 0.3),
            ctr_hour=(0.08, 0.15),
            cpm_hour=(0.1, 0.2),
            order_cv=(1.0, 1.5),
            zero_hours="absent",
        ),
        replace(
            _BASE,
            name="orders_by_arrival",
            incidents=_SHOPS,
            story="orders are booked in the hour they come in, up to a week after the click",
            conversions="by_arrival",
            volume=(6_000, 16_000),
            cvr=(0.03, 0.08),
            weekend=(1.0, 1.3),
            offsets=(3, 5, 8),
            holidays=1,
        ),
        replace(
            _BASE,
            name="reach_only",
            story="brand campaigns: no orders, no reach per hour, no change log",
            conversions="missing",
            reach="missing",
            plan=False,
            shared_budget=0.0,
            cpm=(2, 5),
            ctr=(0.003, 0.008),
            volume=(10_000, 40_000),
            weekend=(1.1, 1.5),
            incidents=_NO_SALES,
        ),
        replace(
            _BASE,
            name="retail_season",
            story="three accounts with promotions, holidays and shared budgets",
            accounts=3,
            campaigns=12,
            ads=60,
            offsets=(-3, 1, 10),
            shared_budget=0.5,
            holidays=2,
            promos=2,
            flow_day_account=(0.1, 0.18),
            volume=(4_000, 12_000),
            cpm=(10, 30),
            cvr_day=(0.06, 0.12),
            conversions="known_at_end",
            unfinished=False,
        ),
    )
}
