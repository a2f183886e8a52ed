"""One piece of work for one account: its row in `ops.sync_runs`, and no error that reaches other accounts."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adtrack_pipeline.ingestion.context import SyncContext
from adtrack_pipeline.ingestion.outcome import AccountOutcome
from adtrack_pipeline.platforms.base import Account, PlatformError
from adtrack_pipeline.warehouse import DatabaseError
from adtrack_pipeline.warehouse.load import SyncLog


@asynccontextmanager
async def recorded(context: SyncContext, account: Account, report: str) -> AsyncIterator[AccountOutcome]:
    """Log start and end; turn a platform's or the warehouse's error into the outcome of this account alone.

    Anything else is a mistake in the program and stops the run.
    """
    outcome = AccountOutcome(account.account_id, report, account.name, account.currency)
    name = account.name or account.account_id
    started = time.monotonic()
    log = SyncLog(context.database)
    sync_id = await log.start(context.run_id, account.account_id, report)
    try:
        yield outcome
    except (PlatformError, DatabaseError) as error:
        outcome.fail(error)
    except BaseException as error:
        outcome.fail(RuntimeError(f"Stopped by {type(error).__name__}."))
        raise
    finally:
        outcome.seconds = time.monotonic() - started
        context.progress.update(name, report, state=outcome.outcome)
        await log.finish(sync_id, outcome)
