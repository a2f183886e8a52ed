"""Days and moments of a file. Pure.

A day is the ad account's own calendar day. A timestamp stands for a day only at midnight: as the first day of a
window for that day, as its end (which such a moment excludes) for the day before; 23:59:59 for the day it ends.
A moment without an offset is taken as UTC. Both are counted, so that the file's report says so.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from adtrack_pipeline.intake.errors import BadValueError
from adtrack_pipeline.intake.values import Parser, shown

FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
NAIVE, EXCLUSIVE = "naive", "exclusive"
_PLAIN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LAST_SECOND = time(23, 59, 59)
_WRITE_DAY = "write it like 2026-03-08"
_WRITE_MOMENT = "write it like 2026-03-08T14:30:00Z"


def day(name: str, notes: Counter[str], *, is_end: bool = False) -> Parser:
    """A day as `YYYY-MM-DD`; `notes` counts days that a midnight excluded."""

    @lru_cache(4096)
    def known(found: Any) -> tuple[str, bool]:
        return _day(name, found, is_end=is_end)

    def parse(value: Any) -> str | None:
        if isinstance(value, str) and not value.strip():
            return None
        found, excluded = known(value) if isinstance(value, str | date) else _refuse_day(name, value)
        if excluded:
            notes[f"{EXCLUSIVE} {name}"] += 1
        return found

    return parse


def moment(name: str, notes: Counter[str]) -> Parser:
    """An instant as ISO text with an offset; `notes` counts those that had none."""

    @lru_cache(4096)
    def known(found: Any) -> tuple[str, bool]:
        return _moment(name, found)

    def parse(value: Any) -> str | None:
        if isinstance(value, str) and not value.strip():
            return None
        if not isinstance(value, str | date):
            raise BadValueError(f"{name} is not a moment.", f"{name} is {shown(value)}; {_WRITE_MOMENT}.")
        found, naive = known(value)
        if naive:
            notes[f"{NAIVE} {name}"] += 1
        return found

    return parse


def _day(name: str, value: Any, *, is_end: bool) -> tuple[str, bool]:
    found = value if isinstance(value, date) else _read(name, value, date if _is_plain(value) else datetime)
    excluded = False
    if isinstance(found, datetime):
        clock = found.time()
        excluded = is_end and clock == time.min
        if clock != time.min and not (is_end and clock.replace(microsecond=0) == _LAST_SECOND):
            raise BadValueError(
                f"{name} is a moment within a day.",
                f"{name} is {shown(value)}, a moment within a day; {_WRITE_DAY}.",
            )
        found = found.date() - timedelta(days=excluded)
    if not FIRST <= found <= LAST:
        raise BadValueError(
            f"{name} is not between 2000 and 2100.", f"{name} is {found}, not between 2000 and 2100."
        )
    return found.isoformat(), excluded


def _moment(name: str, value: Any) -> tuple[str, bool]:
    found = value if isinstance(value, date) else _read(name, value, datetime)
    if not isinstance(found, datetime):
        found = datetime.combine(found, time.min)
    naive = found.tzinfo is None
    # Two days of margin on both sides: converting to UTC must not leave the calendar.
    if not FIRST <= found.date() <= LAST:
        raise BadValueError(
            f"{name} is not between 2000 and 2100.", f"{name} is {found}, not between 2000 and 2100."
        )
    return (found.replace(tzinfo=UTC) if naive else found.astimezone(UTC)).isoformat(), naive


def _is_plain(value: str) -> bool:
    return _PLAIN_DAY.fullmatch(value.strip()) is not None


def _read(name: str, value: str, kind: type[date]) -> date:
    reader: Callable[[str], date] = kind.fromisoformat
    try:
        return reader(value.strip())
    except ValueError:
        kind_name, advice = ("day", _WRITE_DAY) if name.startswith("window") else ("moment", _WRITE_MOMENT)
        raise BadValueError(f"{name} is not a {kind_name}.", f"{name} is {shown(value)}; {advice}.") from None


def _refuse_day(name: str, value: Any) -> tuple[str, bool]:
    raise BadValueError(f"{name} is not a day.", f"{name} is {shown(value)}; {_WRITE_DAY}.")
