"""Meta's instants as ISO 8601 text.

Belongs here: `2019-08-14T00:13:07-0300`, unix seconds, and Meta's ways of saying "never". Does not belong here:
account-local days (`adtrack_pipeline.clock`).
"""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


def instant(value: Any, timezone_name: str) -> str | None:
    """An instant as ISO text with offset; None for none, for 1970 (Meta's "never") and for nonsense.

    An instant without an offset is read in the account's time zone, as Meta does.
    """
    moment = _parse(value)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone_name))
    try:
        seconds = moment.timestamp()
        text = moment.isoformat()
    except (OverflowError, ValueError):
        return None
    # Meta writes 1970-01-01T00:00:00 in any zone, and 1969-12-31 in western ones, for "no date".
    return text if abs(seconds) > 2 * 86_400 else None


def _parse(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
