"""Whether Dagster's daemon lives, by what it last wrote into its own storage. Reads only.

Belongs here: the fact and its sentence, for `adtrack up`, `adtrack status --check` and `adtrack doctor`. Does not
belong here: telling anybody (`watching.py`). Imports no Dagster: a probe runs every minute.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

SILENT_AFTER = timedelta(minutes=5)  # it writes every 30 seconds, and beside heavy runs a little later
WATCHED = ("SENSOR", "SCHEDULER")  # without them no run starts by itself and no message leaves
_LAST = """
select min(timestamp) from dagster.daemon_heartbeats where daemon_type = any(%s)
"""


@dataclass(frozen=True)
class Heartbeat:
    """The last sign of life of that part of the daemon that is silent for longest; None: there never was one."""

    at: datetime | None

    def is_silent(self, now: datetime, since: datetime | None = None) -> bool:
        """Whether the daemon must be taken for dead; it had time since `since` if that is later than its sign."""
        known = [one for one in (self.at, since) if one is not None]
        return not known or now - max(known) > SILENT_AFTER

    def sentence(self, now: datetime) -> str:
        """What to tell a person."""
        if self.at is None:
            return "No daemon has ever run on this database: adtrack up starts one."
        age = now - self.at
        if not self.is_silent(now):
            return f"The daemon works: its last sign of life was {age.total_seconds():.0f} s ago."
        return (
            f"The daemon has given no sign of life since {self.at:%Y-%m-%d %H:%M} UTC: nothing is read on time "
            "and nobody is told anything until it runs again. See its log, and start it (adtrack up)."
        )


def last_heartbeat(conn: psycopg.Connection[Any]) -> Heartbeat:
    """What the daemon on this database last wrote."""
    there = conn.execute("select to_regclass('dagster.daemon_heartbeats') is not null").fetchone()
    found = conn.execute(_LAST, [list(WATCHED)]).fetchone() if there and there[0] else None
    at = found[0] if found else None
    return Heartbeat(at.replace(tzinfo=UTC) if at else None)
