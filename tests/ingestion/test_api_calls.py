"""How many API calls an hour costs: the formula of the README, counted by the platform."""

from math import ceil
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import Report
from tests.ingestion.conftest import Pipeline

Conn = psycopg.Connection[Any]


async def test_a_quiet_hour_costs_one_call_for_all_accounts_and_eight_per_account(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    await pipeline.insights()
    pipeline.sandbox.forget_calls()
    await pipeline.objects()
    await pipeline.insights()
    calls = pipeline.sandbox.calls()["by_account"]
    assert calls.pop("app") == 1
    assert set(calls.values()) == {8}


async def test_pages_of_a_report_cost_one_call_each(pipeline: Pipeline, conn: Conn):
    pipeline.options["ADTRACK_PAGE_SIZE"] = 2
    await pipeline.objects()
    pipeline.sandbox.forget_calls()
    await pipeline.insights("2026-03-06", reports=[Report.DAILY])
    rows = dict(conn.execute("select account_id, count(*) from raw.insights_daily group by 1").fetchall())
    calls = pipeline.sandbox.calls()["by_account"]
    assert calls == {account: max(1, ceil(rows.get(account, 0) / 2)) for account in calls}


@pytest.mark.parametrize("later", ["2026-03-08T21:00:00+00:00", "2026-03-09T21:00:00+00:00"])
async def test_days_the_platform_no_longer_keeps_are_asked_for_once_a_day_and_not_every_hour(
    pipeline: Pipeline, later: str
):
    await pipeline.objects()
    pipeline.sandbox.fault("error", code=3018, path="insights", status=400, times=-1)
    await pipeline.insights(reports=[Report.DAILY])
    pipeline.sandbox.no_faults()
    summary = await pipeline.at(later).insights(reports=[Report.DAILY])
    firsts = {one.since.isoformat() for one in summary.outcomes if one.since}
    is_next_day = later > "2026-03-09"
    assert min(firsts) == ("2026-03-05" if is_next_day else "2026-03-07")
