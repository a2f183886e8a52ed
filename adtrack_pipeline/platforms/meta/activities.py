"""Entries of the account's change log, with a key of their own since Meta gives none.

Belongs here: reading one entry. Does not belong here: calls (`entities.py`).
"""

import hashlib
from typing import Any

import msgspec

from adtrack_pipeline.platforms.base import Account, Activity, RejectedRow
from adtrack_pipeline.platforms.meta.jsontext import clean, loads, safe_text
from adtrack_pipeline.platforms.meta.times import instant

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_encode = msgspec.json.Encoder(order="sorted").encode
_STABLE = ("event_type", "actor_id", "object_id", "object_type")
"""Names and translations are left out of the key: they change with renames and the reader's language."""


def read_activities(data: bytes, account: Account) -> tuple[list[Activity], list[RejectedRow]]:
    """Read the `data` list of an answer; an entry without type or time is refused."""
    activities: list[Activity] = []
    rejected: list[RejectedRow] = []
    for raw in _split(data):
        text = bytes(raw)
        try:
            source = loads(text)
        except ValueError:
            source = None
        taken = _activity(source, account)
        if isinstance(taken, str):
            shown = safe_text(text.decode("utf-8", errors="replace"))[:20_000]
            rejected.append(RejectedRow(None, taken, shown))
        else:
            activities.append(taken)
    return activities, rejected


def _activity(source: Any, account: Account) -> Activity | str:
    if not isinstance(source, dict):
        return "the entry is no readable JSON object"
    event_type = _text(source, "event_type")
    event_at = instant(source.get("event_time"), account.timezone_name)
    if not event_type:
        return "event_type is missing"
    if event_at is None:
        return f"event_time {str(source.get('event_time'))[:60]!r} is no instant"
    extra = _extra(source.get("extra_data"))
    stable = [_text(source, name) for name in _STABLE]
    key = hashlib.sha256(_encode([*stable, str(source["event_time"]), extra])).hexdigest()[:32]
    return Activity(
        account_id=account.account_id,
        activity_key=key,
        event_type=event_type,
        event_at=event_at,
        actor_id=_text(source, "actor_id"),
        actor_name=_text(source, "actor_name"),
        application_name=_text(source, "application_name"),
        object_id=_text(source, "object_id"),
        object_name=_text(source, "object_name"),
        object_type=_text(source, "object_type"),
        translated_event_type=_text(source, "translated_event_type"),
        extra_data=extra,
    )


def _text(source: dict[str, Any], name: str) -> str | None:
    value = source.get(name)
    return None if value is None or isinstance(value, dict | list) else str(value)


def _extra(value: Any) -> str | None:
    """Meta sends JSON inside a string: unwrapped where it is JSON, kept as a JSON string where it is not."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(clean(value.encode("utf-8", errors="replace")))
        except (ValueError, RecursionError):
            value = safe_text(value)
    return _encode(value).decode()
