"""How many API calls an hour costs: the formula of the README, counted by the platform."""

from math import ceil
from typing import Any

import psycopg

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
