"""What all loads share: a connection of their own, the start of a publishing transaction, and their result."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from weakref import WeakSet

import psycopg
from psycopg.pq import TransactionStatus

from adtrack_pipeline.platforms.base import RejectedRow
from adtrack_pipeline.warehouse.load.copying import ARCHIVE_LEVEL, Connection, PageOrigin, archive_page
from adtrack_pipeline.warehouse.load.errors import LoadError, clear_errors
from adtrack_pipeline.warehouse.load.quarantine import stage_rejected
from adtrack_pipeline.warehouse.load.tokens import PUBLISHING, check_token

_busy: WeakSet[Connection] = WeakSet()


@dataclass(frozen=True)
class LoadResult:
    """What one committed load held and did. Money in the account's currency, major units.

    `rows_fetched` are the different rows of the answer, `rows_changed` those stored anew or with new values,
    `rows_withdrawn` stored rows the answer no longer has (all of them if a complete answer was empty),
    `days_superseded` days left alone because a later request had answered them already.
    """

    rows_fetched: int = 0
    rows_changed: int = 0
    rows_withdrawn: int = 0
    rows_rejected: int = 0
    days_superseded: int = 0
    spend: Decimal = Decimal(0)
    conversions: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)


@asynccontextmanager
async def exclusive(conn: Connection) -> AsyncIterator[None]:
    """Keep a connection for one load: its temporary tables hold the rows.

    Meanwhile it is in autocommit mode, so that a page costs few round trips, and pages do not wait for the disk:
    the commit that publishes them flushes the log, and with it everything before.

    Raises:
        LoadError: another load uses it, or it has a transaction open (nothing would be committed).
    """
    in_transaction = conn.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}
    if conn in _busy or in_transaction:
        raise LoadError("A load needs a connection of its own, without an open transaction.")
    was_autocommit = conn.autocommit
    _busy.add(conn)
    try:
        with clear_errors("starting a load"):
            await conn.set_autocommit(True)
            await conn.execute("set synchronous_commit = off")
        yield
    finally:
        _busy.discard(conn)
        with suppress(psycopg.Error):  # the outcome of the load is decided; a lost connection needs no settings
            await conn.execute("reset synchronous_commit")
            await conn.set_autocommit(was_autocommit)


async def stage_page(
    conn: Connection, origin: PageOrigin, rejected: Sequence[RejectedRow], row_count: int, body: bytes
) -> None:
    """Stage a page's refused rows and archive its body."""
    await stage_rejected(conn, rejected)
    compressed = await asyncio.to_thread(zlib.compress, body, ARCHIVE_LEVEL)
    await archive_page(conn, origin, row_count, len(body), compressed)


async def begin_publishing(
    conn: Connection, platform: str, account_id: str, tables: Iterable[str], run_id: str
) -> None:
    """Begin a publishing transaction: one writer per account and table, and only with a valid token.

    Raises:
        FencedOut: the run may not write any more.
    """
    # What is stored must be compared as it is after the lock, not as it was before.
    await conn.execute(
        "set transaction isolation level read committed; set local jit = off; set local work_mem = '64MB';"
        " set local synchronous_commit to default"
    )
    for table in sorted(tables):  # one order for every load: no deadlocks
        await conn.execute(
            "select pg_advisory_xact_lock(%s, hashtext(%s))", (PUBLISHING, f"{platform}/{account_id}/{table}")
        )
    await check_token(conn, run_id)
