"""From verdicts to Dagster's check specs and results."""

import dagster as dg

from adtrack_pipeline.defs.drawing import table
from adtrack_pipeline.defs.ingestion.health import Verdict


def check_result(name: str, key: dg.AssetKey, verdict: Verdict) -> dg.AssetCheckResult:
    """ERROR when people must act, WARN when the next run may mend it."""
    metadata: dict[str, dg.MetadataValue] = {"lines": dg.MetadataValue.int(len(verdict.lines))}
    if verdict.lines:
        metadata["details"] = dg.MetadataValue.md(table(verdict.lines))
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.needs_people else dg.AssetCheckSeverity.WARN,
        description=verdict.sentence,
        metadata=metadata,
    )
