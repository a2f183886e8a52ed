"""The pipeline's own memory: sync log, report jobs, small facts, coverage, accounts and conversion rules."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import CallStats, ObjectKind, Report
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load import (
    PgJobStore,
    SyncLog,
    days_read,
    get_state,
    never_read,
    put_conversion_rules,
    put_state,
    rules_of,
    stored_accounts,
)
from adtrack_pipeline.warehouse.load.rules import DEFAULT_ACTIONS
from tests.warehouse_load.listing import account, list_objects
from tests.warehouse_load.loading import day, load_rows, row, scalar

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


@dataclass
class Ended:
    """How a sync ended."""

    outcome: str = "partial"
    since: date | None = date(2026, 11, 1)
    until: date | None = date(2026, 11, 3)
    stats: CallStats = field(default_factory=lambda: CallStats(7, 2, 1, 4096, 55.5))
    rows_fetched: int = 10
    rows_changed: int = 4
    rows_withdrawn: int = 3
    rows_rejected: int = 1
    spend: Decimal = Decimal("12.5")
    conversions: Decimal = Decimal(2)
    revenue: Decimal = Decimal("99.9")
    seconds: float = 1.5
    error: str | None = "Half of it."


async def test_a_sync_is_logged_from_start_to_end(
    database: Database, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-20T10:00:00Z")
    log = SyncLog(database)
    sync_id = await log.start("run-1", "1", Report.DAILY)
    assert scalar(conn, "select outcome from ops.sync_runs") == "running"
    await log.finish(sync_id, Ended())
    found = conn.execute(
        "select outcome, window_since, window_until, api_calls, retries, rate_limit_hits, bytes, quota_used_pct,"
        " rows_fetched, rows_changed, rows_withdrawn, rows_rejected, spend, conversions, revenue,"
        " duration_seconds, error, report, started_at = '2026-11-20T10:00:00Z' from ops.sync_runs"
    )
    assert found.fetchall() == [
        ("partial", day(1), day(3), 7, 2, 1, 4096, 55.5, 10, 4, 3, 1, Decimal("12.5"), 2, Decimal("99.9"), 1.5,
         "Half of it.", "insights_daily", True)
    ]  # fmt: skip


async def test_a_report_run_is_found_again_after_a_crash_until_it_is_read_or_too_old(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-01T00:00:00Z")
    await PgJobStore(database).put("key", "1", "job-1")
    await PgJobStore(database).put("key", "1", "job-2")
    await PgJobStore(database).put("read", "1", "job-3")
    await PgJobStore(database).drop("read")
    assert await PgJobStore(database).get("key") == ("job-2", clock.now())
    assert [await PgJobStore(database).get(key) for key in ("read", "other")] == [None, None]
    monkeypatch.setenv("ADTRACK_NOW", "2026-12-01T00:00:01Z")
    assert await PgJobStore(database).get("key") is None


async def test_small_facts_are_remembered_per_account(aconn: Loader) -> None:
    await put_state(aconn, "1", "ads_read_until", {"at": "2026-11-20"})
    await put_state(aconn, "1", "ads_read_until", {"at": "2026-11-21"})
    assert await get_state(aconn, "1", "ads_read_until") == {"at": "2026-11-21"}
    assert await get_state(aconn, "2", "ads_read_until") is None


async def test_it_is_known_which_days_were_read_and_which_accounts_never(loader: Loader) -> None:
    await load_rows(loader, 0, [row()], days=(1, 2))
    assert set(await days_read(loader, "1", Report.DAILY, day(2), day(9))) == {day(2)}
    assert await days_read(loader, "1", Report.HOURLY, day(1), day(9)) == {}
    assert await never_read(loader, ["1", "2"], Report.DAILY) == {"2"}


async def test_stored_accounts_come_back_as_they_were(loader: Loader) -> None:
    await list_objects(loader, 0, [account()], kind=ObjectKind.ACCOUNT)
    (found,) = await stored_accounts(loader)
    assert (found.account_id, found.name, found.currency, found.timezone_name) == (
        "1",
        "Shop",
        "EUR",
        "Europe/Berlin",
    )
    assert found.payload["account_status"] == 1
    assert await stored_accounts(loader, ["2"]) == []


async def test_conversion_rules_are_written_only_when_they_differ(aconn: Loader, conn: Conn) -> None:
    assert await put_conversion_rules(aconn, ()) is False  # the default, as migrated
    assert await put_conversion_rules(aconn, ["lead", "purchase", "lead"]) is True
    before = scalar(conn, "select max(changed_xid::text::bigint) from raw.conversion_rules")
    assert await put_conversion_rules(aconn, ["lead", "purchase"]) is False
    assert scalar(conn, "select max(changed_xid::text::bigint) from raw.conversion_rules") == before
    assert await rules_of(aconn, "1") == ["lead", "purchase"]


async def test_an_account_has_rules_of_its_own_until_they_are_taken_away(aconn: Loader, conn: Conn) -> None:
    await put_conversion_rules(aconn, ["lead"], account_id="1")
    assert (await rules_of(aconn, "1"), await rules_of(aconn, "2")) == (["lead"], list(DEFAULT_ACTIONS))
    before = scalar(conn, "select max(changed_xid::text::bigint) from raw.conversion_rules")
    await put_conversion_rules(aconn, [], account_id="1")
    assert await rules_of(aconn, "1") == list(DEFAULT_ACTIONS)
    # What applies now is marked as changed, so that models notice.
    assert scalar(conn, "select min(changed_xid::text::bigint) from raw.conversion_rules") > before
