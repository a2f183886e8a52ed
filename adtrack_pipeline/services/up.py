"""`adtrack up` from beginning to end. Each step is told on stdout; Ctrl-C ends all of it."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adtrack_pipeline.defs.instance.home import environment
from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.only import OnlyOne, only_one
from adtrack_pipeline.services.plan import Plan, make_plan
from adtrack_pipeline.services.ports import HOST, demand_free
from adtrack_pipeline.services.source import (
    needs_sandbox,
    sandbox_answers,
    sandbox_service,
    sandbox_url,
    wait_for_sandbox,
)
from adtrack_pipeline.services.supervisor import Supervisor
from adtrack_pipeline.services.ui import Ui
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, DatabaseError, ensure_database, stop_embedded

READY_SECONDS = 180.0
LOOK_SECONDS = 0.5
DATABASE_LOOK_SECONDS = 3.0


def serve_everything(settings: Settings) -> None:
    """Start the database, the source, the UI and the daemon; return when a signal asks to stop.

    Raises:
        ServiceError: the UI's port is taken, another `adtrack up` runs on this database, a service keeps ending.
        DatabaseError: the database cannot be used.
    """
    address = f"http://{HOST}:{settings.ui_port}"
    database = ensure_database(settings)
    tell(f"Database   {database.label} ({'embedded' if database.is_embedded else 'yours'})")
    try:
        with _told_to_stop() as stop, only_one(database, address) as right:
            demand_free(settings.ui_port)
            _serve(settings, database, right, stop)
    finally:
        stop_embedded(settings, only_if_unused=True)


def _serve(settings: Settings, database: Database, right: OnlyOne, stop: threading.Event) -> None:
    supervisor = Supervisor(tell)
    try:
        settings = _with_source(settings, supervisor)
        # Dagster takes a second to import, and only now is it certain that it is needed.
        from adtrack_pipeline.services.preparing import close_runs, first_run  # noqa: PLC0415

        close_runs(settings, database, tell)
        plan = make_plan(settings, database)
        # UI and daemon look again until the code server is there: meanwhile dbt is parsed on the other core.
        supervisor.start(plan.first)
        ready_manifest(settings, environment(settings, database))
        supervisor.start(plan.then)
        if _wait_until_ready(plan, supervisor, stop):
            _announce(settings, database, plan)
            first_run(settings, database, Ui(plan.ui_url), plan.location, tell)
            _look_after(settings, supervisor, right, stop)
    finally:
        tell("Stopping …")
        supervisor.stop()
    close_runs(settings, database, tell)
    tell("Stopped.")


def _with_source(settings: Settings, supervisor: Supervisor) -> Settings:
    if not needs_sandbox(settings):
        return settings
    if not sandbox_answers(settings):
        [process] = supervisor.start([sandbox_service(settings)])
        wait_for_sandbox(settings, process)
    tell(f"Source     SANDBOX, a simulated ad platform at {sandbox_url(settings)} (META_ACCESS_TOKEN is not set)")
    return settings.model_copy(update={"meta_graph_url": sandbox_url(settings)})


def _wait_until_ready(plan: Plan, supervisor: Supervisor, stop: threading.Event) -> bool:
    """True once the UI shows the project; false when asked to stop before that."""
    ui, deadline = Ui(plan.ui_url), time.monotonic() + READY_SECONDS
    while (problem := ui.location_problem(plan.location)) is not None:
        if problem:
            raise ServiceError(f"The project cannot be loaded: {problem.strip()}")
        if time.monotonic() > deadline:
            raise ServiceError(f"The UI did not start within {READY_SECONDS:.0f} s; see {plan.logs}.")
        supervisor.look_after()
        if stop.wait(LOOK_SECONDS):
            return False
    return True


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


def _announce(settings: Settings, database: Database, plan: Plan) -> None:
    tell(f"UI         {plan.ui_url}")
    tell(
        f"BI tools   host {database.host}, port {database.port}, database {database.dbname}, "
        f"user {database.reader.user}, schema marts"
    )
    tell("           the URL with its password: adtrack sql --url --role reader")
    tell(f"Logs       {plan.logs}")
    tell("Ctrl-C stops everything; the data stays.")


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


def tell(sentence: str) -> None:
    """One line on stdout, at once."""
    print(sentence, file=sys.stdout, flush=True)
