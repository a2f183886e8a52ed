"""Old memory is thrown away in batches; what is still needed never is."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.load import sweep
from tests.warehouse_load.loading import at, load_rows, row, scalar

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


async def test_old_pages_revisions_and_refused_rows_go_and_insights_stay(loader: Loader, conn: Conn) -> None:
    for hours in range(5):
        await load_rows(loader, hours, [row(spend=str(hours)), row("1002", clicks="x")])
    days = dict.fromkeys(("raw.pages", "raw.insight_revisions", "raw.rejected_rows"), 1)
    deleted = await sweep(loader, at(2.5) + timedelta(days=1), days, batch=2)
    assert (deleted["raw.pages"], deleted["raw.insight_revisions"], deleted["raw.rejected_rows"]) == (3, 2, 0)
    assert scalar(conn, "select min(fetched_at) from raw.pages") == at(3)
    deleted = await sweep(loader, at(100), days, batch=2)
    assert deleted["raw.rejected_rows"] == 1
    assert scalar(conn, "select count(*) from raw.insights_daily") == 1


async def test_the_last_success_of_each_report_is_never_forgotten(loader: Loader, conn: Conn) -> None:
    conn.execute(
        "insert into ops.sync_runs (run_id, platform, account_id, report, started_at, outcome)"
        " select 'r', 'meta', '1', report, '2020-01-01'::timestamptz + n * interval '1 day', outcome"
        " from (values ('ads', 'ok', 1), ('ads', 'ok', 2), ('ads', 'failed', 3), ('campaigns', 'ok', 1),"
        "  ('adsets', 'running', 1)) v (report, outcome, n)"
    )
    assert (await sweep(loader, at(0)))["ops.sync_runs"] == 2
    left = conn.execute("select report, outcome, started_at::date::text from ops.sync_runs order by 1").fetchall()
    assert left == [
        ("ads", "ok", "2020-01-03"),
        ("adsets", "running", "2020-01-02"),
        ("campaigns", "ok", "2020-01-02"),
    ]


async def test_only_tables_that_are_swept_can_be_given_a_retention(loader: Loader) -> None:
    with pytest.raises(ValueError, match=r"raw\.insights_daily is not a table that is swept"):
        await sweep(loader, at(0), {"raw.insights_daily": 1})
