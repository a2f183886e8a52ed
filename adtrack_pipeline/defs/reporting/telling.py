"""What the run page of `ops/reports` shows: the newest reports with their files, key numbers, a chart."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.reporting.building import Built
from adtrack_pipeline.defs.reporting.keeping import Kept
from adtrack_pipeline.reporting import Report, numbers

SHOWN = 50


def told(
    built: Built, newest: Sequence[tuple[Kept, Mapping[str, Any]]], folder: Path
) -> dict[str, dg.MetadataValue]:
    """Counts, where the newest reports are, their key numbers, and a chart of what was just built."""
    rows: dict[str, dg.MetadataValue] = {"built now": dg.MetadataValue.int(len(built.reports))}
    if not newest:
        return rows | {
            "reports": dg.MetadataValue.text("None yet: the first one is due in the account's morning.")
        }
    first = newest[0][0].path(folder)
    rows["newest report"] = dg.MetadataValue.path(first)
    rows["open it"] = dg.MetadataValue.url(first.as_uri())
    rows["key numbers"] = dg.MetadataValue.md(table([_row(kept, data, folder) for kept, data in newest[:SHOWN]]))
    if built.reports and (picture := _picture(built.reports[-1])):
        rows["preview"] = dg.MetadataValue.md(picture)
    return rows


def _row(kept: Kept, data: Mapping[str, Any], folder: Path) -> dict[str, object]:
    currency = data.get("currency")
    return {
        "report": data.get("account_name"),
        "day": kept.report_date.isoformat(),
        "spend": numbers.money(data.get("total_spend"), currency),
        "revenue": numbers.money(data.get("total_revenue"), currency),
        "ROAS": numbers.value_text(data.get("overall_roas"), "ratio", None),
        "conversions": numbers.count(data.get("total_conversions")),
        "CPA": numbers.money(data.get("avg_cpa"), currency),
        "version": kept.version,
        "missing": " ".join(data.get("missing", ())),
        "file": str(kept.path(folder)),
    }


def _picture(report: Report) -> str | None:
    # Importing matplotlib takes a second: only a run that built something pays for it.
    from adtrack_pipeline.reporting.charts import draw_charts  # noqa: PLC0415

    charts = draw_charts(report.days, report.day, report.currency)
    if not charts:
        return None
    return f"![{charts[0].alt}](data:image/png;base64,{base64.b64encode(charts[0].png).decode()})"
