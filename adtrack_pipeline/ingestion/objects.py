"""Accounts, campaigns, ad sets, ads, creatives and the change log from the API to `raw`.

Hourly only what changed since the last read; the full lists when asked, at first sight, or when the last
full read is older than a day. Only a full list may say that an object is gone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg

from adtrack_pipeline import clock
from adtrack_pipeline.ingestion.accounts import each_account, wanted_ids
from adtrack_pipeline.ingestion.context import SyncContext, open_context
from adtrack_pipeline.ingestion.outcome import AccountOutcome, SyncSummary
from adtrack_pipeline.ingestion.progress import Progress
from adtrack_pipeline.ingestion.recording import recorded
from adtrack_pipeline.ingestion.thumbnails import keep_thumbnails
from adtrack_pipeline.platforms.base import Account, ObjectKind
from adtrack_pipeline.platforms.meta import AccountsFound
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load import (
    LoadResult,
    get_state,
    load_activities,
    load_objects,
    put_state,
    withdraw_unlisted_accounts,
)

LISTS = (ObjectKind.CAMPAIGN, ObjectKind.ADSET, ObjectKind.AD, ObjectKind.CREATIVE)
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
        started = clock.now()
        wanted = wanted_ids(context, accounts)
        found = await context.client.discover_accounts(wanted)
        summary = await each_account(context, found, work)
        if not wanted and found.accounts:
            summary.outcomes.extend(await _withdraw_missing(context, found, started))
        return summary


async def _withdraw_missing(context: SyncContext, found: AccountsFound, started: datetime) -> list[AccountOutcome]:
    """Accounts the token no longer lists: told once as failures, then left alone."""
    listed = [*(account.account_id for account in found.accounts), *found.failed]
    async with _connection(context) as conn:
        gone = await withdraw_unlisted_accounts(conn, listed, started)
    return [
        AccountOutcome(
            account_id,
            ObjectKind.ACCOUNT,
            name,
            outcome="failed",
            needs_a_person=True,
            error=f"The token no longer lists account {account_id}, so it is not read any more: give the token's "
            "user a role on it again, or take this as its end. What was read stays.",
        )
        for account_id, name in gone
    ]


async def _sync_account(context: SyncContext, account: Account, full: bool) -> list[AccountOutcome]:
    own = await _sync_kind(context, account, ObjectKind.ACCOUNT, full)
    lists = await asyncio.gather(
        *(_sync_kind(context, account, kind, full) for kind in LISTS), _sync_activities(context, account)
    )
    if context.settings.thumbnails:
        await keep_thumbnails(context, account)
    return [own, *lists]


async def _sync_kind(context: SyncContext, account: Account, kind: ObjectKind, full: bool) -> AccountOutcome:
    async with recorded(context, account, kind) as outcome, _connection(context) as conn:
        started = clock.now()
        memory = await get_state(conn, account.account_id, kind) or {}
        since = None if full else _read_on_from(memory, started)
        pages = context.client.objects(account, kind, updated_since=since, stats=outcome.stats)
        result = await load_objects(
            conn, account.account_id, kind, pages, started, context.run_id, complete=since is None
        )
        last_full = started.isoformat() if since is None else memory["last_full"]
        await put_state(
            conn, account.account_id, kind, {"read_until": started.isoformat(), "last_full": last_full}
        )
        _count(context, outcome, result, account, started)
    return outcome


def _read_on_from(memory: dict[str, str], now: datetime) -> datetime | None:
    """From when changes are asked for; None when the full list is due."""
    if not memory or not timedelta(0) <= now - datetime.fromisoformat(memory["last_full"]) < FULL_EVERY:
        return None
    return datetime.fromisoformat(memory["read_until"]) - OVERLAP


async def _sync_activities(context: SyncContext, account: Account) -> AccountOutcome:
    async with recorded(context, account, ACTIVITIES) as outcome, _connection(context) as conn:
        started = clock.now()
        memory = await get_state(conn, account.account_id, ACTIVITIES)
        first = started - timedelta(days=context.settings.initial_days)
        since = datetime.fromisoformat(memory["read_until"]) - OVERLAP if memory else first
        pages = context.client.activities(account, min(since, started), started, stats=outcome.stats)
        result = await load_activities(conn, account.account_id, pages, started, context.run_id)
        await put_state(conn, account.account_id, ACTIVITIES, {"read_until": started.isoformat()})
        _count(context, outcome, result, account, started)
    return outcome


def _count(
    context: SyncContext, outcome: AccountOutcome, result: LoadResult, account: Account, started: datetime
) -> None:
    context.progress.update(account.name or account.account_id, outcome.report, rows=result.rows_fetched)
    day = clock.local_day(account.timezone_name, started)
    outcome.add(result, day, day)


@asynccontextmanager
async def _connection(context: SyncContext) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await context.database.connect_async() as conn:
        yield conn
