"""Accounts, campaigns, ad sets, ads, creatives and the change log from the API to `raw`.

Hourly only what changed since the last read; the full lists when asked, at first sight, or when the last
full read is older than a day. Only a full list may say that an object is gone.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from adtrack_pipeline.ingestion.accounts import each_account, wanted_ids
from adtrack_pipeline.ingestion.context import SyncContext, open_context
from adtrack_pipeline.ingestion.outcome import AccountOutcome, SyncSummary
from adtrack_pipeline.ingestion.progress import Progress
from adtrack_pipeline.platforms.base import Account, ObjectKind
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse.connect import Database

KINDS = (ObjectKind.CAMPAIGN, ObjectKind.ADSET, ObjectKind.AD, ObjectKind.CREATIVE)
FULL_EVERY = timedelta(hours=24)
OVERLAP = timedelta(minutes=15)  # clocks differ, and updated_time is when Meta wrote, not when it showed
ACTIVITIES = "activities"


async def sync_objects(
    settings: Settings,
    database: Database,
    *,
    run_id: str,
    full: bool = False,
    accounts: Sequence[str] = (),
    progress: Progress | None = None,
) -> SyncSummary:
    """Discover the accounts and read their objects and change logs, several accounts at once."""

    async def work(context: SyncContext, account: Account) -> list[AccountOutcome]:
        return await _sync_account(context, account, full)

    async with open_context(settings, database, run_id, progress) as context:
        found = await context.client.discover_accounts(wanted_ids(context, accounts))
        return await each_account(context, found, work)


async def _sync_account(context: SyncContext, account: Account, full: bool) -> list[AccountOutcome]:
    own = await _store_account(context, account)
    others = await asyncio.gather(
        *(_sync_kind(context, account, kind, full) for kind in KINDS), _sync_activities(context, account)
    )
    return [own, *(one for one in others if one is not None)]
