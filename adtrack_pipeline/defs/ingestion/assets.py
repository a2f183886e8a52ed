"""The two ops that fill `raw`: objects (accounts to creatives, change log) and insights (daily, hourly, account).

Each is one step, so that an hour costs two of them however many tables it fills.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg
import psycopg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import facts, telling
from adtrack_pipeline.defs.ingestion.config import InsightsConfig, ObjectsConfig, asked_days
from adtrack_pipeline.defs.ingestion.failures import stop_if_nothing_came, told_in_a_sentence
from adtrack_pipeline.defs.ingestion.judging import insight_checks, judge_insights, judge_objects, object_check
from adtrack_pipeline.defs.ingestion.tables import insight_specs, object_specs
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.ingestion import SyncSummary
from adtrack_pipeline.platforms.base import Report
from adtrack_pipeline.settings import Settings

PLOTTED_DAYS = 30

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def build_objects(settings: Settings) -> dg.AssetsDefinition:
    """The asset definition behind `raw/accounts`, `raw/campaigns`, ..."""

    @dg.multi_asset(
        name="objects",
        specs=object_specs(settings),
        check_specs=[object_check()],
        pool=names.API_POOL,
    )
    def objects(
        context: dg.AssetExecutionContext, config: ObjectsConfig, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[Event]:
        pipeline.keep_alive(context.run.run_id)
        with told_in_a_sentence():
            summary = pipeline.read_objects(context.run.run_id, full=config.full, accounts=config.accounts)
            with pipeline.connect() as conn:
                yield judge_objects(conn, pipeline.settings, summary)
                stop_if_nothing_came(summary)
                for key in sorted(context.selected_asset_keys):
                    yield dg.MaterializeResult(asset_key=key, metadata=_table(conn, summary, key.path[-1]))

    return objects


def build_insights(settings: Settings, days: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset definition behind `raw/insights_daily`, `raw/insights_hourly`, `raw/account_insights_daily`."""

    @dg.multi_asset(
        name="insights",
        specs=insight_specs(settings, days),
        check_specs=insight_checks(settings),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=names.API_POOL,
    )
    def insights(
        context: dg.AssetExecutionContext, config: InsightsConfig, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[Event]:
        pipeline.keep_alive(context.run.run_id)
        tables = [key.path[-1] for key in sorted(context.selected_asset_keys)]
        reports = [report for report in Report if report in tables] or list(Report)
        partitions = context.partition_key_range if context.has_partition_key_range else None
        since, until = asked_days(config, partitions)
        with told_in_a_sentence():
            summary = pipeline.read_insights(
                context.run.run_id, reports=reports, since=since, until=until, accounts=config.accounts
            )
            with pipeline.connect() as conn:
                asked = {key.name for key in context.selected_asset_check_keys}
                yield from judge_insights(conn, pipeline.settings, summary, asked)
                stop_if_nothing_came(summary)
                for table in tables:
                    _tell_days(context, conn, table, partitions, _insight_metadata(conn, summary, table))
                    yield dg.MaterializeResult(asset_key=names.raw_key(table))

    return insights


def _table(conn: psycopg.Connection[tuple[object, ...]], summary: SyncSummary, table: str) -> telling.Metadata:
    outcomes = summary.of(table)
    rows: telling.Metadata = {"dagster/row_count": dg.MetadataValue.int(facts.table_rows(conn, f"raw.{table}"))}
    return rows | (telling.cost(outcomes) | telling.accounts(outcomes) if outcomes else {})


def _insight_metadata(
    conn: psycopg.Connection[tuple[object, ...]], summary: SyncSummary, table: str
) -> telling.Metadata:
    told = _table(conn, summary, table)
    if table == Report.DAILY:
        today = clock.now().date()
        told |= telling.spend_plots(
            facts.spend_per_day(conn, today - timedelta(days=PLOTTED_DAYS), today + timedelta(days=1))
        )
    return told


def _tell_days(
    context: dg.AssetExecutionContext,
    conn: psycopg.Connection[tuple[object, ...]],
    table: str,
    partitions: dg.PartitionKeyRange | None,
    details: telling.Metadata,
) -> None:
    """Rows on each day's partition, the whole story on the newest.

    A first backfill reads more days than the run stands for; those are recorded as materialised too.
    """
    key = names.raw_key(table)
    rows = facts.rows_of_run(conn, context.run.run_id, table)
    asked = _days(partitions)
    for day in asked:
        context.add_asset_metadata({"rows": rows.get(day, 0)}, asset_key=key, partition_key=day.isoformat())
    if asked:
        context.add_asset_metadata(details, asset_key=key, partition_key=asked[-1].isoformat())
    else:
        context.add_asset_metadata(details, asset_key=key)
    for day in sorted(set(rows) - set(asked)):
        context.log_event(dg.AssetMaterialization(key, partition=day.isoformat(), metadata={"rows": rows[day]}))


def _days(partitions: dg.PartitionKeyRange | None) -> Sequence[date]:
    if partitions is None:
        return []
    first, last = date.fromisoformat(partitions.start), date.fromisoformat(partitions.end)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
