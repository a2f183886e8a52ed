"""What the run page of an intake shows, and its checks. Decides nothing about rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import psycopg

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.intake import LoadReport, Target

TAKEN_WHOLE, PLAUSIBLE = "files_taken_whole", "files_plausible"
SHOWN = 30
DAYS = 7
COUNTS = {
    "rows read": "read",
    "rows loaded": "loaded",
    "new versions among them": "versions",
    "rows unchanged": "unchanged",
    "rows rejected": "rejected",
}

# A file that was handed in again under its name, corrected, is what counts.
_NEWEST = """
    select file_name, outcome, rows_rejected, warnings, error from (
        select distinct on (file_name) * from ops.intake_files
        where target = %s and finished_at > now() - make_interval(days => %s)
        order by file_name, finished_at desc
    ) as newest
    where outcome <> 'loaded' or warnings <> '{}' order by finished_at desc
"""


def told(reports: Sequence[LoadReport]) -> dict[str, dg.MetadataValue]:
    """Counts, a line per file, the most frequent mistakes, warnings."""
    rows: dict[str, dg.MetadataValue] = {
        "files": dg.MetadataValue.int(len(reports)),
        **{
            label: dg.MetadataValue.int(sum(getattr(one, name) for one in reports))
            for label, name in COUNTS.items()
        },
        "per file": dg.MetadataValue.md(table([_line(one) for one in reports[:SHOWN]])),
    }
    reasons = Counter({reason.what: 0 for one in reports for reason in one.reasons})
    for one in reports:
        reasons.update({reason.what: reason.rows for reason in one.reasons})
    if reasons:
        worst = [{"rows": count, "mistake": what} for what, count in reasons.most_common(SHOWN)]
        rows["worst mistakes"] = dg.MetadataValue.md(table(worst))
    if warnings := [{"file": one.file_name, "warning": said} for one in reports for said in one.warnings]:
        rows["warnings"] = dg.MetadataValue.md(table(warnings[:SHOWN]))
    return rows


def check_specs(target: Target) -> list[dg.AssetCheckSpec]:
    """The checks of a target."""
    key = names.raw_key(target.name)
    return [
        dg.AssetCheckSpec(
            TAKEN_WHOLE, asset=key, description=f"No file of the last {DAYS} days was refused, and no row in it."
        ),
        dg.AssetCheckSpec(
            PLAUSIBLE, asset=key, description="Units, objects and dates of these files look as they should."
        ),
    ]


def check_results(conn: psycopg.Connection[Any], targets: Sequence[Target]) -> Iterator[dg.AssetCheckResult]:
    """Of all files of the last days, not only of this run's; warnings, since the good rows are in."""
    for target in targets:
        rows = conn.execute(_NEWEST, [target.name, DAYS]).fetchall()
        refused = [
            {"file": name, "rejected rows": rejected, "refused": error}
            for name, outcome, rejected, _, error in rows
            if outcome != "loaded"
        ]
        doubtful = [{"file": name, "warning": said} for name, _, _, warnings, _ in rows for said in warnings]
        yield _result(TAKEN_WHOLE, target, refused, "{} files were not taken whole; raw.rejected_rows tells why.")
        yield _result(PLAUSIBLE, target, doubtful, "{} things about these files look wrong.")


def _result(name: str, target: Target, lines: Sequence[dict[str, Any]], words: str) -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {"lines": dg.MetadataValue.int(len(lines))}
    if lines:
        metadata["details"] = dg.MetadataValue.md(table(lines[:SHOWN]))
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=names.raw_key(target.name),
        passed=not lines,
        severity=dg.AssetCheckSeverity.WARN,
        description=words.format(len(lines)) if lines else None,
        metadata=metadata,
    )


def _line(report: LoadReport) -> dict[str, object]:
    return {
        "file": report.file_name,
        "outcome": report.outcome,
        "read": report.read,
        "loaded": report.loaded,
        "new versions": report.versions,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "refused": report.error,
    }
