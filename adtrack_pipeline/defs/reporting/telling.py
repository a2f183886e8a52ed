"""What the run page of `ops/reports` shows: the newest reports with their files, key numbers, a chart."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.reporting.building import Built
from adtrack_pipeline.defs.reporting.keeping import Kept
from adtrack_pipeline.reporting import numbers

SHOWN = 50
CHART = re.compile(r'src="(data:image/png;base64,[A-Za-z0-9+/=]+)" alt="(Spend[^"<>]*)"')


def told(
    built: Built, newest: Sequence[tuple[Kept, Mapping[str, Any]]], page: str, folder: Path, ui_url: str = ""
) -> dict[str, dg.MetadataValue]:
    """Counts, where the newest reports are, their key numbers, and a chart.

    Args:
        built: by this run.
        newest: the newest report of each account and of all, that one first, with its numbers.
        page: HTML of the first of them; "" without any.
        folder: where their files are.
        ui_url: the UI's address; "" makes links that follow from whichever address it is opened at.
    """
    rows: dict[str, dg.MetadataValue] = {"built now": dg.MetadataValue.int(len(built.reports))}
    if not newest:
        return rows | {
            "reports": dg.MetadataValue.text("None yet: the first one is due in the account's morning.")
        }
    first = newest[0][0]
    rows["newest report"] = dg.MetadataValue.url(f"{ui_url}/reports/{first.report_id}")
    rows["all reports"] = dg.MetadataValue.url(f"{ui_url}/reports")
    rows["its file"] = dg.MetadataValue.path(first.path(folder))
    rows["key numbers"] = dg.MetadataValue.md(table([_row(kept, data, folder) for kept, data in newest[:SHOWN]]))
    if picture := _picture(page):
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


def _picture(page: str) -> str | None:
    """The page's first chart as markdown: drawn once, when the report was built."""
    found = CHART.search(page)
    return f"![{found[2]}]({found[1]})" if found else None
