"""The assets `raw/predictions` and `raw/offline_conversions`: one op loads what the inbox holds for both.

Does not belong here: what the run page shows (`telling.py`), when it runs (`watching.py`).
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

import dagster as dg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import ddl
from adtrack_pipeline.defs.ingestion.tables import table_spec
from adtrack_pipeline.defs.intake.telling import check_results, check_specs, told
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.intake import TARGETS, IntakeError, LoadReport, Target, load_file
from adtrack_pipeline.intake.errors import UnreachableError
from adtrack_pipeline.intake.inbox import address, look
from adtrack_pipeline.intake.stores import shown
from adtrack_pipeline.intake.targets import target_of_folder
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import DatabaseError

INBOX = "inbox"
HOW = """{comment}

Three ways in: files in `{folder}/` of the inbox (`ADTRACK_INBOX`), which are loaded within a minute and stay where
they are; `adtrack {command} load FILE`; and inserting by SQL as `{role}`."""
_ROLES = {
    "predictions": ("predictions", "adtrack_predictor"),
    "offline_conversions": ("orders", "adtrack_orders"),
}


class IntakeConfig(dg.Config):
    """What a run loads: names below the inbox (`predictions/tonight.csv`); none: all that is there."""

    files: list[str] = []  # noqa: RUF012 - Dagster copies it


def build_intake(settings: Settings) -> dg.AssetsDefinition:
    """The asset definition behind both tables."""

    @dg.multi_asset(
        name="intake",
        specs=[_spec(settings, target) for target in TARGETS],
        check_specs=[spec for target in TARGETS for spec in check_specs(target)],
    )
    def intake(
        context: dg.AssetExecutionContext, config: IntakeConfig, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        inbox, unreachable = pipeline.settings.inbox_url, list[str]()
        try:
            files = config.files or [entry.name for entry in look(inbox)]
            reports = [_load(pipeline, inbox, name, context.run.run_id, unreachable) for name in files]
        except (DatabaseError, IntakeError) as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        for target in TARGETS:
            mine = [report for report in reports if report.target == target.name]
            if mine:
                yield dg.MaterializeResult(asset_key=names.raw_key(target.name), metadata=told(mine))
        with pipeline.connect() as conn:
            yield from check_results(conn, TARGETS)
        if unreachable:  # a run that failed is asked for again; what it did load is known then
            raise dg.Failure(" ".join(unreachable), allow_retries=False)

    return intake


def _spec(settings: Settings, target: Target) -> dg.AssetSpec:
    command, role = _ROLES[target.name]
    table = f"raw.{target.name}"
    text = HOW.format(comment=ddl.description(table), folder=target.folder, command=command, role=role)
    return table_spec(settings, table).replace_attributes(
        description=names.marked(settings, text), kinds=names.kinds(settings, INBOX), skippable=True
    )


def _load(pipeline: Pipeline, inbox: str, name: str, run_id: str, unreachable: list[str]) -> LoadReport:
    """One file; what is wrong with it alone is its report, and does not keep the others from being loaded."""
    target = target_of_folder(PurePosixPath(name).parts[0])
    if target is None:
        raise IntakeError(f"{name} is in no folder of the inbox: {', '.join(one.folder for one in TARGETS)}.")
    where = address(inbox, name)
    try:
        return load_file(pipeline.database, target, where, run_id=run_id)
    except IntakeError as error:
        if isinstance(error, UnreachableError):
            unreachable.append(str(error))
        return LoadReport(target.name, shown(where), "refused", error=str(error))
