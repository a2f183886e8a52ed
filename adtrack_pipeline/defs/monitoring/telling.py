"""What the run page of `ops/alerts` shows: counts, a table, charts of the evidence. Does not decide anything."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.monitoring.judging import Judged
from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.notify.alerts import AlertChanges
from adtrack_pipeline.notify.chart import evidence_png
from adtrack_pipeline.wording import money

SHOWN, DRAWN = 30, 3


@dataclass(frozen=True)
class Scanned:
    """A scan, and what became of the alerts."""

    judged: Judged
    changes: AlertChanges


def told(scanned: Sequence[Scanned]) -> dict[str, dg.MetadataValue]:
    """What holds, the worst first, with charts of the first of them."""
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
