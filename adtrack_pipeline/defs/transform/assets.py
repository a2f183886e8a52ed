"""The dbt project as one op: models are assets, tests are checks."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import psycopg
from dagster_dbt import DbtCliInvocation, DbtProject, dbt_assets

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.facts import table_rows
from adtrack_pipeline.defs.instance.home import environment
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.transform.arguments import TransformConfig, dbt_arguments
from adtrack_pipeline.defs.transform.dbt import Dbt
from adtrack_pipeline.defs.transform.healing import build_missing, missing_tables
from adtrack_pipeline.defs.transform.project import PROJECT_DIR, build_folder
from adtrack_pipeline.defs.transform.translator import Translator
from adtrack_pipeline.settings import Settings

SHOWN_FAILURES = 10
SHOWN_CHARACTERS = 300


def build_transform(settings: Settings, manifest_path: Path) -> dg.AssetsDefinition:
    """The asset definition of all models."""
    manifest = orjson.loads(manifest_path.read_bytes())
    project = DbtProject(project_dir=PROJECT_DIR, profiles_dir=PROJECT_DIR, target_path=manifest_path.parent)

    @dbt_assets(
        name="transform",
        manifest=manifest,
        project=project,
        dagster_dbt_translator=Translator(settings),
        pool=names.WRITE_POOL,
    )
    def transform(
        context: dg.AssetExecutionContext,
        config: TransformConfig,
        dbt: Dbt,
        pipeline: dg.ResourceParam[Pipeline],
    ) -> Iterator[Any]:
        pipeline.keep_alive(context.run.run_id)
        # dbt's process finds the warehouse by these, whoever started this one.
        os.environ.update(environment(pipeline.settings, pipeline.database))
        with (
            pipeline.building_marts() as conn,
            build_folder(pipeline.settings, context.run.run_id, reusable=not config.daily) as folder,
        ):
            if gone := missing_tables(conn, manifest, context.selected_asset_keys):
                context.log.warning(f"Dropped since the last build, and built anew: {', '.join(gone)}.")
                build_missing(dbt, manifest, gone, folder)
            invocation = dbt.cli(dbt_arguments(config), context=context, target_path=folder, raise_on_error=False)
            yield from _built(context, conn, invocation)

    return transform


def _built(
    context: dg.AssetExecutionContext, conn: psycopg.Connection[Any], invocation: DbtCliInvocation
) -> Iterator[Any]:
    """Dagster's events for what dbt does, as it does it.

    Raises:
        dagster.Failure: after everything was told, naming the models and tests that failed.
    """
    failed: list[str] = []
    for event in invocation.stream_raw_events():
        if sentence := _failure(event.raw_event):
            failed.append(sentence)
        told = event.to_default_asset_events(
            manifest=invocation.manifest,
            dagster_dbt_translator=invocation.dagster_dbt_translator,
            context=context,
            target_path=invocation.target_path,
            project=invocation.project,
        )
        for one in told:
            if isinstance(one, dg.Output):
                yield one.with_metadata({**one.metadata, **_model_metadata(conn, event.raw_event["data"])})
            else:
                yield one
    if failed:
        sentences = " ".join(failed[:SHOWN_FAILURES])
        raise dg.Failure(f"dbt: {len(failed)} failed. {sentences}", allow_retries=False)
    if error := invocation.get_error():
        raise dg.Failure(str(error))


def _failure(event: Mapping[str, Any]) -> str | None:
    """A sentence for a failed test or a model that could not be built; None for any other event."""
    data = event["data"]
    if event["info"]["name"] == "LogTestResult" and data["status"] == "fail":
        return f"Test {data['name']} found {data['num_failures']} rows."
    if event["info"]["name"] == "RunResultError":
        return " ".join(str(data["msg"]).split())[:SHOWN_CHARACTERS]
    return None


def _model_metadata(conn: psycopg.Connection[Any], data: Mapping[str, Any]) -> dict[str, dg.MetadataValue]:
    """Rows the statement touched and rows there are; a view has neither."""
    node = data["node_info"]
    if node.get("materialized") == "view":
        return {}
    touched = str(data.get("status", "")).rsplit(" ", 1)[-1]
    relation = node["node_relation"]
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(table_rows(conn, f"{relation['schema']}.{relation['alias']}"))
    }
    return metadata | ({"rows touched": dg.MetadataValue.int(int(touched))} if touched.isdigit() else {})
