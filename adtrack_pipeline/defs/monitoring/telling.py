"""What the run page of `ops/alerts` shows: counts, a table, charts of the evidence. Does not decide anything."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.monitoring.judging import Judged
from adtrack_pipeline.notify.alerts import AlertChanges
from adtrack_pipeline.notify.alerts.people import Filter
from adtrack_pipeline.notify.chart import evidence_png
from adtrack_pipeline.wording import money

SHOWN, DRAWN = 30, 3
# What people are told about: what another alert, a silence or a snooze covers is left out.
TOLD = Filter(only_told=True, limit=100_000)
DRAWABLE = Filter(only_told=True, with_evidence=True, limit=2 * DRAWN)


@dataclass(frozen=True)
class Scanned:
    """A scan, and what became of the alerts."""

    judged: Judged
    changes: AlertChanges


def told(
    scanned: Sequence[Scanned], alerts: Sequence[Mapping[str, Any]], drawable: Sequence[Mapping[str, Any]]
) -> dict[str, dg.MetadataValue]:
    """What people are told about, the worst first, with charts of the first of them.

    Args:
        scanned: what was looked at.
        alerts: `list_alerts` of `TOLD`, in its order.
        drawable: the first of them with their evidence (`DRAWABLE`).
    """
    rows: dict[str, dg.MetadataValue] = {"alerts that people are told of": dg.MetadataValue.int(len(alerts))}
    for each in scanned:
        counts = {name: count for name, count in each.changes.counts.items() if count}
        said = ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing new"
        rows[each.judged.scan.source] = dg.MetadataValue.text(f"{len(each.judged.scan.accounts)} judged; {said}")
    if alerts:
        rows["worst first"] = dg.MetadataValue.md(table([_row(one) for one in alerts[:SHOWN]]))
    pictures = [picture for one in drawable if (picture := _picture(one))]
    if pictures:
        rows["evidence"] = dg.MetadataValue.md("\n\n".join(pictures[:DRAWN]))
    return rows


def _row(alert: Mapping[str, Any]) -> dict[str, object]:
    amount = alert["money_at_stake"]
    return {
        "severity": alert["severity"],
        "type": alert["alert_type"],
        "about": alert["level"],
        "message": alert["message"],
        "at stake": money(amount, alert["currency"]) if amount else "",
    }


def _picture(alert: Mapping[str, Any]) -> str | None:
    series = (alert["evidence"] or {}).get("series")
    name = alert["object_name"] or alert["object_id"]
    png = evidence_png(series, title=f"{alert['metric']} of {name}", unit="") if series else None
    return f"![{alert['alert_type']}](data:image/png;base64,{base64.b64encode(png).decode()})" if png else None
