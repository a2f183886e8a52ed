"""One run of a job in this very process, for the command line: seen in the UI like any other, told as a report.

Does not belong here: printing (cli), what a job consists of (jobs.py).
"""

import time
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.definitions import build_definitions, build_parts
from adtrack_pipeline.defs.instance.home import environment
from adtrack_pipeline.defs.instance.leftovers import close_dead_runs
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.jobs import run_config
from adtrack_pipeline.defs.partitions import open_days, range_tags
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.transform.project import ready_manifest
from adtrack_pipeline.ingestion import Progress, SyncSummary
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database

# A run that another process has just created has not taken its lock yet.
SURELY_DEAD_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class RunReport:
    """What a run did. `error` is one sentence when it failed; failed checks do not fail a run."""

    run_id: str
    job: str
    success: bool
    summary: SyncSummary
    failed_checks: list[str]
    tables: int
    seconds: float
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with one record per account and table under `outcomes`."""
        record = asdict(self)
        del record["summary"]
        return record | {"seconds": round(self.seconds, 1), "outcomes": self.summary.to_json()}


def run_in_process(
    settings: Settings,
    database: Database,
    job_name: str,
    *,
    progress: Progress | None = None,
    accounts: Sequence[str] = (),
    full: bool = False,
    since: date | None = None,
    until: date | None = None,
) -> RunReport:
    """Run a job now and wait for it.

    Args:
        settings: with the API's address filled in.
        database: of the warehouse, where Dagster keeps its records too.
        job_name: one of `names.*_JOB`.
        progress: told how reading goes.
        accounts: only these ad account ids; empty: all.
        full: read full object lists.
        since: first account-local day to read, instead of what is due.
        until: last such day.
    """
    started = time.monotonic()
    pipeline = Pipeline(settings, database, progress)
    run_id = str(uuid.uuid4())
    with _quiet(settings), open_instance(settings, database, foreground=True) as instance:
        close_dead_runs(instance, database, older_than=SURELY_DEAD_AFTER)
        ready_manifest(settings, environment(settings, database))
        parts = build_parts(settings, since=since)
        job = build_definitions(settings, parts=parts, pipeline=pipeline).resolve_job_def(job_name)
        pipeline.keep_alive(run_id)
        try:
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                run_config=_config(job, accounts=accounts, full=full, since=since, until=until),
                tags=_tags(settings, since, until),
                asset_selection=parts.lean_selection(instance, job_name),
                raise_on_error=False,
            )
        finally:
            pipeline.let_go(run_id)
    return _report(result, pipeline.summary, time.monotonic() - started)


def _config(
    job: dg.JobDefinition, *, accounts: Sequence[str], full: bool, since: date | None, until: date | None
) -> dict[str, Any]:
    config = run_config(job.name)
    asked: dict[str, dict[str, Any]] = {"objects": {}, "insights": {}}
    if accounts:
        asked = {op: {"accounts": list(accounts)} for op in asked}
    if full:
        asked["objects"]["full"] = True
    if since:
        asked["insights"] |= {"since": since.isoformat(), "until": until.isoformat() if until else None}
    for op in sorted({node.name for node in job.nodes} & set(asked)):
        config.setdefault("ops", {}).setdefault(op, {}).setdefault("config", {}).update(asked[op])
    # Even warnings of the console log would talk over the progress; errors come back in the report.
    config["loggers"]["console"]["config"]["log_level"] = "CRITICAL"
    return config


def _tags(settings: Settings, since: date | None, until: date | None) -> Mapping[str, str]:
    first, last = open_days(clock.now(), settings.hourly_days)
    if since:
        return range_tags(since, max(since, min(until or last, last)))
    return range_tags(first, last)


def _report(result: dg.ExecuteInProcessResult, summary: SyncSummary, seconds: float) -> RunReport:
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    checks = [one for one in result.get_asset_check_evaluations() if not one.passed]
    return RunReport(
        run_id=result.run_id,
        job=result.job_def.name,
        success=result.success,
        summary=summary,
        failed_checks=[_check_sentence(one) for one in checks],
        tables=len({event.asset_key for event in result.all_events if event.is_step_materialization}),
        seconds=seconds,
        error=" ".join(_failure_sentence(one) for one in failures) or None,
    )


def _check_sentence(check: dg.AssetCheckEvaluation) -> str:
    what = f"{check.asset_key.to_user_string()} {check.check_name}"
    return f"{what}: {check.description}" if check.description else what


def _failure_sentence(failure: Any) -> str:
    """What the step said, or for a mistake in the program the innermost exception."""
    said = failure.user_failure_data.description if failure.user_failure_data else None
    error = failure.error
    while not said and error and error.cause:
        error = error.cause
    return said or (error.message.strip() if error else "A step failed without a reason.")


@contextmanager
def _quiet(settings: Settings) -> Iterator[None]:
    """What dbt prints goes to a file (a script reads stdout); Dagster's advice about beta features to nobody."""
    logs = settings.home_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "run.log").open("w") as log, warnings.catch_warnings(), redirect_stdout(log):
        warnings.simplefilter("ignore")
        yield
