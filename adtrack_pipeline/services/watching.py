"""Telling that the daemon is dead: through outbox and channels like everything else, but without the daemon.

Every sensor lives in the daemon, the one that delivers too. So whoever watches it from outside also delivers, as
long as it is silent. Belongs here: the alert, and the thread of `adtrack up` that looks. Does not belong here:
reading the sign of life (`heartbeat.py`).
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adtrack_pipeline.monitoring.condition import Condition, Level, Scan, Severity, Subject
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT, alert_options, apply_scan, open_keys
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.notify.delivery import build_lanes, deliver
from adtrack_pipeline.services.heartbeat import Heartbeat, last_heartbeat
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, DatabaseError

SOURCE = "watchdog"
LOOK_SECONDS = 30.0
COOL_DOWN_HOURS = 1.0  # a daemon that dies twice a day is worth two messages

Tell = Callable[[str], None]


class DaemonWatch:
    """Looks at the daemon every half minute, in a thread of its own: delivering may take a while."""

    def __init__(self, settings: Settings, database: Database, tell: Tell) -> None:
        self._settings = settings
        self._database = database
        self._tell = tell
        self._since = datetime.now(UTC)
        self._was_silent = False
        self._said = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="adtrack watch", daemon=True)

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def end(self) -> None:
        """Look no more; a delivery under way ends with the process."""
        self._stop.set()

    def look(self) -> None:
        """Tell of a daemon that two looks in a row found silent, and of its return. Never raises."""
        now = datetime.now(UTC)
        try:
            with self._database.connect() as conn:
                beat = last_heartbeat(conn)
            is_silent = beat.is_silent(now, self._since)
            # Twice, because a machine that slept wakes up with an old sign of life.
            if not (is_silent and not self._was_silent):
                report(self._settings, self._database, [silent_daemon(beat, now)] if is_silent else [], now)
            self._was_silent = is_silent
            self._say(beat.sentence(now) if is_silent else "")
        except (DatabaseError, ChannelError, PoliciesError) as error:
            self._say(f"The daemon cannot be watched: {error}")

    def _say(self, sentence: str) -> None:
        if sentence and not self._said:
            self._tell(sentence)
        self._said = sentence

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.look()


def report(settings: Settings, database: Database, conditions: Sequence[Condition], now: datetime) -> None:
    """Open, go on with or end the alerts about the daemon, and deliver what waits while it cannot.

    Raises:
        ChannelError, PoliciesError: a mistake in the configuration of the channels; the alert is written.
        DatabaseError: the database cannot be used.
    """
    with database.connect() as conn:
        if not conditions and not open_keys(conn, SOURCE):
            return
        scan = Scan(SOURCE, frozenset({PIPELINE_ACCOUNT}), now)
        apply_scan(conn, scan, conditions, alert_options(settings))
    if conditions and (lanes := build_lanes(settings)):
        asyncio.run(deliver(database, lanes))


def silent_daemon(beat: Heartbeat, now: datetime) -> Condition:
    """Nothing is read or told any more."""
    return _condition("daemon_silent", "daemon", beat.sentence(now), beat.silent_since(now), now)


def gave_up(reason: str, now: datetime) -> Condition:
    """`adtrack up` has ended because one of its services cannot be kept running."""
    text = (
        f"adtrack up has given up: {reason} Nothing is read and nobody is told anything until it is started again."
    )
    return _condition("adtrack_stopped", "service", text, now, now)


def _condition(alert_type: str, name: str, text: str, began_at: datetime, now: datetime) -> Condition:
    return Condition(
        alert_type=alert_type,
        metric="daemon",
        subject=Subject(Level.PIPELINE, name=name),
        severity=Severity.CRITICAL,
        message=text,
        began_at=min(began_at, now),
        seen_at=now,
        evidence={"cool_down_hours": COOL_DOWN_HOURS},
    )
