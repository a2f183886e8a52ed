"""The conversions of one row by an ordered list of action types, for the totals of a load. Pure.

Belongs here: finding the first listed type in a list of actions without parsing the list. The rule itself is in
`raw.conversion_rules`; what marts publish is computed by dbt, by the same rule.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_decode = msgspec.json.decode


class ConversionRule:
    """An ordered list of action types, prepared for looking them up in JSON text."""

    def __init__(self, action_types: Sequence[str]) -> None:
        self._wanted = [(kind, json.dumps(kind, ensure_ascii=False)) for kind in action_types]
        self._common = _common_part(tuple(action_types))

    def first_listed(self, text: str | None) -> str | None:
        """The value of the first listed type that is present with a number; None when there is none.

        `text` is a JSON list of flat objects as the platform sent it.
        """
        if text is None:
            return None
        if "\\" in text:
            return self._in_entries(text)
        if self._common not in text:
            return None
        for kind, quoted in self._wanted:
            at = text.find(quoted)
            while at >= 0:
                entry = text[text.rfind("{", 0, at) : text.find("}", at) + 1]
                try:
                    value = _value_of(_decode(entry), kind)
                except ValueError:  # a brace inside a text
                    return self._in_entries(text)
                if value is not None:
                    return value
                at = text.find(quoted, at + 1)
        return None

    def _in_entries(self, text: str) -> str | None:
        """The slow and sure way; what is no JSON has no conversions (and copying it will refuse it)."""
        try:
            entries = _decode(text)
        except ValueError:
            return None
        for kind, _ in self._wanted:
            for value in _values_of(entries, kind):
                return value
        return None


def _values_of(entries: Any, kind: str) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else []:
        if (value := _value_of(entry, kind)) is not None:
            yield value


def _value_of(entry: Any, kind: str) -> str | None:
    """The number of an entry of this type, as text; None when it is another type or no number."""
    if not isinstance(entry, dict) or entry.get("action_type") != kind:
        return None
    value = str(entry.get("value"))
    return value if _NUMBER.fullmatch(value) else None


@cache
def _common_part(texts: tuple[str, ...]) -> str:
    """The longest text that all types have in common: a list without it has none of them.

    Hardly any ad sells on a given day, and this one look spares looking for every type.
    """
    if not texts:
        return "\x00"
    shortest = min(texts, key=len)
    for length in range(len(shortest), 0, -1):
        for start in range(len(shortest) - length + 1):
            part = shortest[start : start + length]
            if part.isascii() and part.isprintable() and all(part in one for one in texts):
                return part
    return ""
