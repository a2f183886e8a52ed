"""The one clock of the pipeline: real time, or the instant in `ADTRACK_NOW`.

Everything that decides what "today" is asks here, so that a world can be replayed at any moment.
Durations and time-outs use the real clock; they are about this machine, not about the world.
"""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ENV = "ADTRACK_NOW"


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant; one without an offset is UTC.

    Raises:
        ValueError: with one sentence that names the variable, when the text is no instant.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{ENV} must be an ISO 8601 instant such as 2026-11-20T10:00:00Z, not {text!r}."
        ) from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def now() -> datetime:
    """The present instant in UTC, or the injected one."""
    injected = os.environ.get(ENV, "").strip()
    return parse_instant(injected) if injected else datetime.now(UTC)


def inject(text: str | None) -> None:
    """Set the clock for this process and its children (an instant read from `.env`); None leaves it alone."""
    if text and text.strip():
        os.environ[ENV] = text.strip()


def local_day(timezone_name: str, instant: datetime | None = None) -> date:
    """The calendar day in a time zone at an instant (default: now)."""
    return (instant or now()).astimezone(ZoneInfo(timezone_name)).date()
