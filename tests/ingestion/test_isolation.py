"""One account's trouble stays its own, and is told in one sentence."""

from typing import Any

import psycopg
import pytest

from adtrack_pipeline.ingestion import SyncSummary
from adtrack_pipeline.platforms.base import PlatformError, Report
from adtrack_pipeline.warehouse.load import LoadError
from tests.ingestion.conftest import Pipeline, believed, stored

Conn = psycopg.Connection[Any]
DAY = "2026-03-06"


def outcomes(summary: SyncSummary) -> dict[str, set[str]]:
    return {
        account: {one.outcome for one in summary.outcomes if one.account_id == account}
        for account in summary.accounts
    }


async def first_account(pipeline: Pipeline, conn: Conn) -> str:
    await pipeline.objects()
    row = conn.execute("select min(account_id) from raw.accounts").fetchone()
    assert row
    return str(row[0])


async def test_an_account_without_permission_fails_alone_with_a_sentence(pipeline: Pipeline, conn: Conn):
    bad = await first_account(pipeline, conn)
    pipeline.sandbox.fault("permission", account=bad)
    summary = await pipeline.insights(DAY)
    assert outcomes(summary).pop(bad) == {"failed"}
    assert {"ok"} == set().union(*(found for account, found in outcomes(summary).items() if account != bad))
    failure = summary.failures[0]
    assert failure.needs_a_person
    assert "permission" in (failure.error or "").lower()


async def test_an_account_that_fails_half_way_keeps_what_it_had_and_the_others_are_complete(
    pipeline: Pipeline, conn: Conn
):
    bad = await first_account(pipeline, conn)
    await pipeline.insights(DAY, reports=[Report.DAILY])
    before = stored(conn, DAY, DAY)
    pipeline.at("2026-03-08T21:00:00+00:00")
    pipeline.sandbox.fault("permission", account=bad)
    await pipeline.insights(DAY, reports=[Report.DAILY])
    assert stored(conn, DAY, DAY) == before


async def test_an_unknown_account_is_a_failure_of_its_own(pipeline: Pipeline, conn: Conn):
    good = await first_account(pipeline, conn)
    summary = await pipeline.insights(DAY, accounts=[good, "999999999999999"])
    assert outcomes(summary)[good] == {"ok"}
    assert outcomes(summary)["999999999999999"] == {"failed"}


async def test_only_the_accounts_asked_for_are_read(pipeline: Pipeline, conn: Conn):
    good = await first_account(pipeline, conn)
    summary = await pipeline.insights(DAY, accounts=[f"act_{good}"])
    assert summary.accounts == [good]
    assert {account for account, _ in stored(conn, DAY, DAY)} <= {good}


async def test_an_expired_token_stops_the_run_with_one_sentence_and_no_storm_of_calls(pipeline: Pipeline):
    pipeline.sandbox.fault("expired_token", times=-1)
    with pytest.raises(PlatformError, match="token"):
        await pipeline.objects()
    assert pipeline.sandbox.calls()["total"] <= 2


async def test_a_token_that_expires_between_two_reads_is_not_tried_for_every_account(
    pipeline: Pipeline, conn: Conn
):
    await first_account(pipeline, conn)
    pipeline.options["ADTRACK_MAX_CONCURRENT_ACCOUNTS"] = 1
    pipeline.sandbox.forget_calls()
    pipeline.sandbox.fault("expired_token", times=-1)
    summary = await pipeline.insights(DAY)
    assert {one.outcome for one in summary.outcomes} == {"failed"}
    assert all(one.needs_a_person for one in summary.outcomes)
    assert pipeline.sandbox.calls()["total"] <= 3  # the first account's reports were under way together


async def test_every_sync_is_on_record_with_what_it_cost(pipeline: Pipeline, conn: Conn):
    bad = await first_account(pipeline, conn)
    pipeline.sandbox.fault("permission", account=bad)
    await pipeline.insights(DAY, run_id="the-run")
    rows = conn.execute(
        "select account_id, outcome, api_calls > 0, error is not null from ops.sync_runs "
        "where run_id = 'the-run' and report = 'insights_daily'"
    ).fetchall()
    assert (bad, "failed", True, True) in rows
    assert sum(outcome == "ok" for _, outcome, _, _ in rows) == 3


async def test_an_account_without_ads_is_quiet_not_failed(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    empty = conn.execute("select account_id from raw.accounts where name like '%Quiet%'").fetchone()
    assert empty
    summary = await pipeline.insights(DAY, accounts=empty)
    assert outcomes(summary) == {empty[0]: {"ok"}}
    covered = conn.execute("select distinct row_count from ops.insight_coverage where account_id = %s", empty)
    assert covered.fetchall() == [(0,)]


async def test_one_hostile_row_is_quarantined_and_every_other_row_is_loaded(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    [account] = [one for one, rows in pipeline.sandbox.ledger(DAY, DAY).items() if len(rows) > 1][:1]
    pipeline.sandbox.fault("hostile", path="insights", variant="nan", account=account)
    summary = await pipeline.insights(DAY, reports=[Report.DAILY])
    assert summary.total("rows_rejected") == 1
    reason = conn.execute("select reason from raw.rejected_rows").fetchone()
    assert reason
    assert "nan" in str(reason[0]).lower()
    believed_rows = sum(len(entries) for entries in pipeline.sandbox.ledger(DAY, DAY).values())
    loaded = conn.execute("select count(*) from raw.insights_daily").fetchone()
    assert loaded == (believed_rows - 1,)
    assert believed(pipeline.sandbox, DAY, DAY).keys() >= stored(conn, DAY, DAY).keys()


async def test_pictures_the_warehouse_refuses_hold_up_no_account(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(*_: object) -> str:
        raise LoadError("The database's disk is full.")

    monkeypatch.setattr("adtrack_pipeline.ingestion.thumbnails.store_thumbnail", refuse)
    pipeline.options["ADTRACK_THUMBNAILS"] = True
    summary = await pipeline.objects()
    assert len(summary.accounts) == 4
    assert not summary.failures


async def test_an_account_the_token_no_longer_lists_is_told_once_and_then_left_alone(
    pipeline: Pipeline, conn: Conn
):
    await pipeline.objects()
    conn.execute(
        "insert into raw.accounts (platform, account_id, name, currency, timezone_name, payload, content_hash, "
        "first_seen_at, fetched_at) values ('meta', '42', 'Sold', 'USD', 'UTC', '{}', '', now(), '2026-03-01Z')"
    )
    [told] = (await pipeline.objects()).failures
    assert told.account_id == "42"
    assert "no longer lists account 42" in (told.error or "")
    assert not (await pipeline.objects()).failures
    assert "42" not in (await pipeline.insights(DAY)).accounts
