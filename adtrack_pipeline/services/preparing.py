"""What has to be true of Dagster before its processes start, and the run that makes the UI worth opening.

Imports Dagster; imported late.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dagster as dg
import httpx

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.instance.leftovers import UNFINISHED as UNFINISHED_RUNS
from adtrack_pipeline.defs.instance.leftovers import close_dead_runs
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.jobs import run_config
from adtrack_pipeline.defs.schedules import UNFINISHED, hourly_tags
from adtrack_pipeline.services.ui import Ui
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database

Tell = Callable[[str], None]
FRESH = timedelta(hours=1)


def close_runs(settings: Settings, database: Database, tell: Tell) -> None:
    """Close runs whose process is dead. Only for the one supervisor, while it has no service running.

    Opening the instance also creates its tables, once, before several processes would.
    """
    with open_instance(settings, database) as instance:
        if dead := close_dead_runs(instance, database):
            tell(f"Closed {len(dead)} runs that a crash or a stop had left unfinished.")


def close_runs_left(settings: Settings, database: Database, tell: Tell) -> None:
    """`close_runs` at the end: opening the instance takes a second, which only unfinished runs are worth."""
    with database.connect() as conn:
        words = [status.value for status in UNFINISHED_RUNS]
        found = conn.execute("select exists (select from dagster.runs where status = any(%s))", [words]).fetchone()
    if found and found[0]:
        close_runs(settings, database, tell)


def first_run(settings: Settings, database: Database, ui: Ui, location: str, tell: Tell) -> None:
    """Start an hourly run unless one is going or has just ended well, so that the tables are never empty."""
    with open_instance(settings, database) as instance:
        recent = dg.RunsFilter(
            job_name=names.HOURLY_JOB,
            statuses=[dg.DagsterRunStatus.SUCCESS],
            updated_after=datetime.now(UTC) - FRESH,
        )
        going = dg.RunsFilter(job_name=names.HOURLY_JOB, statuses=UNFINISHED)
        if instance.get_run_records(recent, limit=1) or instance.get_run_records(going, limit=1):
            return
    try:
        run_id = ui.launch(
            location, names.HOURLY_JOB, config=run_config(names.HOURLY_JOB), tags=hourly_tags(settings)
        )
    except httpx.HTTPError:
        run_id = None
    tell(
        f"First run  {run_id}"
        if run_id
        else "The first run could not be started; the schedule starts the next one."
    )
