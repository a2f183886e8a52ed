"""What a sync brings into raw, held against the platform's own books."""

from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import Report
from tests.ingestion.conftest import Pipeline, believed, stored

Conn = psycopg.Connection[Any]


async def test_every_account_and_day_adds_up_to_what_the_platform_believes(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    summary = await pipeline.insights("2026-03-02", "2026-03-07")
    assert not summary.failures
    assert stored(conn, "2026-03-02", "2026-03-07") == believed(pipeline.sandbox, "2026-03-02", "2026-03-07")


async def test_the_hours_of_a_day_add_up_to_the_day_also_on_a_day_of_23_hours(pipeline: Pipeline, conn: Conn):
    pipeline.at("2026-03-09T20:00:00+00:00")
    await pipeline.insights("2026-03-07", "2026-03-08")
    days = stored(conn, "2026-03-07", "2026-03-08")
    assert days
    assert stored(conn, "2026-03-07", "2026-03-08", Report.HOURLY) == days


async def test_an_account_ahead_of_utc_is_read_to_its_own_today(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights()
    newest = dict(
        conn.execute(
            "select timezone_name, max(date_day)::text from ops.insight_coverage join raw.accounts "
            "using (platform, account_id) group by 1"
        ).fetchall()
    )
    assert newest["Pacific/Auckland"] == "2026-03-09"
    assert newest["America/Los_Angeles"] == "2026-03-08"


async def test_all_objects_of_the_platform_are_stored_with_budgets_in_major_units(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    budgets = conn.execute(
        "select a.currency, o.daily_budget, (o.payload->>'daily_budget')::numeric from ("
        "select account_id, daily_budget, payload from raw.adsets union all "
        "select account_id, daily_budget, payload from raw.campaigns) o "
        "join raw.accounts a using (account_id) where o.daily_budget > 0"
    ).fetchall()
    assert {currency for currency, _, _ in budgets} >= {"USD", "JPY"}
    for currency, major, minor in budgets:
        assert major == (minor if currency in {"JPY", "HUF"} else minor / 100)


async def test_a_second_hourly_run_with_nothing_new_writes_nothing(pipeline: Pipeline):
    await pipeline.objects()
    await pipeline.insights()
    again = await pipeline.insights()
    assert again.total("rows_fetched") > 0
    assert again.total("rows_changed") == again.total("rows_withdrawn") == 0


async def test_a_restated_day_replaces_the_old_value_and_keeps_it_queryable(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights("2026-03-05")
    account = conn.execute("select account_id from raw.insights_daily order by spend desc limit 1").fetchone()
    assert account
    before = stored(conn, "2026-03-05", "2026-03-05")[account[0], "2026-03-05"]
    pipeline.at("2026-03-08T21:00:00+00:00")
    pipeline.sandbox.fault("restate", account=account[0], day="2026-03-05", factor=2)
    await pipeline.insights("2026-03-05")
    after = stored(conn, "2026-03-05", "2026-03-05")[account[0], "2026-03-05"]
    known_before = conn.execute(
        "select sum(impressions), sum(spend) from raw.insight_revisions where report = 'insights_daily' "
        "and account_id = %s and observed_at <= '2026-03-08T20:30Z' and superseded_at > '2026-03-08T20:30Z'",
        account,
    ).fetchone()
    assert after == believed(pipeline.sandbox, "2026-03-05", "2026-03-05")[account[0], "2026-03-05"]
    assert after != before
    assert known_before == before


async def test_an_ad_that_vanishes_from_a_complete_answer_is_withdrawn_not_deleted(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights("2026-03-05")
    ad = conn.execute("select ad_id from raw.insights_daily order by spend desc limit 1").fetchone()
    assert ad
    pipeline.at("2026-03-08T21:00:00+00:00")
    pipeline.sandbox.fault("vanish", ad=ad[0])
    summary = await pipeline.insights("2026-03-05", reports=[Report.DAILY])
    assert summary.total("rows_withdrawn") == 1
    kept = conn.execute("select withdrawn_at is not null from raw.insights_daily where ad_id = %s", ad).fetchall()
    assert kept == [(True,)]


@pytest.mark.parametrize("kind", ["unavailable", "html", "truncated", "cut", "ok_error", "duplicate_page"])
async def test_a_broken_answer_is_asked_for_again_and_nothing_is_lost_or_doubled(
    pipeline: Pipeline, conn: Conn, kind: str
):
    pipeline.sandbox.fault(kind, path="insights", times=2, **({"code": 2} if kind == "ok_error" else {}))
    summary = await pipeline.insights("2026-03-06", reports=[Report.DAILY])
    assert not summary.failures
    assert stored(conn, "2026-03-06", "2026-03-06") == believed(pipeline.sandbox, "2026-03-06", "2026-03-06")


@pytest.mark.parametrize(
    ("link", "is_dead"),
    [("replace(thumbnail_url, 'oe=', 'oe=1&x=')", True), ("'http://127.0.0.1:1/picture.png'", False)],
    ids=["expired link", "host that is down"],
)
async def test_only_a_dead_link_is_not_tried_again_in_the_next_hour(
    pipeline: Pipeline, conn: Conn, link: str, is_dead: bool
):
    await pipeline.objects()
    conn.execute(f"update raw.creatives set thumbnail_url = {link}".encode())
    pipeline.options["ADTRACK_THUMBNAILS"] = True
    summary = await pipeline.objects()
    assert not summary.failures
    waiting = conn.execute("select distinct thumbnail_tried_at is not null, thumbnail_hash from raw.creatives")
    assert waiting.fetchall() == [(is_dead, None)]


async def test_nothing_of_the_token_is_stored_anywhere(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights()
    tables = conn.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('raw', 'ops')"
    ).fetchall()
    for (table,) in tables:
        found = conn.execute(
            f"select count(*) from {table} t where t::text like %s", (f"%{pipeline.sandbox.token}%",)
        ).fetchone()
        assert found == (0,), table


async def test_after_days_of_outage_the_day_it_began_on_is_read_to_its_end(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights()
    pipeline.at("2026-03-12T20:00:00+00:00")
    await pipeline.insights()
    assert stored(conn, "2026-03-08", "2026-03-11") == believed(pipeline.sandbox, "2026-03-08", "2026-03-11")
