"""One value of a file as the text that Postgres reads, or why not. Pure; the hot path.

Belongs here: text, ids, numbers, flags, currencies, JSON. Times are in `times.py`. Nothing is guessed: a comma in
a number may be a decimal or a thousand, an id in scientific notation has lost digits.
Every parser takes a value that is neither None nor empty text.
"""

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from adtrack_pipeline.intake.errors import BadValueError

Parser = Callable[[Any], str | None]

LONGEST_ID = 255  # indexed: a btree takes no more than 2,700 bytes
LONGEST_TEXT = 10_000
LONGEST_NUMBER = 60
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d+[.,]\d+[eE]\+?\d+", re.ASCII)
_WHOLE_FLOAT = re.compile(r"\d{1,15}\.0", re.ASCII)
_EXACT = 2**53  # above it a floating-point number does not hold every integer
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_SHOWN = 40


def shown(value: object) -> str:
    """A value within a sentence, not longer than it deserves."""
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def text(name: str, *, longest: int = LONGEST_TEXT) -> Parser:
    """Any text; blanks around it do not count."""

    def parse(value: Any) -> str | None:
        found = value.strip() if type(value) is str else _plain(name, value)
        if len(found) > longest:
            raise BadValueError(f"{name} is longer than {longest:,} characters.")
        return found or None

    return parse


def identifier(name: str) -> Parser:
    """An id. Ids have more digits than a floating-point number keeps, so one that was such a number is refused."""

    def parse(value: Any) -> str | None:
        found = value.strip() if type(value) is str else _plain(name, value)
        if len(found) > LONGEST_ID:
            raise BadValueError(f"{name} is longer than {LONGEST_ID} characters.")
        if "." in found or "," in found:
            if _WHOLE_FLOAT.fullmatch(found):
                return found[:-2]
            if _SCIENTIFIC.fullmatch(found):
                raise BadValueError(
                    f"{name} was a number and has lost digits: write ids as text.",
                    f"{name} is {shown(found)}: a spreadsheet or float column rounded the id; write it as text.",
                )
        return found or None

    return parse


def word(name: str, allowed: frozenset[str] | None = None) -> Parser:
    """One word in small letters, of a set if given."""
    bound = text(name, longest=LONGEST_ID)

    @cache
    def known(found: str) -> str:
        lower = found.lower()
        if allowed is not None and lower not in allowed:
            choices = ", ".join(sorted(allowed))
            raise BadValueError(
                f"{name} must be one of {choices}.", f"{name} is {shown(found)}, not one of {choices}."
            )
        return lower

    def parse(value: Any) -> str | None:
        found = bound(value)
        return None if found is None else known(found) if allowed else found.lower()

    return parse


def number(name: str, *, least: float | None = None, below: float = 1e15) -> Parser:
    """A decimal number as it is written (no rounding) with `-below < number < below`, and not under `least`."""

    def parse(value: Any) -> str | None:
        found = value.strip() if type(value) is str else _numeral(name, value)
        if not found:
            return None
        if not _NUMBER.fullmatch(found) or len(found) > LONGEST_NUMBER:
            raise BadValueError(f"{name} is not a number.", _no_number(name, found))
        size = float(found)
        if not -below < size < below:
            raise BadValueError(f"{name} is out of range.", f"{name} is {shown(found)}: beyond {below:g}.")
        # Of a tiny negative number the float is -0.0, which is not below zero; the text is.
        if least is not None and (size < least or (found[0] == "-" and Decimal(found) < Decimal(str(least)))):
            raise BadValueError(f"{name} is below {least:g}.", f"{name} is {shown(found)}: below {least:g}.")
        return found

    return parse


def share(name: str) -> Parser:
    """A number between 0 and 1, both excluded."""
    bound = number(name)

    def parse(value: Any) -> str | None:
        found = bound(value)
        if found is not None and not 0.0 < float(found) < 1.0:
            advice = "" if float(found) <= 0 else "; write 0.8 for 80 %"
            raise BadValueError(
                f"{name} must be between 0 and 1{advice}.",
                f"{name} is {shown(found)}, not between 0 and 1{advice}.",
            )
        return found if found is None else repr(float(found))

    return parse


def flag(name: str) -> Parser:
    """Yes or no."""

    def parse(value: Any) -> str | None:
        found = str(value).strip().lower()
        if found in _TRUE:
            return "t"
        if found in _FALSE:
            return "f"
        if not found:
            return None
        raise BadValueError(f"{name} must be true or false.", f"{name} is {shown(value)}, not true or false.")

    return parse


def currency(name: str) -> Parser:
    """A currency that exists (ISO 4217)."""

    @cache
    def known(found: str) -> str:
        code = found.upper()
        if code not in currencies():
            raise BadValueError(
                f"{name} is no currency.",
                f"{name} is {shown(found)}, which is no currency of ISO 4217 such as EUR.",
            )
        return code

    def parse(value: Any) -> str | None:
        found = str(value).strip()
        return known(found[:LONGEST_ID]) if found else None

    return parse


@cache
def currencies() -> frozenset[str]:
    """The currencies that are legal tender somewhere today, by CLDR."""
    from babel.core import get_global  # noqa: PLC0415

    spans = get_global("territory_currencies").values()
    return frozenset(code for used in spans for code, _, until, is_tender in used if until is None and is_tender)


def json_object(name: str) -> Callable[[Any], dict[str, Any] | None]:
    """A JSON object, as such or as text."""

    def parse(value: Any) -> dict[str, Any] | None:
        found = value
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                found = json.loads(value)
            except (ValueError, RecursionError):
                found = None
        if not isinstance(found, dict):
            raise BadValueError(
                f"{name} is not a JSON object.", f"{name} is {shown(value)}, which is no JSON object."
            )
        return found

    return parse


def _plain(name: str, value: Any) -> str:
    """A value that a format had as something else than text."""
    if isinstance(value, bool | dict | list | bytes):
        raise BadValueError(f"{name} is not text.", f"{name} is {shown(value)}, not text.")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadValueError(f"{name} is not text.", f"{name} is {value}; leave it empty when there is none.")
        if value == int(value):
            if abs(value) >= _EXACT:
                raise BadValueError(
                    f"{name} was a number and has lost digits: write ids as text.",
                    f"{name} is {value:g}: a float column has rounded the id; write it as text.",
                )
            return str(int(value))
    return str(value).strip()


def _numeral(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise BadValueError(f"{name} is not a number.", f"{name} is {shown(value)}, which is not a number.")
    return repr(value) if isinstance(value, float) else str(value)


def _no_number(name: str, found: str) -> str:
    if found.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return f"{name} is {shown(found)}, which is not a number; leave it empty when there is none."
    advice = "; write a decimal point and no thousands" if "," in found else ""
    return f"{name} is {shown(found)}, which is not a number{advice}."
