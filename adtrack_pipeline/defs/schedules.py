"""When the jobs run. All in UTC, all on by default.

A tick asks for the partitions that are open at the pipeline's clock, not at the tick's: a late tick reads the
present. A `run_key` keeps two daemons from starting the same hour twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.jobs import Job, Parts, run_config
from adtrack_pipeline.defs.partitions import open_days, range_tags
from adtrack_pipeline.settings import Settings

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

Tags = Callable[[], Mapping[str, str]]


def hourly_tags(settings: Settings) -> Mapping[str, str]:
    """The partitions that today and yesterday may be, anywhere on Earth."""
    return range_tags(*open_days(clock.now(), settings.hourly_days))


def restatement_tags(settings: Settings) -> Mapping[str, str]:
    """The partitions Meta still restates: today and as many days before it, so that the last change is seen."""
    return range_tags(*open_days(clock.now(), settings.restatement_days + 1))


def build_schedules(settings: Settings, parts: Parts, jobs: Mapping[str, Job]) -> Sequence[dg.ScheduleDefinition]:
    """One schedule per job that runs by itself."""
    return [
        _schedule(parts, jobs[names.HOURLY_JOB], "7 * * * *", lambda: hourly_tags(settings)),
        _schedule(parts, jobs[names.NIGHTLY_JOB], "23 3 * * *", lambda: restatement_tags(settings)),
        _schedule(parts, jobs[names.DAILY_JOB], "41 4 * * *", dict),
        _schedule(parts, jobs[names.WATCH_JOB], "40 * * * *", dict),
        _schedule(parts, jobs[names.RETENTION_JOB], "17 5 * * *", dict),
    ]


def _schedule(parts: Parts, job: Job, cron: str, tags: Tags) -> dg.ScheduleDefinition:
    name = job.name.removesuffix("_job")

    @dg.schedule(
        name=f"{name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=job.description,
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        filters = dg.RunsFilter(job_name=job.name, statuses=UNFINISHED, created_after=_lately(context))
        if going := context.instance.get_run_records(filters, limit=1):
            return dg.SkipReason(f"Run {going[0].dagster_run.run_id[:8]} of {job.name} is still going.")
        due = context.scheduled_execution_time
        return dg.RunRequest(
            run_key=f"{name}:{due:%Y-%m-%dT%H:%M}",
            run_config=run_config(job.name),
            tags=dict(tags()),
            asset_selection=parts.lean_selection(context.instance, job.name),
        )

    return tick


def _lately(context: dg.ScheduleEvaluationContext) -> datetime:
    """A run that no process could still be working on must not stop the schedule for ever."""
    return context.scheduled_execution_time - timedelta(days=1)
