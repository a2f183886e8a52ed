"""Puts the pieces together, and nothing else: no SQL, no network while Dagster loads it."""

from datetime import date

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs.accuracy.assets import build_accuracy
from adtrack_pipeline.defs.fx.assets import build_rates
from adtrack_pipeline.defs.ingestion.assets import build_insights, build_objects
from adtrack_pipeline.defs.ingestion.tables import other_specs
from adtrack_pipeline.defs.ingestion.watch import build_watch
from adtrack_pipeline.defs.instance.home import SANDBOX, is_sandbox
from adtrack_pipeline.defs.intake import build_inbox_sensor, build_intake
from adtrack_pipeline.defs.jobs import Parts, build_jobs
from adtrack_pipeline.defs.monitoring.assets import build_alerts
from adtrack_pipeline.defs.notify import build_sensors
from adtrack_pipeline.defs.partitions import day_partitions, first_day
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.references import with_code
from adtrack_pipeline.defs.reporting.assets import build_reports
from adtrack_pipeline.defs.schedules import build_schedules
from adtrack_pipeline.defs.transform.assets import build_transform
from adtrack_pipeline.defs.transform.dbt import dbt_resource
from adtrack_pipeline.defs.transform.project import PROJECT_DIR, ready_manifest
from adtrack_pipeline.defs.upkeep.retention import retention_job
from adtrack_pipeline.settings import Settings, load_settings


def build_parts(settings: Settings, *, since: date | None = None) -> Parts:
    """The assets and checks that jobs are made of.

    Args:
        settings: decides partitions, marks, checks per account.
        since: a day that must have a partition even if it lies before the configured start.
    """
    now = clock.now()
    days = day_partitions(now, first_day(now, settings.start_day, since))
    return Parts(
        objects=build_objects(settings),
        insights=build_insights(settings, days),
        transform=build_transform(settings, ready_manifest(settings)),
        alerts=build_alerts(settings),
        accuracy=build_accuracy(settings),
        reports=build_reports(settings),
        watch=build_watch(),
        intake=build_intake(settings),
        rates=build_rates(settings),
    )


def build_definitions(
    settings: Settings, *, parts: Parts | None = None, pipeline: Pipeline | None = None
) -> dg.Definitions:
    """Everything Dagster shows and runs.

    Args:
        settings: decides partitions, marks, checks per account.
        parts: assets and checks; a run in this process brings its own.
        pipeline: what ops work through; the same.
    """
    parts = parts or build_parts(settings)
    jobs = {job.name: job for job in (*build_jobs(settings, parts), retention_job)}
    return dg.Definitions(
        assets=[
            *with_code(parts.objects, parts.insights, parts.accuracy, parts.alerts, parts.reports, parts.intake),
            parts.transform,
            *with_code(*([parts.rates] if parts.rates else [])),
            *other_specs(settings),
        ],
        asset_checks=[parts.watch],
        jobs=list(jobs.values()),
        schedules=build_schedules(settings, parts, jobs),
        sensors=[*build_sensors(settings), build_inbox_sensor(settings)],
        resources={"pipeline": pipeline or Pipeline(settings), "dbt": dbt_resource(PROJECT_DIR)},
        executor=dg.in_process_executor,
        metadata={"source": SANDBOX if is_sandbox(settings) else "Meta Marketing API"},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dg`, the webserver and the daemon load."""
    return build_definitions(load_settings())
