"""Account-local days: their hours on the world's clock, 23 or 25 of them when the clocks change."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints

EPOCH = date(1970, 1, 1)
HOUR = 3600.0


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day with a number."""
    return EPOCH + timedelta(days=number)


def midnight(number: int, zone: str) -> datetime:
    """The instant a local day begins."""
    return datetime.combine(day_of(number), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True)
class LocalDay:
    """A local day: `starts` (unix seconds) and `labels` (0 to 23) of its hours.

    On a day of 25 hours a label occurs twice, on one of 23 a label is missing.
    """

    number: int
    starts: Floats
    labels: Ints


@lru_cache(maxsize=4096)
def local_day(number: int, zone: str) -> LocalDay:
    """The hours of a local day."""
    first, end = midnight(number, zone), midnight(number + 1, zone)
    count = max(round((end - first).total_seconds() / HOUR), 1)
    instants = [first + timedelta(hours=hour) for hour in range(count)]
    labels = [instant.astimezone(ZoneInfo(zone)).hour for instant in instants]
    return LocalDay(
        number,
        np.array([instant.timestamp() for instant in instants]),
        np.array(labels, dtype=np.int64),
    )
