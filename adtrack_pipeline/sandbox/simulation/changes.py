"""The simulated change log: launches, ends, pauses and budget changes, exactly those that delivery shows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from adtrack_pipeline.sandbox.simulation import naming
from adtrack_pipeline.sandbox.simulation.calendar import HOUR, day_number
from adtrack_pipeline.sandbox.simulation.hashing import Ints
from adtrack_pipeline.sandbox.simulation.lives import ADS_PER_ERA, campaign_era, campaign_span
from adtrack_pipeline.sandbox.simulation.snapshot import Snapshot
from adtrack_pipeline.sandbox.simulation.steering import budget_epoch, epoch_start, pause_days

_PEOPLE = (("5001", "SANDBOX Ada Buyer"), ("5002", "SANDBOX Noor Planner"))
_WORDS = {
    "update_ad_set_budget": "Ad set budget updated",
    "update_campaign_budget": "Campaign budget updated",
    "update_ad_run_status": "Ad status updated",
    "update_ad_set_run_status": "Ad set status updated",
    "update_campaign_run_status": "Campaign status updated",
    "create_ad": "Ad created",
    "first_delivery_event": "First delivery",
}
Entry = dict[str, Any]


def change_log(snapshot: Snapshot, since: datetime, until: datetime) -> list[Entry]:
    """Entries between two instants, newest first, each with an `id` that is never shown."""
    plan = snapshot.plan
    zone = ZoneInfo(plan.advertiser.timezone)
    first, last = day_number(since.astimezone(zone).date()), day_number(until.astimezone(zone).date())
    if plan.slots == 0:
        return []
    found = [
        *_ads(snapshot, first, last),
        *_pauses(snapshot, "adset", first, last),
        *_pauses(snapshot, "campaign", first, last),
        *_budgets(snapshot, first, last),
        *_runaways(snapshot, first, last),
    ]
    kept = [one for one in found if since.timestamp() <= one["at"] <= until.timestamp()]
    kept.sort(key=lambda one: (-one["at"], one["object_id"], one["event_type"]))
    return [_entry(one, place) for place, one in enumerate(kept)]


def _entry(raw: Entry, place: int) -> Entry:
    actor, name = _PEOPLE[raw["at"].__hash__() % len(_PEOPLE)]
    when = datetime.fromtimestamp(raw["at"], UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {
        "id": str(place),
        "actor_id": actor,
        "actor_name": name,
        "application_id": "1000000001",
        "application_name": "SANDBOX Ads Manager",
        "event_time": when,
        "event_type": raw["event_type"],
        "translated_event_type": _WORDS[raw["event_type"]],
        "object_id": raw["object_id"],
        "object_name": raw["object_name"],
        "object_type": raw["object_type"],
        "extra_data": json.dumps(raw["extra"]),
    }


def _raw(at: float, event: str, kind: str, object_id: str, name: str, old: Any, new: Any, **more: Any) -> Entry:
    return {
        "at": at,
        "event_type": event,
        "object_type": {"ad": "AD", "adset": "AD_SET", "campaign": "CAMPAIGN"}[kind],
        "object_id": object_id,
        "object_name": name,
        "extra": {"old_value": old, "new_value": new, **more},
    }


def _ads(snapshot: Snapshot, first: int, last: int) -> Iterator[Entry]:
    """Launches and ends of ads."""
    plan, ads = snapshot.plan, snapshot.ads
    for days, events in (
        (ads.start, (("create_ad", None, "Active"), ("first_delivery_event", None, None))),
        (ads.end, (("update_ad_run_status", "Active", "Inactive"),)),
    ):
        rows = np.nonzero((days >= first) & (days <= last))[0]
        slot, generation = ads.slot[rows], ads.generation[rows]
        times = snapshot.day_times(days[rows]).tolist()
        ids, names = naming.ad_ids(plan, slot, generation), naming.ad_names(plan, slot, generation)
        for event, old, new in events:
            for at, object_id, name in zip(times, ids, names, strict=True):
                yield _raw(
                    at + (HOUR if event == "first_delivery_event" else 0), event, "ad", object_id, name, old, new
                )


def _named(snapshot: Snapshot, kind: str, owner: int, day: int) -> tuple[str, str] | None:
    """Id and name of the campaign or ad set that an owner number means on a day; None between campaigns."""
    plan = snapshot.plan
    owners = np.array([owner])
    campaign = owners if kind == "campaign" else plan.adset_campaign[owners]
    era = campaign_era(plan, campaign, day)
    start, end = campaign_span(plan, campaign, era)
    if not start[0] <= day < end[0] or end[0] <= snapshot.opening:
        return None
    slots = plan.slot_campaign if kind == "campaign" else plan.slot_adset
    slot = np.searchsorted(slots, owners)
    number = naming.CAMPAIGN if kind == "campaign" else naming.ADSET
    write = naming.campaign_names if kind == "campaign" else naming.adset_names
    return str(naming.object_ids(plan, number, owners, era)[0]), write(plan, slot, era * ADS_PER_ERA)[0]


def _pauses(snapshot: Snapshot, kind: str, first: int, last: int) -> Iterator[Entry]:
    plan = snapshot.plan
    owners = np.arange(len(plan.campaign_days) if kind == "campaign" else len(plan.adset_campaign))
    event = "update_campaign_run_status" if kind == "campaign" else "update_ad_set_run_status"
    seen = set()
    for day in range(first, last + 1):
        begin, end = pause_days(plan, kind, owners, day)
        for border, words in ((begin, ("Active", "Paused")), (end, ("Paused", "Active"))):
            for owner in np.nonzero((begin < end) & (border >= first) & (border <= last))[0].tolist():
                at_day = int(border[owner])
                named = _named(snapshot, kind, owner, at_day)
                if named and (owner, at_day, words) not in seen:
                    seen.add((owner, at_day, words))
                    yield _raw(_time(snapshot, at_day * 24), event, kind, *named, *words)


def _budgets(snapshot: Snapshot, first: int, last: int) -> Iterator[Entry]:
    plan = snapshot.plan
    adsets = np.arange(len(plan.adset_campaign))
    shared = plan.campaign_budgeted[plan.adset_campaign] == 1
    leads = np.unique(plan.adset_campaign, return_index=True)[1]
    for kind, holders in (("adset", adsets[~shared]), ("campaign", leads[shared[leads]])):
        low = budget_epoch(plan, holders, first * 24 - 1)
        high = budget_epoch(plan, holders, last * 24 + 23)
        for place in np.nonzero(high > low)[0].tolist():
            adset = int(holders[place])
            owner = adset if kind == "adset" else int(plan.adset_campaign[adset])
            for epoch in range(int(low[place]) + 1, int(high[place]) + 1):
                hour = int(epoch_start(plan, np.array([adset]), np.array([epoch]))[0])
                yield from _budget_change(snapshot, kind, owner, hour)


def _budget_change(snapshot: Snapshot, kind: str, owner: int, hour: int) -> Iterator[Entry]:
    named = _named(snapshot, kind, owner, hour // 24)
    old, new = (_budget(snapshot, kind, owner, at) for at in (hour - 1, hour))
    if named is None or old == new:
        return
    event = "update_campaign_budget" if kind == "campaign" else "update_ad_set_budget"
    currency = snapshot.plan.advertiser.currency
    yield _raw(_time(snapshot, hour), event, kind, *named, old, new, currency=currency, type="daily_budget")


def _budget(snapshot: Snapshot, kind: str, owner: int, hour: int) -> int:
    budgets = snapshot.budgets(hour)
    mine: Ints = budgets[snapshot.plan.adset_campaign == owner] if kind == "campaign" else budgets[[owner]]
    return int(mine.sum())


def _runaways(snapshot: Snapshot, first: int, last: int) -> Iterator[Entry]:
    for (kind, owner), _, begin, end in snapshot.runaways(first * 24, last * 24 + 24):
        for hour in (begin, end):
            yield from _budget_change(snapshot, kind, owner, hour)


def _time(snapshot: Snapshot, hour: int) -> float:
    return float(snapshot.day_times(np.array([hour // 24]))[0]) + hour % 24 * HOUR
