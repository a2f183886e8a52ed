"""The specs of the raw tables: which asset is which table, and what people read about it."""

from datetime import timedelta

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import ddl
from adtrack_pipeline.platforms.base import ObjectKind, Report
from adtrack_pipeline.settings import Settings

OBJECT_TABLES = (*(str(kind) for kind in ObjectKind), "activities", "object_history")
REVISIONS = "insight_revisions"
INSIGHT_TABLES = (*(str(report) for report in Report), REVISIONS)
# Filled by people or on the side of the loads: Dagster shows them and does not make them.
OTHER_TABLES = (
    "raw.conversion_rules",
    "raw.campaign_groups",
    "raw.attribution_settings",
    "raw.fx_rates",
    "raw.pages",
    "raw.rejected_rows",
    "raw.thumbnails",
    "ops.alert_silences",
    "ops.fx_rate_days",
    "ops.insight_coverage",
    "ops.intake_files",
    "ops.model_changes",
    "ops.model_watermarks",
)
PEOPLE_FILL = {
    "raw.attribution_settings",
    "raw.campaign_groups",
    "raw.conversion_rules",
    "raw.fx_rates",
}

HOURLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3), warn_window=timedelta(minutes=90))
DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def table_spec(settings: Settings, table: str) -> dg.AssetSpec:
    """One `schema.table`: description and columns from its migration."""
    return dg.AssetSpec(
        dg.AssetKey(table.split(".")),
        description=names.marked(settings, ddl.description(table)),
        group_name=names.INGESTION,
        owners=names.OWNERS,
        kinds=names.kinds(settings, "meta"),
        metadata={
            "dagster/table_name": table,
            "dagster/column_schema": ddl.column_schema(table),
        },
    )


def object_specs(settings: Settings) -> list[dg.AssetSpec]:
    """Accounts, campaigns, ad sets, ads, creatives, the change log, the history of all of them."""
    return [
        table_spec(settings, f"raw.{table}").replace_attributes(freshness_policy=HOURLY) for table in OBJECT_TABLES
    ]


def insight_specs(settings: Settings, days: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """The insight reports, partitioned by account-local day, and what they replaced."""
    return [
        table_spec(settings, f"raw.{table}").replace_attributes(
            freshness_policy=HOURLY,
            partitions_def=days,
            deps=[names.raw_key(ObjectKind.ACCOUNT)],
        )
        for table in INSIGHT_TABLES
    ]


def other_specs(settings: Settings) -> list[dg.AssetSpec]:
    """Tables that no asset materialises."""
    return [
        table_spec(settings, table).replace_attributes(
            kinds=names.kinds(settings, *(["manual"] if table in PEOPLE_FILL else []))
        )
        for table in OTHER_TABLES
        if not (settings.ecb and table == "raw.fx_rates")  # an asset of its own then
    ]
