"""Points in time as people type them: `--for 4h`, `--until 2026-12-24T18:00`."""

import re
from datetime import UTC, datetime, timedelta

from adtrack_pipeline.cli.errors import Exit, leave

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def end_of(now: datetime, lasting: str | None, until: str | None) -> datetime:
    """The end that was asked for, in UTC; leaves with one sentence if it cannot be told or is not ahead."""
    if (lasting is None) == (until is None):
        leave(
            Exit.MISTAKE, "Say how long: --for 4h (m, h, d, w), or --until 2026-12-24T18:00 (UTC, or with +01:00)."
        )
    end = now + _duration(lasting) if lasting is not None else _instant(until or "")
    if end <= now:
        leave(Exit.MISTAKE, f"{end:%Y-%m-%d %H:%M} UTC is not in the future (it is {now:%Y-%m-%d %H:%M} UTC).")
    return end


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"\s*(\d{1,4})\s*([mhdw])\s*", text)
    if not found:
        leave(Exit.MISTAKE, f"--for must be a number and m, h, d or w, such as 4h or 2d, not {text!r}.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        leave(Exit.MISTAKE, f"--until must be an instant such as 2026-12-24T18:00, not {text!r}.")
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
