"""The retention job: event log, check results, archived pages, revisions, quarantine, events, build folders."""

import asyncio
from datetime import UTC, datetime, timedelta

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.instance.home import dagster_home, dbt_target
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.upkeep.event_log import sweep_check_results, sweep_events
from adtrack_pipeline.defs.upkeep.files import old_folders, remove
from adtrack_pipeline.notify.alerts import alert_options, expire_unwatched
from adtrack_pipeline.warehouse.load import sweep

FOLDER_DAYS = 3


@dg.op(description="Delete old events and check results of Dagster; materialisations stay.")
def sweep_dagster(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """Real time decides: the event log is about this machine."""
    pipeline.keep_alive(context.run.run_id)
    before = datetime.now(UTC) - timedelta(days=pipeline.settings.event_retention_days)
    with pipeline.connect() as conn:
        counts = {"events": sweep_events(conn, before), "check results": sweep_check_results(conn, before)}
    context.add_output_metadata(counts)


@dg.op(description="Delete archived pages, revisions, quarantined rows, events and alerts that are over.")
def sweep_warehouse(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """The pipeline's clock decides: these tables are about the accounts' world."""
    pipeline.keep_alive(context.run.run_id)
    with pipeline.connect() as conn:
        expired = expire_unwatched(conn, clock.now(), alert_options(pipeline.settings))
    context.add_output_metadata({"alerts expired": len(expired), **asyncio.run(_sweep(pipeline))})


@dg.op(description="Delete dbt's build folders and captured output of old runs.")
def sweep_files(context: dg.OpExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> None:
    """Failed builds are kept a few days, so that their compiled SQL can be read. Reports as long as their rows."""
    pipeline.keep_alive(context.run.run_id)
    now = datetime.now(UTC)
    builds = old_folders(dbt_target(pipeline.settings), now - timedelta(days=FOLDER_DAYS))
    kept = now - timedelta(days=pipeline.settings.event_retention_days)
    outputs = old_folders(dagster_home(pipeline.settings) / "storage", kept)
    reports = old_folders(
        pipeline.settings.reports_dir, now - timedelta(days=pipeline.settings.report_retention_days)
    )
    context.add_output_metadata(
        {"build folders": remove(builds), "captured outputs": remove(outputs), "reports": remove(reports)}
    )


@dg.job(
    name=names.RETENTION_JOB,
    description="Deletes what has served its time. Insight rows and materialisations are never deleted.",
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": "7200"},
)
def retention_job() -> None:
    """Three independent sweeps."""
    sweep_dagster()
    sweep_warehouse()
    sweep_files()


async def _sweep(pipeline: Pipeline) -> dict[str, int]:
    settings = pipeline.settings
    kept = {
        "raw.pages": settings.page_retention_days,
        "raw.insight_revisions": settings.revision_retention_days,
        "ops.event_outbox": settings.outbox_retention_days,
        "ops.alerts": settings.alert_retention_days,
        "ops.alert_silences": settings.alert_retention_days,
        "ops.reports": settings.report_retention_days,
    }
    async with await pipeline.database.connect_async() as conn:
        return await sweep(conn, clock.now(), kept)
