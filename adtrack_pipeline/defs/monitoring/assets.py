"""The asset `ops/alerts`: what holds now, as alerts with a life, written together with the events about them.

Belongs here: the op and its check. Does not belong here: judging (`judging.py`), what the run page shows
(`telling.py`).
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.tables import HOURLY, table_spec
from adtrack_pipeline.defs.monitoring.judging import judge_all
from adtrack_pipeline.defs.monitoring.telling import DRAWABLE, TOLD, Scanned, told
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.alerts import alert_options, apply_scan
from adtrack_pipeline.notify.alerts.people import list_alerts
from adtrack_pipeline.settings import Settings

KEY = dg.AssetKey(["ops", "alerts"])
CHECK = "every_account_judged"
READS = ("ad_performance_hourly", "ad_performance_daily", "campaign_metrics", "account_metrics")
DESCRIPTION = """Incidents and crossed lines, one row per incident and object however many hours it lasts.

Every hour the marts are judged twice: *detection* compares each ad with its own past (counts, over-dispersion,
shape of the week, late conversions) and rolls up to campaign and account; *policies* holds thresholds, budgets,
pacing and data health against the rules in `adtrack.policies.yaml`. What is worth a message goes out through the
channels; `marts.performance_alerts` shows all of it."""


def build_alerts(settings: Settings) -> dg.AssetsDefinition:
    """The asset definition behind `ops/alerts`."""

    @dg.multi_asset(
        name="alerts",
        specs=[
            table_spec(settings, "ops.alerts").replace_attributes(
                deps=[dg.AssetKey([names.MARTS, mart]) for mart in READS],
                group_name=names.MONITORING,
                description=names.marked(settings, DESCRIPTION),
                kinds=names.kinds(settings, "python"),
                freshness_policy=HOURLY,
            )
        ],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=KEY, description="Detection could judge every account.")],
        pool=names.WRITE_POOL,
    )
    def alerts(
        context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        pipeline.keep_alive(context.run.run_id)
        settings, now = pipeline.settings, clock.now()
        try:
            with pipeline.connect() as conn:
                scanned = [
                    Scanned(judged, apply_scan(conn, judged.scan, judged.conditions, alert_options(settings)))
                    for judged in judge_all(conn, settings, now)
                ]
                found = [list_alerts(conn, one, settings.reporting_currency, now) for one in (TOLD, DRAWABLE)]
        except PoliciesError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        yield dg.MaterializeResult(asset_key=KEY, metadata=told(scanned, *found))
        yield _check(scanned)

    return alerts


def _check(scanned: Sequence[Scanned]) -> dg.AssetCheckResult:
    failed = {account: why for one in scanned for account, why in one.judged.failed.items()}
    said = " ".join(f"Account {account} could not be judged: {why}." for account, why in failed.items())
    return dg.AssetCheckResult(passed=not failed, check_name=CHECK, asset_key=KEY, description=said or None)
