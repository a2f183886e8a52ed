"""JSON that is safe to decode and to store, however the platform wrote it.

Belongs here: repairing bytes. Does not belong here: what the values mean.
Postgres refuses NUL characters and lone surrogates, and JSON has no NaN: one bad name must not fail an hour.
"""

import json
import re
from typing import Any

import msgspec

REPLACEMENT = "\ufffd"
_BAD = re.compile("[\x00\ud800-\udfff]")


def needs_cleaning(body: bytes) -> bool:
    """Whether a body that decodes may still hold NUL characters (their escape is valid JSON).

    Lone surrogates and bytes that are no UTF-8 are not looked for: decoding them fails, and then they are mended.
    """
    return b"\\u0000" in body


def clean(body: bytes) -> bytes:
    """Rewrite JSON so that every decoder and `jsonb` takes it.

    NUL and lone surrogates become U+FFFD, bytes that are no UTF-8 too; NaN and Infinity become text, so that
    whoever reads the number refuses that row alone; other numbers keep every digit.

    Raises:
        ValueError: when it is no JSON at all (cut short, HTML, empty).
    """
    text = body.decode("utf-8", errors="replace")
    tree = json.loads(text, parse_constant=str, parse_float=_Number, parse_int=_Number, strict=False)
    return msgspec.json.encode(_mend(tree))


def loads(raw: bytes) -> Any:
    """Decode any JSON, mended where it has to be.

    Where a number is too large for every decoder (1e400) all numbers come as text.

    Raises:
        ValueError: when it is no JSON at all.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(clean(raw), parse_float=str, parse_int=str)


def safe_text(text: str) -> str:
    """Replace characters that Postgres text refuses by U+FFFD."""
    return _BAD.sub(REPLACEMENT, text)


class _Number(str):
    """A JSON number kept as it was written."""

    __slots__ = ()


def _mend(node: Any) -> Any:
    if isinstance(node, _Number):
        return msgspec.Raw(node.encode())
    if isinstance(node, str):
        return _BAD.sub(REPLACEMENT, node)
    if isinstance(node, dict):
        return {_BAD.sub(REPLACEMENT, key): _mend(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_mend(value) for value in node]
    return node
