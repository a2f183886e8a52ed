"""Rows, pages and loads as the tests of this room need them. Days are in November 2026, account "1" by default."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from adtrack_pipeline.platforms.base import InsightRow, InsightsPage, RejectedRow, Report
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load import InsightsLoad, LoadResult, hold_token, open_insights_load
from adtrack_pipeline.warehouse.load.tokens import LIVENESS

RUN = "run-1"
PURCHASES = '[{"action_type":"omni_purchase","value":"2"},{"action_type":"purchase","value":"2"}]'
VALUES = '[{"action_type":"omni_purchase","value":"50.5"},{"action_type":"purchase","value":"50.5"}]'

_BASE = InsightRow(
    "1", "1001", "2026-11-01", None, "10", "100", "Campaign", "Ad set", "Ad", "EUR", "OUTCOME_SALES",
    "OFFSITE_CONVERSIONS", "7d_click_1d_view", "1000", "10", "8", "7", "12.34", "900", "1.111111",
    None, None, None, None, None, None, None, PURCHASES, VALUES,
)  # fmt: skip


def day(number: int) -> date:
    """A day of November 2026."""
    return date(2026, 11, number)


def at(hours: float) -> datetime:
    """An instant, in hours after the window."""
    return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hours)


def row(ad: str = "1001", number: int = 1, **values: Any) -> InsightRow:
    """An ad's row of a day of November 2026; any field can be given."""
    return _BASE._replace(ad_id=ad, date_day=day(number).isoformat(), **values)


def page(*rows: InsightRow, rejected: Iterable[RejectedRow] = (), body: bytes = b'{"data":[]}') -> InsightsPage:
    """An answer with these rows."""
    return InsightsPage(list(rows), list(rejected), body)


@asynccontextmanager
async def opened(
    conn: psycopg.AsyncConnection[Any], hours: float, *,
    report: Report = Report.DAILY, days: tuple[int, int] = (1, 3),
    account_id: str = "1", run_id: str = RUN,
) -> AsyncIterator[InsightsLoad]:  # fmt: skip
    """A load of a window whose first request started at `at(hours)`."""
    window = (day(days[0]), day(days[1]))
    async with open_insights_load(conn, report, account_id, *window, at(hours), run_id) as load:
        yield load


async def load_rows(
    conn: psycopg.AsyncConnection[Any], hours: float, rows: Sequence[InsightRow], *,
    days: tuple[int, int] = (1, 3), rejected: Sequence[RejectedRow] = (), available_from: int | None = None,
    report: Report = Report.DAILY, account_id: str = "1", run_id: str = RUN,
) -> LoadResult:  # fmt: skip
    """Load one complete answer of one page."""
    async with opened(conn, hours, report=report, days=days, account_id=account_id, run_id=run_id) as load:
        await load.add(page(*rows, rejected=rejected))
        return await load.commit(day(available_from or days[0]))


@asynccontextmanager
async def running(database: Database, run_id: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A connection of a run that holds its token."""
    async with (
        await database.connect_async() as keeper,
        await database.connect_async() as conn,
        hold_token(keeper, run_id),
    ):
        yield conn


def stored(
    conn: psycopg.Connection[Any], columns: str, table: str = "insights_daily", where: str = ""
) -> list[Any]:
    """Rows of a table of `raw` that are not withdrawn, sorted."""
    query = f"select {columns} from raw.{table} where withdrawn_at is null {where} order by 1, 2"
    return conn.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def scalar(conn: psycopg.Connection[Any], query: str) -> Any:
    """The one value of a query."""
    found = conn.execute(query).fetchone()  # type: ignore[call-overload]
    return found[0] if found else None


_OWN_LOCKS = "from pg_locks where database = (select oid from pg_database where datname = current_database())"


def locks_waiting(conn: psycopg.Connection[Any]) -> int:
    """How many sessions of this database wait for a lock or another transaction."""
    return int(
        scalar(
            conn,
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'",
        )
    )


async def until_locks(conn: psycopg.Connection[Any], *, waiting: int = 0, alive: int | None = None) -> None:
    """Wait until that many sessions of this database wait for a lock, or hold the lock of a living run."""
    held = f"select count(*) {_OWN_LOCKS} and locktype = 'advisory' and classid = {LIVENESS}"
    while (locks_waiting(conn) != waiting) if alive is None else (scalar(conn, held) != alive):
        await asyncio.sleep(0.01)
