"""Campaigns, ad sets, ads, creatives and accounts: from Graph objects to typed columns and a safe payload.

Belongs here: which key of the API becomes which column. Does not belong here: calls (`entities.py`).
The payload is JSON with sorted keys, so that equal objects have equal bytes whichever list they came from.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from adtrack_pipeline.platforms.base import Account, ObjectKind, PlatformObject, RejectedRow
from adtrack_pipeline.platforms.meta.fields import VOLATILE
from adtrack_pipeline.platforms.meta.jsontext import loads, safe_text
from adtrack_pipeline.platforms.meta.money import budget, to_major
from adtrack_pipeline.platforms.meta.times import instant

Columns = dict[str, str | int | None]
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def read_objects(
    data: bytes, kind: ObjectKind, account: Account
) -> tuple[list[PlatformObject], list[RejectedRow]]:
    """Read the `data` list of an answer; creatives nested in ads come out as objects of their own."""
    objects: list[PlatformObject] = []
    rejected: list[RejectedRow] = []
    for raw in _split(data):
        text = bytes(raw)
        try:
            source = loads(text)
        except ValueError:
            rejected.append(_refusal(None, "the object cannot be read", text))
            continue
        taken = read_object(source, kind, account)
        if isinstance(taken, str):
            key = source.get("id") if isinstance(source, dict) else None
            rejected.append(_refusal(key, taken, text))
        else:
            objects.extend(taken)
    return objects, rejected


def read_object(source: Any, kind: ObjectKind, account: Account) -> list[PlatformObject] | str:
    """One Graph object (and the creative inside an ad), or the reason why it cannot be taken."""
    if not isinstance(source, dict):
        return "the entry is no JSON object"
    object_id = str(source.get("id") or "").removeprefix("act_")
    if not object_id:
        return "the object has no id"
    owner = source.get("account_id")
    if owner is not None and str(owner).removeprefix("act_") != account.account_id:
        return f"account_id {str(owner)[:40]!r} is not the account that was asked, {account.account_id}"
    nested: list[PlatformObject] = []
    if kind is ObjectKind.AD and isinstance(source.get("creative"), dict):
        creative = source["creative"]
        # Only its id stays in the ad: the full list does not carry more, and equal ads must have equal payloads.
        source = {**source, "creative": {"id": creative.get("id")}}
        if len(creative) > 1 and creative.get("id"):
            inner = read_object(creative, ObjectKind.CREATIVE, account)
            nested = inner if isinstance(inner, list) else []
    columns = _COLUMNS[kind](source, account)
    own = PlatformObject(kind, account.account_id, object_id, columns, _encode(source), VOLATILE[kind])
    return [own, *nested]


def _refusal(key: Any, reason: str, text: bytes) -> RejectedRow:
    shown = safe_text(text.decode("utf-8", errors="replace"))[:20_000]
    return RejectedRow(str(key) if key else None, reason, shown)


def _text(source: Mapping[str, Any], *names: str) -> Columns:
    """Plain text columns: numbers become text, lists and objects stay in the payload only."""
    found: Columns = {}
    for name in names:
        value = source.get(name)
        found[name] = None if value is None or isinstance(value, dict | list) else str(value)
    return found


def _account(source: Mapping[str, Any], account: Account) -> Columns:
    status = source.get("account_status")
    return {
        **_text(source, "name", "currency", "timezone_name"),
        "account_status": status if isinstance(status, int) and not isinstance(status, bool) else None,
        "amount_spent": to_major(source.get("amount_spent"), account.currency),
        "spend_cap": budget(source.get("spend_cap"), account.currency),
    }


def _budgets(source: Mapping[str, Any], account: Account) -> Columns:
    return {
        "daily_budget": budget(source.get("daily_budget"), account.currency),
        "lifetime_budget": budget(source.get("lifetime_budget"), account.currency),
        "budget_remaining": to_major(source.get("budget_remaining"), account.currency),
    }


def _times(source: Mapping[str, Any], account: Account, **named: str) -> Columns:
    zone = account.timezone_name
    names = {"created_at": "created_time", "updated_at": "updated_time", **named}
    return {column: instant(source.get(name), zone) for column, name in names.items()}


def _campaign(source: Mapping[str, Any], account: Account) -> Columns:
    return {
        **_text(source, "name", "objective", "status", "effective_status", "buying_type", "bid_strategy"),
        **_budgets(source, account),
        "spend_cap": budget(source.get("spend_cap"), account.currency),
        **_times(source, account, start_at="start_time", stop_at="stop_time"),
    }


def _adset(source: Mapping[str, Any], account: Account) -> Columns:
    learning = source.get("learning_stage_info")
    return {
        **_text(source, "campaign_id", "name", "status", "effective_status", "optimization_goal"),
        **_text(source, "billing_event", "bid_strategy"),
        "bid_amount": to_major(source.get("bid_amount"), account.currency),
        **_budgets(source, account),
        "learning_status": _inner(learning, "status"),
        **_times(source, account, start_at="start_time", end_at="end_time"),
    }


def _ad(source: Mapping[str, Any], account: Account) -> Columns:
    return {
        **_text(source, "adset_id", "campaign_id", "name", "status", "effective_status"),
        "creative_id": _inner(source.get("creative"), "id"),
        **_times(source, account),
    }


def _creative(source: Mapping[str, Any], account: Account) -> Columns:
    return {
        **_text(source, "name", "title", "body", "object_type", "status", "thumbnail_url"),
        "video_id": _either(source, _VIDEO_PATHS),
        "image_hash": _either(source, _IMAGE_PATHS),
        "link_url": _either(source, _LINK_PATHS),
        "call_to_action_type": _either(source, _CALL_PATHS),
    }


_STORY = "object_story_spec"
_FEED = "asset_feed_spec"
_VIDEO_PATHS: tuple[tuple[str | int, ...], ...] = (
    ("video_id",),
    (_STORY, "video_data", "video_id"),
    (_FEED, "videos", 0, "video_id"),
)
_IMAGE_PATHS: tuple[tuple[str | int, ...], ...] = (
    ("image_hash",),
    (_STORY, "link_data", "image_hash"),
    (_STORY, "video_data", "image_hash"),
    (_STORY, "photo_data", "image_hash"),
    (_FEED, "images", 0, "hash"),
)
_LINK_PATHS: tuple[tuple[str | int, ...], ...] = (
    ("link_url",),
    (_STORY, "link_data", "link"),
    (_STORY, "video_data", "call_to_action", "value", "link"),
    (_STORY, "template_data", "link"),
    (_FEED, "link_urls", 0, "website_url"),
)
_CALL_PATHS: tuple[tuple[str | int, ...], ...] = (
    ("call_to_action_type",),
    (_STORY, "link_data", "call_to_action", "type"),
    (_STORY, "video_data", "call_to_action", "type"),
    (_FEED, "call_to_action_types", 0),
)

_COLUMNS: dict[ObjectKind, Callable[[Mapping[str, Any], Account], Columns]] = {
    ObjectKind.ACCOUNT: _account,
    ObjectKind.CAMPAIGN: _campaign,
    ObjectKind.ADSET: _adset,
    ObjectKind.AD: _ad,
    ObjectKind.CREATIVE: _creative,
}


def _inner(source: Any, *path: str | int) -> str | None:
    """The text at a path through objects and lists; None where any step is missing."""
    for step in path:
        if isinstance(step, int):
            source = source[step] if isinstance(source, list) and len(source) > step else None
        else:
            source = source.get(step) if isinstance(source, dict) else None
    return str(source) if isinstance(source, str | int) and source != "" else None


def _either(source: Mapping[str, Any], paths: tuple[tuple[str | int, ...], ...]) -> str | None:
    return next((found for path in paths if (found := _inner(source, *path)) is not None), None)
