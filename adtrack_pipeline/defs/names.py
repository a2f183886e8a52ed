"""Names that several definitions share: groups, owners, pools, keys, tags.

Does not belong here: anything that decides or computes.
"""

from typing import Final

import dagster as dg

from adtrack_pipeline.defs.instance.home import SANDBOX, is_sandbox
from adtrack_pipeline.settings import Settings

INGESTION: Final = "ingestion"
MARTS: Final = "marts"
MONITORING: Final = "monitoring"
ACCURACY: Final = "accuracy"
REPORTING: Final = "reporting"

OWNERS: Final = ["team:data"]

API_POOL: Final = "meta_api"
WRITE_POOL: Final = "warehouse_write"

SANDBOX_NOTE: Final = "**SANDBOX: simulated data, not a real ad account.**"

HOURLY_JOB: Final = "hourly_job"
NIGHTLY_JOB: Final = "nightly_restatement_job"
DAILY_JOB: Final = "daily_refresh_job"
BACKFILL_JOB: Final = "backfill_job"
RETENTION_JOB: Final = "retention_job"
INTAKE_JOB: Final = "intake_job"
WATCH_JOB: Final = "watch_job"


def raw_key(table: str) -> dg.AssetKey:
    """The key of a table in schema `raw`; keys equal schema and table everywhere."""
    return dg.AssetKey(["raw", str(table)])  # a report is an enum, which Dagster does not serialise


def marked(settings: Settings, description: str) -> str:
    """A description that says first when its data is simulated."""
    return f"{SANDBOX_NOTE}\n\n{description}" if is_sandbox(settings) else description


def kinds(settings: Settings, *own: str) -> set[str]:
    """The badges on an asset's node; the sandbox's badge is on every one."""
    return {*own, "postgres", SANDBOX} if is_sandbox(settings) else {*own, "postgres"}
