"""Which ad accounts a sync is about, and running them side by side without one stopping another."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from adtrack_pipeline.ingestion.context import SyncContext
from adtrack_pipeline.ingestion.outcome import AccountOutcome, SyncSummary
from adtrack_pipeline.platforms.base import Account, ObjectKind
from adtrack_pipeline.platforms.meta import AccountsFound
from adtrack_pipeline.warehouse.load import stored_accounts


def wanted_ids(context: SyncContext, accounts: Sequence[str]) -> tuple[str, ...]:
    """The account ids asked for, or configured; empty means all the token can read."""
    asked = tuple(one.removeprefix("act_") for one in accounts)
    return asked or context.settings.meta_ad_account_id


async def known_accounts(context: SyncContext, accounts: Sequence[str]) -> AccountsFound:
    """Accounts as stored by the entity sync; the API is asked only about those not stored yet."""
    wanted = wanted_ids(context, accounts)
    async with await context.database.connect_async() as conn:
        stored = await stored_accounts(conn, wanted)
    missing = [one for one in wanted if one not in {account.account_id for account in stored}]
    if stored and not missing:
        return AccountsFound(accounts=stored, failed={})
    found = await context.client.discover_accounts(missing)
    return AccountsFound(accounts=[*stored, *found.accounts], failed=found.failed)


async def each_account(
    context: SyncContext,
    found: AccountsFound,
    work: Callable[[SyncContext, Account], Awaitable[list[AccountOutcome]]],
) -> SyncSummary:
    """Do the work for every account, a few at a time; accounts that could not be read are outcomes too."""
    gate = asyncio.Semaphore(context.settings.max_concurrent_accounts)

    async def guarded(account: Account) -> list[AccountOutcome]:
        async with gate:
            return await work(context, account)

    summary = SyncSummary()
    for account_id, error in found.failed.items():
        outcome = AccountOutcome(account_id, ObjectKind.ACCOUNT)
        outcome.fail(error)
        summary.outcomes.append(outcome)
    for outcomes in await asyncio.gather(*(guarded(account) for account in found.accounts)):
        summary.outcomes.extend(outcomes)
    return summary
