"""The op that fetches the ECB's rates, and its check. Exists only with ADTRACK_ECB=true: no network unasked."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.tables import DAILY, table_spec
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.fx import STALE_DAYS, FxError, downloaded, load_rates, wanted_rates
from adtrack_pipeline.intake import IntakeError, LoadReport
from adtrack_pipeline.intake.stores import shown
from adtrack_pipeline.settings import Settings

KEY = names.raw_key("fx_rates")
CHECK = "rates_are_fresh"
_NEWEST = "select max(rate_date) from raw.fx_rates where source = 'ecb'"


def build_rates(settings: Settings) -> dg.AssetsDefinition | None:
    """The asset definition behind `raw/fx_rates`; None where nobody asked for it."""
    if not settings.ecb:
        return None

    @dg.multi_asset(
        name="rates",
        specs=[
            table_spec(settings, "raw.fx_rates").replace_attributes(
                kinds=names.kinds(settings, "ecb"), freshness_policy=DAILY
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=KEY,
                description=f"The ECB answered, and its newest rate is at most {STALE_DAYS} days old.",
            )
        ],
        pool=names.WRITE_POOL,
    )
    def rates(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        try:
            report = _fetch(pipeline, context.run.run_id)
        except (FxError, IntakeError) as error:
            # A failed step would keep the marts of the day from being built; the rates of yesterday still hold.
            report = LoadReport("fx_rates", shown(pipeline.settings.ecb_url), "refused", error=str(error))
            context.log.warning(str(error))
        with pipeline.connect() as conn:
            [newest] = conn.execute(_NEWEST).fetchone() or (None,)
        yield dg.MaterializeResult(asset_key=KEY, metadata=_told(report, newest))
        yield _check(report, newest, clock.now().date())

    return rates


def _fetch(pipeline: Pipeline, run_id: str) -> LoadReport:
    url = pipeline.settings.ecb_url
    with downloaded(url) as copy:
        options = wanted_rates(pipeline.settings, name=shown(url))
        return load_rates(pipeline.database, copy, options, run_id=run_id)


def _told(report: LoadReport, newest: date | None) -> dict[str, Any]:
    counts = {"rates loaded": report.loaded, "rates corrected": report.versions, "lines rejected": report.rejected}
    told = {"outcome": report.outcome, "newest day": str(newest or "none"), **counts}
    if notes := [*report.warnings, *([report.error] if report.error else [])]:
        told["notes"] = "\n".join(notes)
    return told


def _check(report: LoadReport, newest: date | None, today: date) -> dg.AssetCheckResult:
    is_stale = newest is None or (today - newest).days > STALE_DAYS
    said = report.error or (f"The newest rate is of {newest}." if is_stale else None)
    return dg.AssetCheckResult(
        passed=report.outcome != "refused" and not is_stale, check_name=CHECK, asset_key=KEY, description=said
    )
