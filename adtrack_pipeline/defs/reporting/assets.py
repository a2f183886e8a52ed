"""The asset `ops/reports`: every account's daily report and the one over all, kept together with what sends them.

Belongs here: the op and its check. Does not belong here: which are due (`reporting/due.py`), building
(`building.py`), what the run page shows (`telling.py`).
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.tables import DAILY, table_spec
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.defs.reporting.building import Builder, Built
from adtrack_pipeline.defs.reporting.keeping import latest, page_of, write_missing_files
from adtrack_pipeline.defs.reporting.telling import told
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.settings import Settings

KEY = dg.AssetKey(["ops", "reports"])
CHECK = "every_due_report_built"
READS = ("account_metrics", "campaign_metrics", "creative_metrics", "creative_fatigue", "performance_alerts")
COMES_AFTER = ("alerts", "prediction_comparisons")
RECENT = timedelta(days=3)
DESCRIPTION = """The daily report per account and over all accounts: what people were sent, every version of it.

An account's report is due at its own morning (`ADTRACK_REPORT_HOUR`, 7) once yesterday's complete answer has been
read, at the latest three hours later with a note on what is missing; the one over all accounts after the last of
them. It is sent as the event `account.daily_report`: by e-mail as a page, to Slack as a summary, to machines as
numbers (`reports:` in `adtrack.policies.yaml` decides who gets which). The pages are under `/reports` of
this UI, and files under `reports/` in `ADTRACK_HOME`; `adtrack report` builds one of any day."""


def build_reports(settings: Settings) -> dg.AssetsDefinition:
    """The asset definition behind `ops/reports`."""

    @dg.multi_asset(
        name="reports",
        specs=[
            table_spec(settings, "ops.reports").replace_attributes(
                deps=[
                    *(dg.AssetKey(["ops", table]) for table in COMES_AFTER),
                    *(dg.AssetKey([names.MARTS, mart]) for mart in READS),
                ],
                group_name=names.REPORTING,
                description=names.marked(settings, DESCRIPTION),
                kinds=names.kinds(settings, "python"),
                freshness_policy=DAILY,
            )
        ],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=KEY, description="Every report that was due could be built.")],
        pool=names.WRITE_POOL,
    )
    def reports(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        now, settings = clock.now(), pipeline.settings
        folder = settings.reports_dir
        try:
            with pipeline.connect() as conn:
                built = Builder(conn, settings, now).build_due()
                write_missing_files(conn, folder, now - RECENT)
                newest = latest(conn, now - RECENT)
                page = page_of(conn, newest[0][0]) if newest else ""
        except PoliciesError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        metadata = told(built, newest, page, folder, settings.ui_url or "")
        yield dg.MaterializeResult(asset_key=KEY, metadata=metadata)
        yield _check(built)

    return reports


def _check(built: Built) -> dg.AssetCheckResult:
    said = " ".join(f"Account {account} has no report: {why}." for account, why in built.failed.items())
    return dg.AssetCheckResult(passed=not built.failed, check_name=CHECK, asset_key=KEY, description=said or None)
