"""Whether Dagster's daemon lives, by what it last wrote into its own storage. Reads only.

Belongs here: the fact and its sentence, for `adtrack up`, `adtrack status --check` and `adtrack doctor`. Does not
belong here: telling anybody (`watching.py`). Imports no Dagster: a probe runs every minute.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

SILENT_AFTER = timedelta(minutes=5)  # it writes every 30 seconds, and beside heavy runs a little later
TICKLESS_AFTER = timedelta(minutes=10)  # the sensors tick every minute at least
WATCHED = ("SENSOR", "SCHEDULER")  # without them no run starts by itself and no message leaves
_LAST = """
select
    (select min(timestamp) from dagster.daemon_heartbeats where daemon_type = any(%s)),
    (
        select max(newest.timestamp) from dagster.instigators as sensor
        cross join lateral (
            select timestamp from dagster.job_ticks as tick
            where tick.selector_id = sensor.selector_id and tick.status in ('SKIPPED', 'SUCCESS')
            order by timestamp desc limit 1
        ) as newest
        where sensor.instigator_type = 'SENSOR' and sensor.status in ('RUNNING', 'DECLARED_IN_CODE')
    )
"""


@dataclass(frozen=True)
class Heartbeat:
    """The last signs of life.

    Attributes:
        at: of that part of the daemon that is silent for longest; None: there never was one.
        ticked_at: when a sensor that is on last ticked well; None: there is none, or it never did.
    """

    at: datetime | None
    ticked_at: datetime | None = None

    def is_silent(self, now: datetime, since: datetime | None = None) -> bool:
        """Whether nothing works any more; it had time since `since` if that is later than the last sign."""
        return self._is_dead(now, since) or self._is_tickless(now, since)

    def sentence(self, now: datetime) -> str:
        """What to tell a person."""
        if self.at is None:
            return "No daemon has ever run on this database: adtrack up starts one."
        if self._is_dead(now):
            return (
                f"The daemon has given no sign of life since {self.at:%Y-%m-%d %H:%M} UTC: nothing is read on "
                "time and nobody is told anything until it runs again. See its log, and start it (adtrack up)."
            )
        if self._is_tickless(now):
            return (
                f"The daemon runs, but no sensor has ticked well since {self.ticked_at:%Y-%m-%d %H:%M} UTC: "
                "nobody is told anything. Its code cannot be loaded or does not answer: see the code server's log."
            )
        return f"The daemon works: its last sign of life was {(now - self.at).total_seconds():.0f} s ago."

    def silent_since(self, now: datetime) -> datetime:
        """When the silence began, as far as known."""
        return (self.at if self._is_dead(now) else self.ticked_at) or now

    def _is_dead(self, now: datetime, since: datetime | None = None) -> bool:
        known = [one for one in (self.at, since) if one is not None]
        return not known or now - max(known) > SILENT_AFTER

    def _is_tickless(self, now: datetime, since: datetime | None = None) -> bool:
        return self.ticked_at is not None and now - max(self.ticked_at, since or self.ticked_at) > TICKLESS_AFTER


def last_heartbeat(conn: psycopg.Connection[Any]) -> Heartbeat:
    """What the daemon on this database last wrote."""
    there = conn.execute("select to_regclass('dagster.daemon_heartbeats') is not null").fetchone()
    found = conn.execute(_LAST, [list(WATCHED)]).fetchone() if there and there[0] else None
    return Heartbeat(*(at.replace(tzinfo=UTC) if at else None for at in found or (None, None)))
