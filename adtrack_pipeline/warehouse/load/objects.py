"""Loading the objects of an account: current state, every version ever seen, and what is no longer listed.

Belongs here: accounts, campaigns, ad sets, ads, creatives. Does not belong here: their thumbnails' bytes.
A bad object is quarantined alone. What changes by itself (budget left, signed links) is kept current but makes
no new version and does not wake the models that read changed rows.
"""

from collections.abc import AsyncIterable, Sequence
from datetime import datetime
from typing import Protocol

from psycopg import sql

from adtrack_pipeline.platforms.base import ObjectKind, PlatformObject, RejectedRow
from adtrack_pipeline.warehouse.load.copying import Connection, PageOrigin, copy_lines, copy_statement
from adtrack_pipeline.warehouse.load.errors import clear_errors
from adtrack_pipeline.warehouse.load.object_tables import OBJECT_TABLES, ObjectTable, encode_object
from adtrack_pipeline.warehouse.load.publish_objects import complete_partial, withdraw_unlisted, write_objects
from adtrack_pipeline.warehouse.load.quarantine import prepare_quarantine, publish_rejected
from adtrack_pipeline.warehouse.load.session import LoadResult, begin_publishing, exclusive, stage_page


class ObjectsPage(Protocol):
    """One API answer with objects (of several kinds, if the platform nests them)."""

    @property
    def objects(self) -> list[PlatformObject]:
        """Objects ready to load."""

    @property
    def rejected(self) -> list[RejectedRow]:
        """Objects refused by the client."""

    @property
    def body(self) -> bytes:
        """The token-free answer for the archive."""


async def load_objects(
    conn: Connection,
    account_id: str,
    kind: ObjectKind,
    pages: AsyncIterable[ObjectsPage],
    fetched_at: datetime,
    run_id: str,
    *,
    complete: bool = False,
    platform: str = "meta",
) -> LoadResult:
    """Read pages to their end and publish what they hold in one transaction.

    Args:
        conn: a connection without an open transaction; it serves nothing else meanwhile.
        account_id: whose objects.
        kind: what was asked for. Nested objects of other kinds are stored as well.
        pages: the answer; an error in it publishes nothing.
        fetched_at: when the first request started; an object stored by a later request is left alone.
        run_id: the run that holds a token.
        complete: the answer lists every object of this kind: those missing are marked as withdrawn.
        platform: the ad platform.

    Raises:
        FencedOut: the run may not write any more.
        LoadError: the database did not take it; nothing was published.
    """
    origin = PageOrigin(platform, account_id, kind.value, run_id, None, None, fetched_at)
    load = _ObjectsLoad(conn, kind, origin)
    async with exclusive(conn):
        with clear_errors(load.doing):
            async with conn.transaction():
                await load.prepare()
        async for page in pages:
            await load.add(page)
        with clear_errors(load.doing):
            async with conn.transaction():
                return await load.publish(complete=complete)


class _ObjectsLoad:
    def __init__(self, conn: Connection, kind: ObjectKind, origin: PageOrigin) -> None:
        self._conn = conn
        self._kind = kind
        self._origin = origin
        self._staged: dict[ObjectKind, int] = {}
        self._partial: dict[ObjectKind, frozenset[str]] = {}  # kinds with such objects: what is volatile in them
        self.doing = f"loading {kind.value} of account {origin.account_id}"

    async def prepare(self) -> None:
        for table in OBJECT_TABLES.values():
            await self._conn.execute(
                sql.SQL(
                    "create temp table if not exists {} as"
                    " select {}, false as is_partial, 0::bigint as seq from {} with no data"
                ).format(sql.Identifier(table.staging_name), _names(table.stored), table.target)
            )
            await self._conn.execute(sql.SQL("truncate {}").format(table.staging))
        await prepare_quarantine(self._conn)

    async def add(self, page: ObjectsPage) -> None:
        by_kind: dict[ObjectKind, list[PlatformObject]] = {}
        for found in page.objects:
            by_kind.setdefault(found.kind, []).append(found)
        rejected = list(page.rejected)
        with clear_errors(self.doing):
            for kind, objects in by_kind.items():
                rejected += await self._stage(OBJECT_TABLES[kind], objects)
            await stage_page(self._conn, self._origin, rejected, len(page.objects), page.body)

    async def _stage(self, table: ObjectTable, objects: list[PlatformObject]) -> list[RejectedRow]:
        lines, sent, rejected = [], [], []
        for number, found in enumerate(objects, self._staged.get(table.kind, 0)):
            try:
                if found.account_id != self._origin.account_id:
                    raise ValueError(f"The object belongs to account {found.account_id}.")
                lines.append(encode_object(table, found, number))
                sent.append(found)
                if found.is_partial:
                    self._partial[table.kind] = self._partial.get(table.kind, frozenset()) | found.volatile
            except ValueError as error:  # msgspec's and Unicode errors are ValueErrors too
                rejected.append(_rejection(found, str(error)))
        self._staged[table.kind] = self._staged.get(table.kind, 0) + len(objects)
        refused = await copy_lines(self._conn, copy_statement(table.staging, table.staged), lines)
        return rejected + [_rejection(sent[index], why) for index, why in refused.items()]

    async def publish(self, *, complete: bool) -> LoadResult:
        origin = self._origin
        fetched = changed = 0
        kinds = sorted({*self._staged, self._kind})
        await begin_publishing(self._conn, origin.platform, origin.account_id, kinds, origin.run_id)
        for kind, volatile in self._partial.items():
            await complete_partial(self._conn, OBJECT_TABLES[kind], origin, volatile)
        for kind in kinds:
            counts = await write_objects(self._conn, OBJECT_TABLES[kind], origin)
            fetched, changed = fetched + counts[0], changed + counts[1]
        table = OBJECT_TABLES[self._kind]
        withdrawn = await withdraw_unlisted(self._conn, table, origin) if complete else 0
        rejected = await publish_rejected(
            self._conn, self._kind, origin.platform, origin.account_id, origin.run_id, origin.fetched_at
        )
        return LoadResult(fetched, changed, withdrawn, rejected)


def _rejection(found: PlatformObject, reason: str) -> RejectedRow:
    return RejectedRow(found.object_id, reason, found.payload.decode("utf-8", "backslashreplace"))


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
