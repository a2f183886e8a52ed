"""Numbers as Meta sends them (JSON text or numbers) to canonical decimal text, or a reason why not.

Belongs here: single values, exactly. Does not belong here: rows. Nothing passes through a float.
Canonical: no sign on zero, no leading or trailing zeros, no exponent: "144." is "144", "1e3" is "1000".
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_COUNT = 2**63 - 1
MAX_DECIMAL = Decimal(10) ** 15
_CANONICAL = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,11}[1-9])?")
is_canonical = _CANONICAL.fullmatch
"""Quick test for text that is canonical and in range as it stands."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


class BadValueError(ValueError):
    """A value that is no acceptable number; the text says why, beginning with the value."""


def count(value: Any) -> str:
    """A whole number from 0 to 2^63-1.

    Raises:
        BadValueError: when it is anything else.
    """
    number = _decimal(value)
    if number < 0:
        raise BadValueError(f"{_shown(value)} is negative")
    if number > MAX_COUNT:
        raise BadValueError(f"{_shown(value)} is too large")
    if number != number.to_integral_value():
        raise BadValueError(f"{_shown(value)} is not a whole number")
    return str(int(number))


def decimal(value: Any, *, negative: bool = False) -> str:
    """A decimal number below 10^15, with 12 places at most; not negative unless allowed.

    Raises:
        BadValueError: when it is anything else.
    """
    number = _decimal(value)
    if number < 0 and not negative:
        raise BadValueError(f"{_shown(value)} is negative")
    if abs(number) >= MAX_DECIMAL:
        raise BadValueError(f"{_shown(value)} is too large")
    return plain(round(number, 12))


def plain(number: Decimal) -> str:
    """Canonical text of a finite decimal."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0", "-"} else text


def _decimal(value: Any) -> Decimal:
    """Read a JSON value exactly; floats come from JSON numbers, whose shortest text is what was sent."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadValueError(f"{_shown(value)} is no number")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise BadValueError(f"{_shown(value)} is no finite number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadValueError(f"{_shown(value)} is no finite number") from None
    if number and number.adjusted() > 40:
        raise BadValueError(f"{_shown(value)} is too large")
    return number


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
