"""What the warehouse already knows, as ingestion asks it: accounts, covered days, small facts per account.

Belongs here: reads that decide what to fetch, and `ops.sync_state`. Does not belong here: the decision itself.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import Account
from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import clear_errors


async def stored_accounts(
    conn: Connection, account_ids: Sequence[str] = (), platform: str = "meta"
) -> list[Account]:
    """Accounts stored before and still listed, by id; of `account_ids`, or all when it is empty."""
    with clear_errors("reading the stored accounts"):
        async with conn.transaction():
            cursor = await conn.execute(
                "select account_id, name, currency, timezone_name, payload from raw.accounts"
                " where platform = %s and withdrawn_at is null and currency is not null"
                " and timezone_name is not null and (cardinality(%s::text[]) = 0 or account_id = any(%s))"
                " order by account_id",
                (platform, list(account_ids), list(account_ids)),
            )
            return [Account(*row) for row in await cursor.fetchall()]


async def days_read(
    conn: Connection, account_id: str, report: str, since: date, until: date, platform: str = "meta"
) -> dict[date, datetime]:
    """When complete answers were asked for, per account-local day from `since` to `until`, quiet days included."""
    with clear_errors(f"reading which days of account {account_id} are covered"):
        async with conn.transaction():
            cursor = await conn.execute(
                "select date_day, fetched_at from ops.insight_coverage where platform = %s and account_id = %s"
                " and report = %s and date_day between %s and %s",
                (platform, account_id, report, since, until),
            )
            return dict(await cursor.fetchall())


async def never_read(
    conn: Connection, account_ids: Iterable[str], report: str, platform: str = "meta"
) -> set[str]:
    """Of these accounts, those of which no day of the report was ever covered."""
    wanted = set(account_ids)
    with clear_errors("reading which accounts are new"):
        async with conn.transaction():
            cursor = await conn.execute(
                "select distinct account_id from ops.insight_coverage"
                " where platform = %s and report = %s and account_id = any(%s)",
                (platform, report, sorted(wanted)),
            )
            return wanted - {str(row[0]) for row in await cursor.fetchall()}


async def get_state(conn: Connection, account_id: str, name: str, platform: str = "meta") -> Any:
    """A remembered JSON value of an account, or None."""
    with clear_errors(f"reading {name} of account {account_id}"):
        async with conn.transaction():
            cursor = await conn.execute(
                "select value from ops.sync_state where platform = %s and account_id = %s and name = %s",
                (platform, account_id, name),
            )
            row = await cursor.fetchone()
    return row[0] if row else None


async def put_state(conn: Connection, account_id: str, name: str, value: object, platform: str = "meta") -> None:
    """Remember a JSON value of an account under a name."""
    with clear_errors(f"storing {name} of account {account_id}"):
        async with conn.transaction():
            await conn.execute(
                "insert into ops.sync_state (platform, account_id, name, value, updated_at)"
                " values (%s, %s, %s, %s, %s) on conflict (platform, account_id, name) do update set"
                " value = excluded.value, updated_at = excluded.updated_at",
                (platform, account_id, name, Jsonb(value), clock.now()),
            )
