"""Ids and names of campaigns, ad sets, ads, creatives and videos; and which of a row's columns they are.

An id says where its object belongs: 1, the seed (4 digits), the kind, the account (2), the owner (6), the
generation (5): nineteen digits that fit a signed 64-bit number.
"""

from collections.abc import Callable
from datetime import date

import numpy as np

from adtrack_pipeline.sandbox.simulation.calendar import day_of
from adtrack_pipeline.sandbox.simulation.hashing import Ints, integers, uniform
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import ADS_PER_ERA, ad_span, campaign_span

CAMPAIGN, ADSET, AD, CREATIVE, VIDEO = 1, 2, 3, 4, 5
GENERATIONS = 100_000  # of one owner
_THEMES = ("Spring Edit", "Bestsellers", "New In", "Gift Guide", "Back in Stock", "Members", "Weekend", "Studio")
_AUDIENCES = ("Lookalike 1%", "Broad 25-54", "Cart visitors 14d", "Interest: design", "Page fans", "Buyers 180d")
_FORMATS = ("Carousel", "Static", "Collection", "UGC video", "Founder video", "Testimonial")
_HOOKS = ("A", "B", "Blue", "Close-up", "Unboxing", "Café ☕", "“Why us?”", "Déjà-vu", "東京", "v2")


def object_ids(plan: Plan, kind: int, owner: Ints, generation: Ints) -> Ints:
    """Ids as numbers."""
    base = 10**18 + (plan.seed // 100 % 10_000) * 10**14 + kind * 10**13 + (plan.index + 1) * 10**11
    return np.asarray(base + owner * GENERATIONS + generation)


def parse_id(text: str) -> tuple[int, int, int] | None:
    """(seed, kind, account index) of an id made here."""
    if len(text) != 19 or not text.isdigit() or text[0] != "1":
        return None
    return int(text[1:5]), int(text[5]), int(text[6:8]) - 1


def number_in(text: str) -> int:
    """Owner and generation in an id, as `owner * 100,000 + generation`."""
    return int(text[8:])


def campaign_ids(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Campaign ids of ads."""
    ids = object_ids(plan, CAMPAIGN, plan.slot_campaign[slot], generation // ADS_PER_ERA)
    return [str(one) for one in ids.tolist()]


def adset_ids(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Ad set ids of ads."""
    ids = object_ids(plan, ADSET, plan.slot_adset[slot], generation // ADS_PER_ERA)
    return [str(one) for one in ids.tolist()]


def ad_ids(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Ad ids."""
    return [str(one) for one in object_ids(plan, AD, slot, generation).tolist()]


def campaign_names(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Campaign names of ads: `Bestsellers | Sales | 2026-03`."""
    campaign, era = plan.slot_campaign[slot], generation // ADS_PER_ERA
    start, _ = campaign_span(plan, campaign, era)
    themes = integers(plan.seed, "theme", 0, len(_THEMES) - 1, campaign)
    leads = plan.campaign_leads[campaign]
    return [
        f"{_THEMES[theme]} | {'Leads' if lead else 'Sales'} | {_month(day_of(first))} #{number + 1}"
        for theme, lead, first, number in zip(
            themes.tolist(), leads.tolist(), start.tolist(), campaign.tolist(), strict=True
        )
    ]


def _month(day: date) -> str:
    return f"{day.year}-{day.month:02d}"


def adset_names(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Ad set names of ads: the audience."""
    adset = plan.slot_adset[slot]
    audience = integers(plan.seed, "audience", 0, len(_AUDIENCES) - 1, adset)
    return [
        f"{_AUDIENCES[one]} / {number + 1}" for one, number in zip(audience.tolist(), adset.tolist(), strict=True)
    ]


def ad_names(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Ad names: format, hook, launch day."""
    videos = uniform(plan.seed, "video", slot, generation) < 0.45
    formats = integers(plan.seed, "format", 0, 2, slot, generation) + np.where(videos, 3, 0)
    hooks = integers(plan.seed, "hook", 0, len(_HOOKS) - 1, slot, generation)
    start, _ = ad_span(plan, slot, generation // ADS_PER_ERA, generation % ADS_PER_ERA)
    return [
        f"{_FORMATS[form]} – {_HOOKS[hook]} – {day_of(first).isoformat()}"
        for form, hook, first in zip(formats.tolist(), hooks.tolist(), start.tolist(), strict=True)
    ]


def objectives(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Campaign objectives of ads."""
    leads = plan.campaign_leads[plan.slot_campaign[slot]].tolist()
    return ["OUTCOME_LEADS" if lead else "OUTCOME_SALES" for lead in leads]


def goals(plan: Plan, slot: Ints, generation: Ints) -> list[str]:
    """Optimisation goals of ads."""
    leads = plan.campaign_leads[plan.slot_campaign[slot]].tolist()
    return ["LEAD_GENERATION" if lead else "OFFSITE_CONVERSIONS" for lead in leads]


def _constant(text: str) -> Callable[[Plan, Ints, Ints], list[str]]:
    return lambda _plan, slot, _generation: [text] * len(slot)


COLUMNS: dict[str, Callable[[Plan, Ints, Ints], list[str]]] = {
    "campaign_id": campaign_ids,
    "campaign_name": campaign_names,
    "adset_id": adset_ids,
    "adset_name": adset_names,
    "ad_id": ad_ids,
    "ad_name": ad_names,
    "objective": objectives,
    "optimization_goal": goals,
    "buying_type": _constant("AUCTION"),
    "attribution_setting": _constant("7d_click_1d_view"),
}
_LEVELS = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name", "objective", "buying_type"),
    "adset": ("ad_id", "ad_name"),
}


def applies(kind: str, level: str) -> bool:
    """Whether rows of a level have a column: a campaign's row names no ad."""
    if level == "ad":
        return True
    return kind not in _LEVELS["adset"] if level == "adset" else kind in _LEVELS[level]


def column(plan: Plan, kind: str, slot: Ints, generation: Ints) -> list[str]:
    """One of the columns for some ads."""
    return COLUMNS[kind](plan, slot, generation)
