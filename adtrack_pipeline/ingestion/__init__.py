"""From an ad platform's API to `raw`: what to read now, for which accounts, and how one failure stays alone.

Belongs here: planning windows, moving pages from a client to a loader, recording outcomes. Does not belong here:
HTTP (platforms), SQL (warehouse), Dagster (defs).
"""

from adtrack_pipeline.ingestion.insights import ALL_REPORTS, sync_insights
from adtrack_pipeline.ingestion.objects import sync_objects
from adtrack_pipeline.ingestion.outcome import AccountOutcome, SyncSummary
from adtrack_pipeline.ingestion.progress import Progress

__all__ = ["ALL_REPORTS", "AccountOutcome", "Progress", "SyncSummary", "sync_insights", "sync_objects"]
