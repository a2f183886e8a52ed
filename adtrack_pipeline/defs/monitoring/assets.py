"""The asset `ops/alerts`: what holds now, as alerts with a life, written together with the events about them.

Belongs here: the op and what its run page shows. Does not belong here: judging (`judging.py`).
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from adtrack_pipeline import clock
from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.ingestion.tables import HOURLY, table_spec
from adtrack_pipeline.defs.monitoring.judging import Judged, judge_all
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.alerts import AlertChanges, alert_options, apply_scan
from adtrack_pipeline.notify.chart import evidence_png
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.wording import money

KEY = dg.AssetKey(["ops", "alerts"])
CHECK = "every_account_judged"
READS = ("ad_performance_hourly", "ad_performance_daily", "campaign_metrics", "account_metrics")
SHOWN, DRAWN = 30, 3
DESCRIPTION = """Incidents and crossed lines, one row per incident and object however many hours it lasts.

Every hour the marts are judged twice: *detection* compares each ad with its own past (counts, over-dispersion,
shape of the week, late conversions) and rolls up to campaign and account; *policies* holds thresholds, budgets,
pacing and data health against the rules in `adtrack.policies.yaml`. What is worth a message goes out through the
channels; `marts.performance_alerts` shows all of it."""


@dataclass(frozen=True)
class _Scanned:
    judged: Judged
    changes: AlertChanges


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
        pipeline.keep_alive(context.run_id)
        options = alert_options(pipeline.settings)
        try:
            with pipeline.connect() as conn:
                scanned = [
                    _Scanned(judged, apply_scan(conn, judged.scan, judged.conditions, options))
                    for judged in judge_all(conn, pipeline.settings, clock.now())
                ]
        except PoliciesError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        yield dg.MaterializeResult(asset_key=KEY, metadata=_metadata(scanned))
        yield _check(scanned)

    return alerts


def _check(scanned: Sequence[_Scanned]) -> dg.AssetCheckResult:
    failed = {account: why for one in scanned for account, why in one.judged.failed.items()}
    said = " ".join(f"Account {account} could not be judged: {why}." for account, why in failed.items())
    return dg.AssetCheckResult(passed=not failed, check_name=CHECK, asset_key=KEY, description=said or None)


def _metadata(scanned: Sequence[_Scanned]) -> dict[str, dg.MetadataValue]:
    held = [one for each in scanned for one in each.judged.conditions if one.pages]
    held.sort(key=lambda one: (-one.severity.rank, -(one.money_at_stake or 0.0)))
    rows: dict[str, dg.MetadataValue] = {"messages that hold": dg.MetadataValue.int(len(held))}
    for each in scanned:
        counts = {name: count for name, count in each.changes.counts.items() if count}
        said = ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing new"
        rows[each.judged.scan.source] = dg.MetadataValue.text(f"{len(each.judged.scan.accounts)} judged; {said}")
    if held:
        rows["worst first"] = dg.MetadataValue.md(table([_row(one) for one in held[:SHOWN]]))
    pictures = [picture for one in held[: 2 * DRAWN] if (picture := _picture(one))]
    if pictures:
        rows["evidence"] = dg.MetadataValue.md("\n\n".join(pictures[:DRAWN]))
    return rows


def _row(condition: Condition) -> dict[str, object]:
    stake = money(condition.money_at_stake, condition.currency) if condition.money_at_stake else ""
    return {
        "severity": condition.severity.value,
        "type": condition.alert_type,
        "about": condition.subject.level.value,
        "message": condition.message,
        "at stake": stake,
    }


def _picture(condition: Condition) -> str | None:
    series = condition.evidence.get("series")
    name = condition.subject.name or condition.subject.object_id
    png = evidence_png(series, title=f"{condition.metric} of {name}", unit="") if series else None
    return f"![{condition.alert_type}](data:image/png;base64,{base64.b64encode(png).decode()})" if png else None
