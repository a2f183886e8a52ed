"""`adtrack up` from beginning to end. Each step is told on stdout; Ctrl-C ends all of it."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.services.errors import KeepsEndingError
from adtrack_pipeline.services.only import OnlyOne, only_one
from adtrack_pipeline.services.plan import remove_socket_folder
from adtrack_pipeline.services.ports import HOST, demand_free
from adtrack_pipeline.services.starting import start_everything
from adtrack_pipeline.services.supervisor import Supervisor
from adtrack_pipeline.services.telling import tell
from adtrack_pipeline.services.watching import DaemonWatch, gave_up, report
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, DatabaseError, ensure_database, stop_embedded

LOOK_SECONDS = 0.5
DATABASE_LOOK_SECONDS = 3.0


def serve_everything(settings: Settings) -> None:
    """Start the database, the source, the UI and the daemon; return when a signal asks to stop.

    Raises:
        ServiceError: the UI's port is taken, another `adtrack up` runs on this database, a service keeps ending.
        ManifestError: the dbt project cannot be parsed.
        DatabaseError: the database cannot be used.
    """
    address = f"http://{HOST}:{settings.ui_port}"
    database = ensure_database(settings)
    try:
        with _told_to_stop() as stop, only_one(database, address) as right:
            demand_free(settings.ui_port)
            tell(f"Database   {database.label} ({'embedded' if database.is_embedded else 'yours'})")
            with _told_of_giving_up(settings, database):
                _serve(settings, database, right, stop)
    finally:
        stop_embedded(settings, only_if_unused=True)


def _serve(settings: Settings, database: Database, right: OnlyOne, stop: threading.Event) -> None:
    supervisor = Supervisor(tell)
    watch = DaemonWatch(settings, database, tell)
    try:
        if start_everything(settings, database, supervisor, stop):
            watch.start()
            _look_after(settings, supervisor, right, stop)
    finally:
        tell("Stopping …")
        watch.end()
        supervisor.stop()
        remove_socket_folder(settings)
    from adtrack_pipeline.services.preparing import close_runs_left  # noqa: PLC0415 - imports Dagster

    close_runs_left(settings, database, tell)
    tell("Stopped.")


def _look_after(settings: Settings, supervisor: Supervisor, right: OnlyOne, stop: threading.Event) -> None:
    """Until asked to stop: restart what crashed, and never go on without the right to be the only one."""
    looked_at = time.monotonic()
    while not stop.wait(LOOK_SECONDS):
        supervisor.look_after()
        if time.monotonic() - looked_at > DATABASE_LOOK_SECONDS:
            looked_at = time.monotonic()
            if not right.still_held():
                _come_back(settings, right)


def _come_back(settings: Settings, right: OnlyOne) -> None:
    """The database went away: start an embedded one again, wait for any other."""
    try:
        if right.take_again(ensure_database(settings)):
            tell("The database was away and is back.")
    except DatabaseError as error:
        tell(f"The database is away: {error}")


@contextmanager
def _told_of_giving_up(settings: Settings, database: Database) -> Iterator[None]:
    """Nobody may sit before the terminal that says why this ends."""
    try:
        yield
    except KeepsEndingError as error:
        now = datetime.now(UTC)
        with suppress(DatabaseError, ChannelError, PoliciesError):
            report(settings, database, [gave_up(error.reason, now)], now)
        raise


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; the former handlers come back with the end of the block."""
    stop = threading.Event()
    before = {signum: signal.signal(signum, lambda *_: stop.set()) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
