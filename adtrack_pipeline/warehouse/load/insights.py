"""Loading one window of one account and report: pages in, one commit, or nothing.

Belongs here: the life of a load. Does not belong here: how rows are encoded (`encode.py`) or published
(`publish.py`). A load uses its connection alone; a process that dies in between leaves nothing but archived pages.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta

import psycopg
from psycopg import sql

from adtrack_pipeline.platforms.base import InsightsPage, Report
from adtrack_pipeline.warehouse.load import publish
from adtrack_pipeline.warehouse.load.conversions import ConversionRule
from adtrack_pipeline.warehouse.load.copying import (
    ARCHIVE_LEVEL,
    Connection,
    PageOrigin,
    archive_page,
    copy_lines,
    copy_statement,
)
from adtrack_pipeline.warehouse.load.encode import Encoded, Scope, encode_rows, rejection
from adtrack_pipeline.warehouse.load.errors import LoadError, clear_errors
from adtrack_pipeline.warehouse.load.quarantine import prepare_quarantine, publish_rejected, stage_rejected
from adtrack_pipeline.warehouse.load.rules import rules_of
from adtrack_pipeline.warehouse.load.session import LoadResult, begin_publishing, exclusive
from adtrack_pipeline.warehouse.load.tables import TABLES


class InsightsLoad:
    """One window being loaded; use `open_insights_load`."""

    def __init__(self, conn: Connection, report: Report, origin: PageOrigin) -> None:
        self._conn = conn
        self._table = TABLES[report]
        self._origin = origin
        self._scope = Scope(origin.account_id, _days(origin.since, origin.until), ConversionRule([]))
        self._rows = 0
        self._writing: asyncio.Task[None] | None = None
        self._committed = False
        columns = (*self._table.columns, "conversions", "revenue", "content_hash", "seq")
        self._copy = copy_statement(self._table.staging, columns)

    @property
    def doing(self) -> str:
        """What this load does, for error messages."""
        return f"loading {self._origin.report} of account {self._origin.account_id}"

    async def add(self, page: InsightsPage) -> None:
        """Take one page: its rows into staging, its body into the archive. A repeated row replaces the first.

        Returns once the page is encoded; it is written while the next one is being fetched.

        Raises:
            LoadError: this page or the one before could not be written.
        """
        encoded = encode_rows(self._table, self._scope, page.rows, self._rows)
        encoded.rejected.extend(page.rejected)
        self._rows += len(page.rows)
        compressing = asyncio.get_running_loop().run_in_executor(None, zlib.compress, page.body, ARCHIVE_LEVEL)
        await self._written()
        self._writing = asyncio.create_task(self._write(encoded, len(page.body), compressing))

    async def commit(self, available_from: date, asked_at: datetime | None = None) -> LoadResult:
        """Publish the window in one transaction. Only for a complete answer: what it lacks is withdrawn.

        Args:
            available_from: the first day of the window the platform still keeps; earlier days are neither
                covered by this answer nor withdrawn.
            asked_at: when the answer was asked for, if that was before the load began (a report that an earlier
                run had submitted).

        Raises:
            FencedOut: the run may not write any more.
            LoadError: the database did not take it; nothing was published.
        """
        await self._written()
        if self._committed:
            raise LoadError(f"This load of {self._origin.report} is committed already.")
        with clear_errors(self.doing):
            async with self._conn.transaction():
                result = await self._publish(available_from, asked_at)
        self._committed = True
        return result

    async def _written(self) -> None:
        """Wait for the page being written, and pass on its error."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    async def _write(self, encoded: Encoded, raw_bytes: int, compressing: asyncio.Future[bytes]) -> None:
        with clear_errors(self.doing):
            refused = await copy_lines(self._conn, self._copy, encoded.lines)
            rejected = encoded.rejected + [rejection(encoded.rows[i], why) for i, why in refused.items()]
            await stage_rejected(self._conn, rejected)
            await archive_page(self._conn, self._origin, len(encoded.lines), raw_bytes, await compressing)

    async def _publish(self, available_from: date, asked_at: datetime | None) -> LoadResult:
        conn, table, origin = self._conn, self._table, self._origin
        if origin.since is None or origin.until is None:
            raise LoadError("A load of insights needs a window of days.")
        fetched_at = min(origin.fetched_at, asked_at or origin.fetched_at)
        answer = publish.Answer(
            origin.platform, origin.account_id, origin.report, origin.since, origin.until,
            available_from, fetched_at, origin.run_id,
        )  # fmt: skip
        await begin_publishing(conn, origin.platform, origin.account_id, [origin.report], origin.run_id)
        await publish.plan_for_any_size(conn)
        rows_fetched = await publish.pick_newest(conn, table, self._rows)
        superseded = await publish.days_known_better(conn, answer)
        # First what is gone: a window that is stored for the first time has nothing to look through yet.
        withdrawn = await publish.withdraw_missing(conn, table, answer, superseded)
        changed = await publish.write_changes(conn, table, answer, superseded)
        await publish.write_coverage(conn, table, answer)
        rejected = await publish_rejected(
            conn, origin.report, origin.platform, origin.account_id, origin.run_id, origin.fetched_at
        )
        sums = await publish.totals(conn, table)
        return LoadResult(rows_fetched, changed, withdrawn, rejected, len(superseded), *sums)

    async def prepare(self) -> None:
        """Create this connection's staging tables, or empty those of its last load."""
        table, conn = self._table, self._conn
        async with conn.transaction():
            cursor = await conn.execute("select to_regclass(%s)", (f"pg_temp.newest_{table.report}",))
            is_new = (await cursor.fetchone()) == (None,)
            if is_new:
                await self._create_staging()
            await prepare_quarantine(conn)
            if not is_new:
                await self._empty_staging()
            rule = ConversionRule(await rules_of(conn, self._origin.account_id, self._origin.platform))
            self._scope = self._scope._replace(rule=rule)

    async def _create_staging(self) -> None:
        table = self._table
        await self._conn.execute(
            sql.SQL(
                "create temp table {} ({}, conversions numeric, revenue numeric,"
                " content_hash bytea not null, seq bigint not null)"
            ).format(sql.Identifier(f"staged_{table.report}"), table.staging_columns())
        )
        await self._conn.execute(
            sql.SQL(
                "create temp table {} ({}, seq bigint, content_hash bytea,"
                " spend numeric, conversions numeric, revenue numeric)"
            ).format(sql.Identifier(f"newest_{table.report}"), table.key_columns())
        )

    async def _empty_staging(self) -> None:
        tables = (self._table.staging, self._table.newest)
        await self._conn.execute(sql.SQL("truncate {}, {}").format(*tables))

    async def end(self) -> None:
        """Stop what is under way and give the room of many staged rows back; few may wait for the next load."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._rows < publish.MANY_ROWS:
            return
        with suppress(psycopg.Error):  # the outcome of the load is decided; a lost connection took it all along
            async with self._conn.transaction():
                await self._empty_staging()


@asynccontextmanager
async def open_insights_load(
    conn: Connection,
    report: Report,
    account_id: str,
    since: date,
    until: date,
    fetched_at: datetime,
    run_id: str,
    platform: str = "meta",
) -> AsyncIterator[InsightsLoad]:
    """Load one window (closed range of account-local days) of one account and report.

    Leaving the block without `commit` publishes nothing. The connection serves nothing else meanwhile.

    Args:
        conn: any connection without an open transaction; its temporary tables hold the rows until the commit.
        report: which insight table.
        account_id: without prefix.
        since: first day asked for.
        until: last day asked for.
        fetched_at: when the first request of this window started; the newest wins, day by day.
        run_id: the run that holds a token.
        platform: the ad platform.

    Raises:
        LoadError: the connection is in use, or the database cannot be written to.
    """
    origin = PageOrigin(platform, account_id, report.value, run_id, since, until, fetched_at)
    async with exclusive(conn):
        load = InsightsLoad(conn, report, origin)
        with clear_errors(load.doing):
            await load.prepare()
        try:
            yield load
        finally:
            await load.end()


def _days(since: date | None, until: date | None) -> frozenset[str]:
    if since is None or until is None:
        return frozenset()
    return frozenset((since + timedelta(days=n)).isoformat() for n in range((until - since).days + 1))
