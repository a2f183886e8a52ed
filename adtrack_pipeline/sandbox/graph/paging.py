"""Cursors and pages: offset cursors for insights, opaque ones for lists of objects, `next` as Meta writes it."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from adtrack_pipeline.sandbox.graph import errors

DEFAULT_LIMIT = 25
MAX_LIMIT = 5_000
_OPAQUE = b"AQHS"


def read_limit(params: dict[str, str]) -> int:
    """The page size asked for, at most `MAX_LIMIT` (a larger one is served as that many).

    Raises:
        GraphError: 100 when it is no positive integer.
    """
    text = params.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"\d{1,9}", text) or int(text) == 0:
        raise errors.bad_parameter("Param limit must be a positive integer")
    return min(int(text), MAX_LIMIT)


def offset_cursor(row: int) -> str:
    """A row's 0-based index as base64 with `ZD` for every `=`, as recorded: 0 is `MAZDZD`."""
    return base64.b64encode(str(row).encode()).decode().replace("=", "ZD")


def read_offset(cursor: str) -> int:
    """The row index in an offset cursor.

    Raises:
        GraphError: 2642 when it is no such cursor.
    """
    try:
        return int(base64.b64decode(re.sub(r"(ZD)+$", lambda m: "=" * (len(m[0]) // 2), cursor), validate=True))
    except (ValueError, binascii.Error):
        raise errors.bad_cursor() from None


def opaque_cursor(object_id: str) -> str:
    """A long cursor that points to an object, not to a position: `QVFIU…`."""
    scrambled = bytes(byte ^ 0x5A for byte in object_id.encode())
    return base64.urlsafe_b64encode(_OPAQUE + scrambled + b"\x00" * 6).decode().replace("=", "ZD")


def read_opaque(cursor: str) -> str:
    """The object id in an opaque cursor.

    Raises:
        GraphError: 2642 when it is no such cursor.
    """
    try:
        padded = re.sub(r"(ZD)+$", lambda m: "=" * (len(m[0]) // 2), cursor)
        raw = base64.urlsafe_b64decode(padded.encode())
    except (ValueError, binascii.Error):
        raise errors.bad_cursor() from None
    if not raw.startswith(_OPAQUE):
        raise errors.bad_cursor()
    return bytes(byte ^ 0x5A for byte in raw[len(_OPAQUE) :].rstrip(b"\x00")).decode("utf-8", "replace")


@dataclass(frozen=True)
class More:
    """Whether there are pages after and before this one."""

    after: bool
    before: bool


def envelope(data: Any, ends: tuple[str, str], more: More, url: str, params: Mapping[str, str]) -> dict[str, Any]:
    """One page: `data` and, unless it is empty, `paging`.

    `ends` are the cursors of the first and the last entry; `params` is the query that `next` repeats.
    """
    if not data:
        return {"data": []}
    first, last = ends
    paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
    kept = {key: value for key, value in params.items() if key not in {"after", "before"}}
    if more.after:
        paging["next"] = f"{url}?{urlencode({**kept, 'after': last})}"
    if more.before:
        paging["previous"] = f"{url}?{urlencode({**kept, 'before': first})}"
    return {"data": data, "paging": paging}
