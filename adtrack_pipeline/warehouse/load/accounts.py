"""Which stored accounts are no longer there: only a complete list of all accounts can tell."""

from collections.abc import Collection
from datetime import datetime

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import clear_errors


async def withdraw_unlisted_accounts(
    conn: Connection, listed: Collection[str], seen_at: datetime, platform: str = "meta"
) -> list[tuple[str, str | None]]:
    """Mark stored accounts that a complete list lacks; returns (account_id, name) of those marked just now.

    They keep their rows and are not read any more; one that is listed again comes back by itself.
    """
    with clear_errors("marking accounts that are no longer listed"):
        async with conn.transaction():
            cursor = await conn.execute(
                "update raw.accounts set withdrawn_at = %(seen_at)s, fetched_at = %(seen_at)s,"
                " changed_xid = pg_current_xact_id() where platform = %(platform)s and withdrawn_at is null"
                " and fetched_at <= %(seen_at)s and account_id <> all(%(listed)s) returning account_id, name",
                {"seen_at": seen_at, "platform": platform, "listed": list(listed)},
            )
            return [(str(row[0]), row[1]) for row in await cursor.fetchall()]
