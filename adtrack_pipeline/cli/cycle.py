"""Running one job in the foreground: shared by `run` and `backfill`."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from adtrack_pipeline.cli.drawing import DrawnProgress, summary_table
from adtrack_pipeline.cli.errors import Exit, stderr
from adtrack_pipeline.cli.notify import deliver_once, known_lanes, sentence
from adtrack_pipeline.services import source_ready
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database


def run_cycle(job_name: str, *, as_json: bool, **request: Any) -> Exit:
    """Run one job of the Dagster project in this process and print what it did.

    Args:
        job_name: a job of the project, e.g. `hourly_job`.
        as_json: one JSON document on stdout instead of the table; progress stays on stderr either way.
        request: what to read: `accounts`, `full`, `since`, `until`.
    """
    started = time.monotonic()
    settings = load_settings()
    with DrawnProgress() as progress, source_ready(settings) as source:
        progress.stage("Opening the database")
        database = ensure_database(source)
        lanes = known_lanes(source, database)
        # Importing Dagster takes seconds: only a command that runs a job pays for it.
        from adtrack_pipeline.defs.run import run_in_process  # noqa: PLC0415

        progress.stage(f"Running {job_name}")
        report = run_in_process(source, database, job_name, progress=progress, **request)
        delivered = deliver_once(database, lanes)
    document = report.to_json() | {
        "seconds": round(time.monotonic() - started, 1),
        "delivered": {one.channel: one.delivered for one in delivered},
    }
    for one in delivered:
        stderr.print(sentence(one), highlight=False, markup=False)
    if as_json:
        json.dump(document, sys.stdout, indent=2)
        print()
    else:
        _tell(report, document)
    return _exit_code(report)


def _tell(report: Any, document: Mapping[str, Any]) -> None:
    if report.summary.outcomes:
        stderr.print(summary_table(report.summary))
    for failure in report.summary.failures:
        stderr.print(f"[red]{failure.account_name or failure.account_id} {failure.report}:[/red] {failure.error}")
    for check in report.failed_checks:
        stderr.print(f"[yellow]check[/yellow] {check}")
    if report.error:
        stderr.print(f"[red]{report.error}[/red]")
    word = "done" if report.success else "failed"
    stderr.print(f"Run {report.run_id} {word} in {document['seconds']} s.", highlight=False)


def _exit_code(report: Any) -> Exit:
    if not report.success:
        return Exit.FAILED
    return Exit.INCOMPLETE if report.summary.failures else Exit.OK
