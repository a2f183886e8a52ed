"""Tables of an account's objects as the Graph shows them: campaigns, ad sets, ads.

Belongs here: names of fields and their text. Creatives are in `creatives.py`, numbers in `snapshot.py`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.simulation import naming
from adtrack_pipeline.sandbox.simulation.creatives import creative_numbers
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints
from adtrack_pipeline.sandbox.simulation.lives import ADS_PER_ERA
from adtrack_pipeline.sandbox.simulation.snapshot import ACTIVE, Groups, Snapshot
from adtrack_pipeline.sandbox.simulation.traits import traits_of
from adtrack_pipeline.sandbox.world import Column, ObjectTable

Makers = dict[str, Callable[[], Column]]
_STATES = ("ACTIVE", "PAUSED", "ARCHIVED", "DELETED")
_PIXEL = "88{index:02d}0000000001"


def stamps(times: Floats, zone: str) -> list[str]:
    """Instants as the Graph writes them: local, offset without a colon."""
    unique, inverse = np.unique(times, return_inverse=True)
    tz = ZoneInfo(zone)
    texts = [datetime.fromtimestamp(float(one), tz).strftime("%Y-%m-%dT%H:%M:%S%z") for one in unique]
    return [texts[place] for place in inverse.tolist()]


def _same(value: Any, count: int) -> Callable[[], Column]:
    return lambda: [value] * count


def campaign_table(snapshot: Snapshot) -> ObjectTable:
    """Campaigns."""
    plan, groups = snapshot.plan, snapshot.campaigns
    count, zone = len(groups.owner), plan.advertiser.timezone
    first_slot = np.searchsorted(plan.slot_campaign, groups.owner)
    shared = plan.campaign_budgeted[groups.owner] == 1

    def budgets() -> Column:
        totals = np.bincount(plan.adset_campaign, weights=snapshot.budgets(), minlength=len(plan.campaign_days))
        return _where(shared, totals[groups.owner])

    makers: Makers = {
        **_common(snapshot, groups, "campaign"),
        "name": lambda: naming.campaign_names(plan, first_slot, groups.era * ADS_PER_ERA),
        "effective_status": lambda: _words(groups.state),
        "objective": lambda: naming.objectives(plan, first_slot, groups.era),
        "buying_type": _same("AUCTION", count),
        "special_ad_categories": _same([], count),
        "daily_budget": budgets,
        "lifetime_budget": lambda: _where(shared, np.zeros(count)),
        "bid_strategy": lambda: ["LOWEST_COST_WITHOUT_CAP" if one else None for one in shared.tolist()],
        "is_adset_budget_sharing_enabled": lambda: [None if one else False for one in shared.tolist()],
        "stop_time": lambda: _when_ended(snapshot, groups, zone),
    }
    ids = naming.object_ids(plan, naming.CAMPAIGN, groups.owner, groups.era)
    return ObjectTable(Kind.CAMPAIGN, [str(one) for one in ids.tolist()], makers)


def adset_table(snapshot: Snapshot, spent_today: Callable[[], Ints]) -> ObjectTable:
    """Ad sets. `spent_today` gives each ad set's spend of the day in minor units."""
    plan, groups = snapshot.plan, snapshot.adsets
    count, zone = len(groups.owner), plan.advertiser.timezone
    campaign = plan.adset_campaign[groups.owner]
    first_slot = np.searchsorted(plan.slot_adset, groups.owner)
    own = plan.campaign_budgeted[campaign] == 0
    campaign_ids = naming.object_ids(plan, naming.CAMPAIGN, campaign, groups.era)

    def effective() -> Column:
        above = snapshot.resting("campaign", campaign) & (groups.state == ACTIVE)
        return [
            "CAMPAIGN_PAUSED" if up else state
            for up, state in zip(above.tolist(), _words(groups.state), strict=True)
        ]

    def remaining() -> Column:
        left = np.maximum(snapshot.budgets() - spent_today(), 0)[groups.owner]
        return _where(own, left)

    makers: Makers = {
        **_common(snapshot, groups, "adset"),
        "campaign_id": lambda: [str(one) for one in campaign_ids.tolist()],
        "campaign": lambda: [{"id": str(one)} for one in campaign_ids.tolist()],
        "name": lambda: naming.adset_names(plan, first_slot, groups.era),
        "effective_status": effective,
        "daily_budget": lambda: _where(own, snapshot.budgets()[groups.owner]),
        "lifetime_budget": lambda: _where(own, np.zeros(count)),
        "budget_remaining": remaining,
        "bid_strategy": lambda: ["LOWEST_COST_WITHOUT_CAP" if one else None for one in own.tolist()],
        "billing_event": _same("IMPRESSIONS", count),
        "optimization_goal": lambda: naming.goals(plan, first_slot, groups.era),
        "attribution_spec": _same(_ATTRIBUTION, count),
        "promoted_object": _same(
            {"pixel_id": _PIXEL.format(index=plan.index), "custom_event_type": "PURCHASE"}, count
        ),
        "targeting": _same(_TARGETING, count),
        "pacing_type": _same(["standard"], count),
        "destination_type": _same("WEBSITE", count),
        "is_dynamic_creative": _same(False, count),
        "end_time": lambda: _when_ended(snapshot, groups, zone),
        "learning_stage_info": lambda: _learning(snapshot, groups),
    }
    ids = naming.object_ids(plan, naming.ADSET, groups.owner, groups.era)
    return ObjectTable(Kind.ADSET, [str(one) for one in ids.tolist()], makers)


