"""In which order the services of one machine start, so that the UI answers soon on two cores.

The dbt project is parsed while Dagster is imported and its tables are made; the UI starts while the code server
loads, and looks again until it is there; the daemon waits for both.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from adtrack_pipeline.defs.instance.home import environment
from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.examples import offer_examples
from adtrack_pipeline.services.plan import Plan, make_plan
from adtrack_pipeline.services.processes import Process
from adtrack_pipeline.services.source import (
    described,
    needs_sandbox,
    sandbox_answers,
    sandbox_service,
    sandbox_url,
    wait_for_sandbox,
)
from adtrack_pipeline.services.supervisor import Supervisor
from adtrack_pipeline.services.telling import announce, tell
from adtrack_pipeline.services.ui import Ui
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database

READY_SECONDS = 180.0
LOOK_SECONDS = 0.3


def start_everything(
    settings: Settings, database: Database, supervisor: Supervisor, stop: threading.Event
) -> bool:
    """Start all services and the first run; false when asked to stop before they were ready.

    Raises:
        ServiceError: a service does not start, in one sentence.
        ManifestError: the dbt project cannot be parsed.
    """
    with ThreadPoolExecutor(1) as other_core:
        parsing = other_core.submit(ready_manifest, settings, environment(settings, database))
        settings, sandbox = _with_source(settings, supervisor)
        # Imports Dagster: two seconds, in which dbt is parsed.
        from adtrack_pipeline.services.preparing import close_runs, first_run  # noqa: PLC0415

        close_runs(settings, database, tell)
        plan = make_plan(settings, database)
        supervisor.start([plan.ui])
        parsing.result()
    supervisor.start([plan.code])
    if not _wait_until_ready(plan, supervisor, stop):
        return False
    supervisor.start([plan.daemon])
    if sandbox:
        wait_for_sandbox(settings, sandbox)
    announce(database, plan)
    first_run(settings, database, Ui(plan.ui_url), plan.location, tell)
    if sandbox:
        offer_examples(settings)
    return True


def _with_source(settings: Settings, supervisor: Supervisor) -> tuple[Settings, Process | None]:
    """Settings with the API's address, and the sandbox if it had to be started: it is not waited for yet."""
    process = None
    if needs_sandbox(settings):
        if not sandbox_answers(settings):
            [process] = supervisor.start([sandbox_service(settings)])
        settings = settings.model_copy(update={"meta_graph_url": sandbox_url(settings)})
    tell(f"Source     {described(settings)}")
    return settings, process


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
