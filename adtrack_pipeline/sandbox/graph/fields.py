"""The grammar of the `fields` parameter: `name,ads.limit(5){id,insights.date_preset(today){spend}}`.

Belongs here: text to a tree. Does not belong here: which fields exist (`catalog.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adtrack_pipeline.sandbox.graph import errors

_CLOSING = {"(": ")", "{": "}", "[": "]"}


@dataclass(frozen=True)
class Field:
    """One requested field or edge, with its modifiers (`.limit(5)`) and inner fields."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    inner: tuple["Field", ...] = ()


def parse_fields(text: str) -> tuple[Field, ...]:
    """Parse a `fields` text; repeated names keep their first place.

    Raises:
        GraphError: 2500 when brackets do not close or a name is missing.
    """
    text = text.strip()
    if text.startswith("["):  # a JSON list, as the official SDK sends it in a POST
        text = text[1:].removesuffix("]").replace('"', "")
    found: dict[str, Field] = {}
    for part in _split(text):
        one = _parse_one(part)
        found.setdefault(one.name, one)
    return tuple(found.values())


def _split(text: str) -> list[str]:
    """Split at top-level commas, leaving brackets alone."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        if char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
            if depth < 0:
                raise errors.bad_syntax(text[position:])
        elif char == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    if depth:
        raise errors.bad_syntax(text)
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _parse_one(part: str) -> Field:
    end = next((i for i, char in enumerate(part) if char in ".({"), len(part))
    name, rest = part[:end].strip(), part[end:].strip()
    if not name.replace("_", "").isalnum():
        raise errors.bad_syntax(part)
    arguments: dict[str, str] = {}
    while rest.startswith("."):
        modifier, _, rest = rest[1:].partition("(")
        inside, rest = _enclosed("(" + rest)
        arguments[modifier.strip()] = inside
        rest = rest.strip()
    inner: tuple[Field, ...] = ()
    if rest.startswith("{"):
        inside, rest = _enclosed(rest)
        inner = parse_fields(inside)
    if rest.strip():
        raise errors.bad_syntax(rest)
    return Field(name, arguments, inner)


def _enclosed(text: str) -> tuple[str, str]:
    """Split `(inside)rest` or `{inside}rest` at the bracket that closes the first one."""
    opening = text[0]
    closing, depth = _CLOSING[opening], 0
    for position, char in enumerate(text):
        depth += (char == opening) - (char == closing)
        if depth == 0:
            return text[1:position], text[position + 1 :]
    raise errors.bad_syntax(text)
