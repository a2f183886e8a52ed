"""Creatives and videos: some ads share their campaign's creative; a video serves several ads."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.simulation import naming
from adtrack_pipeline.sandbox.simulation.hashing import Ints, integers, uniform
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import ADS_PER_ERA
from adtrack_pipeline.sandbox.simulation.snapshot import Snapshot
from adtrack_pipeline.sandbox.simulation.traits import traits_of
from adtrack_pipeline.sandbox.world import ObjectTable, table_of

_HERO_SHARE = 0.2
_HERO_OWNERS = 500_000  # creatives that belong to a campaign, not to a slot
_LINK_DAYS = 4
_PAGE = "1010101010101"
_CALLS = ("SHOP_NOW", "LEARN_MORE", "SIGN_UP", "GET_OFFER")


def creative_numbers(plan: Plan, slot: Ints, generation: Ints) -> tuple[Ints, Ints]:
    """Owner and generation of the creatives of ads. Static ads may share their campaign's creative."""
    shared = uniform(plan.seed, "hero", slot, generation) < _HERO_SHARE
    shared &= ~traits_of(plan, slot, generation).is_video
    owner = np.where(shared, _HERO_OWNERS + plan.slot_campaign[slot], slot)
    return owner, np.where(shared, generation // ADS_PER_ERA, generation)


def _videos(plan: Plan, slot: Ints, generation: Ints) -> list[str | None]:
    """Video ids of ads: an ad set has two videos per campaign generation."""
    pick = integers(plan.seed, "video pick", 0, 1, slot, generation)
    ids = naming.object_ids(plan, naming.VIDEO, plan.slot_adset[slot], generation // ADS_PER_ERA * 2 + pick)
    videos = traits_of(plan, slot, generation).is_video.tolist()
    return [str(one) if video else None for one, video in zip(ids.tolist(), videos, strict=True)]


def creative_table(snapshot: Snapshot) -> ObjectTable:
    """The creatives of an account's ads."""
    plan, ads = snapshot.plan, snapshot.ads
    owner, generation = creative_numbers(plan, ads.slot, ads.generation)
    numbers, first = np.unique(naming.object_ids(plan, naming.CREATIVE, owner, generation), return_index=True)
    order = np.argsort(first, kind="stable")
    numbers, first = numbers[order], first[order]
    slot, ad_generation = ads.slot[first], ads.generation[first]
    names = naming.ad_names(plan, slot, ad_generation)
    videos = _videos(plan, slot, ad_generation)
    calls = integers(plan.seed, "call", 0, len(_CALLS) - 1, slot, ad_generation).tolist()
    expiry = _expiry(snapshot.as_of)
    objects = [
        _creative(plan, str(number), name, video, _CALLS[call], expiry)
        for number, name, video, call in zip(numbers.tolist(), names, videos, calls, strict=True)
    ]
    return table_of(Kind.CREATIVE, objects)


def _creative(plan: Plan, number: str, name: str, video: str | None, call: str, expiry: str) -> dict[str, Any]:
    link = f"https://example.com/{plan.index}/{number[-8:]}"
    action = {"type": call, "value": {"link": link}}
    story: dict[str, Any] = {"page_id": _PAGE}
    if video:
        story["video_data"] = {"video_id": video, "message": name, "call_to_action": action}
    else:
        story["link_data"] = {"link": link, "message": name, "call_to_action": action}
    creative: dict[str, Any] = {
        "id": number,
        "account_id": plan.account_id,
        "name": f"SANDBOX {name}",
        "title": name.split(" – ", maxsplit=1)[0],
        "body": f"{name}. Free returns.",
        "object_type": "VIDEO" if video else "SHARE",
        "status": "ACTIVE",
        "actor_id": _PAGE,
        "call_to_action_type": call,
        "effective_object_story_id": f"{_PAGE}_{number[-12:]}",
        "object_story_spec": story,
        "thumbnail_url": f"/sandbox/thumbnails/{number}.png?oe={expiry}",
        "url_tags": "utm_source=facebook&utm_medium=paid",
    }
    if video:
        creative["video_id"] = video
    else:
        creative["link_url"] = link
        creative["image_hash"] = f"{int(number) * 2_654_435_761 % 2**128:032x}"
    return creative


def _expiry(as_of: datetime) -> str:
    """Hexadecimal unix time at which image links made today stop working."""
    day = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{int(day.timestamp()) + _LINK_DAYS * 86_400:x}"
