"""Loading the account's change log: entries never change, so each is stored once."""

from collections.abc import AsyncIterable
from datetime import datetime
from typing import Protocol

from psycopg import sql

from adtrack_pipeline.platforms.base import Activity, RejectedRow
from adtrack_pipeline.warehouse.load.copying import Connection, PageOrigin, copy_lines, copy_statement
from adtrack_pipeline.warehouse.load.encode import escaped
from adtrack_pipeline.warehouse.load.errors import clear_errors
from adtrack_pipeline.warehouse.load.quarantine import prepare_quarantine, publish_rejected
from adtrack_pipeline.warehouse.load.session import LoadResult, begin_publishing, exclusive, stage_page

TABLE = "activities"
_COLUMNS = Activity._fields
_STAGING = sql.Identifier("pg_temp", "staged_activities")
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))


class ActivitiesPage(Protocol):
    """One API answer with entries of the change log."""

    @property
    def activities(self) -> list[Activity]:
        """Entries ready to load."""

    @property
    def rejected(self) -> list[RejectedRow]:
        """Entries refused by the client."""

    @property
    def body(self) -> bytes:
        """The token-free answer for the archive."""


async def load_activities(
    conn: Connection,
    account_id: str,
    pages: AsyncIterable[ActivitiesPage],
    fetched_at: datetime,
    run_id: str,
    platform: str = "meta",
) -> LoadResult:
    """Read pages to their end and store the entries not stored yet, in one transaction.

    Raises:
        FencedOut: the run may not write any more.
        LoadError: the database did not take it; nothing was published.
    """
    origin = PageOrigin(platform, account_id, TABLE, run_id, None, None, fetched_at)
    doing = f"loading {TABLE} of account {account_id}"
    async with exclusive(conn):
        with clear_errors(doing):
            async with conn.transaction():
                await _prepare(conn)
        async for page in pages:
            with clear_errors(doing):
                await _stage(conn, origin, page)
        with clear_errors(doing):
            async with conn.transaction():
                await begin_publishing(conn, platform, account_id, [TABLE], run_id)
                fetched, changed = await _publish(conn, origin)
                rejected = await publish_rejected(conn, TABLE, platform, account_id, run_id, fetched_at)
    return LoadResult(fetched, changed, 0, rejected)


async def _prepare(conn: Connection) -> None:
    await conn.execute(
        sql.SQL("create temp table if not exists staged_activities as select {} from raw.activities with no data")
        .format(_NAMES)
    )  # fmt: skip
    await conn.execute("truncate pg_temp.staged_activities")
    await prepare_quarantine(conn)


async def _stage(conn: Connection, origin: PageOrigin, page: ActivitiesPage) -> None:
    rejected, sent = list(page.rejected), []
    lines = []
    for entry in page.activities:
        try:
            lines.append(("\t".join(map(escaped, entry)) + "\n").encode())
            sent.append(entry)
        except UnicodeEncodeError:
            rejected.append(_rejection(entry, "Text with half a surrogate pair, which is not Unicode."))
    refused = await copy_lines(conn, copy_statement(_STAGING, _COLUMNS), lines)
    rejected += [_rejection(sent[index], why) for index, why in refused.items()]
    await stage_page(conn, origin, rejected, len(page.activities), page.body)


async def _publish(conn: Connection, origin: PageOrigin) -> tuple[int, int]:
    cursor = await conn.execute(
        sql.SQL(
            "with newest as materialized (select distinct on (activity_key) {names} from pg_temp.staged_activities"
            "  where account_id = %(account_id)s order by activity_key),"
            " written as (insert into raw.activities (platform, {names}, fetched_at)"
            "  select %(platform)s, {names}, %(fetched_at)s from newest order by activity_key"
            "  on conflict (platform, account_id, activity_key) do nothing returning 1)"
            " select (select count(*) from newest), (select count(*) from written)"
        ).format(names=_NAMES),
        {"platform": origin.platform, "account_id": origin.account_id, "fetched_at": origin.fetched_at},
    )
    row = await cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _rejection(entry: Activity, reason: str) -> RejectedRow:
    return RejectedRow(entry.activity_key, reason, repr(entry._asdict()))