_ATTRIBUTION = [
    {"event_type": "CLICK_THROUGH", "window_days": 7},
    {"event_type": "VIEW_THROUGH", "window_days": 1},
]
_TARGETING = {"age_min": 25, "age_max": 65, "geo_locations": {"location_types": ["home", "recent"]}}


def _common(snapshot: Snapshot, groups: Groups, kind: str) -> Makers:
    plan, zone = snapshot.plan, snapshot.plan.advertiser.timezone
    count = len(groups.owner)
    return {
        "account_id": _same(plan.account_id, count),
        "status": lambda: _words(groups.state),
        "configured_status": lambda: _words(groups.state),
        "created_time": lambda: stamps(snapshot.day_times(groups.start), zone),
        "start_time": lambda: stamps(snapshot.day_times(groups.start), zone),
        "updated_time": lambda: stamps(snapshot.steered_at(groups, kind), zone),
    }


def _words(states: Ints) -> list[str]:
    return [_STATES[one] for one in states.tolist()]


def _where(holds: Any, amounts: Any) -> list[str | None]:
    """Amounts as text where an object holds a budget, missing elsewhere."""
    return [str(int(value)) if one else None for one, value in zip(holds.tolist(), amounts.tolist(), strict=True)]


def _when_ended(snapshot: Snapshot, groups: Groups, zone: str) -> Column:
    ends = stamps(snapshot.day_times(np.minimum(groups.end, snapshot.today)), zone)
    ended = (groups.end <= snapshot.today).tolist()
    return [text if one else None for one, text in zip(ended, ends, strict=True)]


def _learning(snapshot: Snapshot, groups: Groups) -> Column:
    """Learning for a week after the last significant edit, on active ad sets only."""
    edits = snapshot.steered_at(groups, "adset")
    now = snapshot.as_of.timestamp()
    return [
        {"status": "LEARNING" if now - edit < 7 * 86_400 else "SUCCESS", "last_sig_edit_ts": int(edit)}
        if state == ACTIVE
        else None
        for edit, state in zip(edits.tolist(), groups.state.tolist(), strict=True)
    ]


def ad_table(snapshot: Snapshot) -> ObjectTable:
    """Ads."""
    plan, ads = snapshot.plan, snapshot.ads
    slot, generation, zone = ads.slot, ads.generation, snapshot.plan.advertiser.timezone
    count = len(slot)
    creatives = naming.object_ids(plan, naming.CREATIVE, *creative_numbers(plan, slot, generation))
    makers: Makers = {
        "account_id": _same(plan.account_id, count),
        "campaign_id": lambda: naming.campaign_ids(plan, slot, generation),
        "adset_id": lambda: naming.adset_ids(plan, slot, generation),
        "campaign": lambda: [{"id": one} for one in naming.campaign_ids(plan, slot, generation)],
        "adset": lambda: [{"id": one} for one in naming.adset_ids(plan, slot, generation)],
        "name": lambda: naming.ad_names(plan, slot, generation),
        "status": lambda: _words(snapshot.ad_states),
        "configured_status": lambda: _words(snapshot.ad_states),
        "effective_status": lambda: _effective(snapshot),
        "creative": lambda: [{"id": str(one)} for one in creatives.tolist()],
        "created_time": lambda: stamps(snapshot.day_times(ads.start), zone),
        "updated_time": lambda: stamps(
            snapshot.changed_at(ads.end, snapshot.ad_states, slot + 7_000_000, generation, ads.start), zone
        ),
        "conversion_domain": _same("example.com", count),
        "tracking_specs": _same([{"action.type": ["offsite_conversion"]}], count),
    }
    return ObjectTable(Kind.AD, naming.ad_ids(plan, slot, generation), makers)


def _effective(snapshot: Snapshot) -> Column:
    """What delivery sees of an ad: its own state, or what its review or its parents hold back."""
    ads, plan = snapshot.ads, snapshot.plan
    states = np.array(_STATES, dtype=object)[snapshot.ad_states]
    live = snapshot.ad_states == ACTIVE
    rules = (
        (snapshot.resting("adset", plan.slot_adset[ads.slot]), "ADSET_PAUSED"),
        (snapshot.resting("campaign", plan.slot_campaign[ads.slot]), "CAMPAIGN_PAUSED"),
        (traits_of(plan, ads.slot, ads.generation).disapproved, "DISAPPROVED"),
    )
    for applies, word in rules:
        states[live & applies] = word
    return [str(one) for one in states.tolist()]
