"""kill -9 of a loading process at the worst moments: nothing is visible, and the next load is right."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load import revoke_dead
from tests.warehouse_load.loading import load_rows, row, running, scalar, stored, until_locks

Conn = psycopg.Connection[Any]
ROOT = Path(__file__).parents[2]

# A process that stops itself dead at a given point of a load, as `kill -9` would.
DOOMED = """
import asyncio, os, signal, sys
import psycopg
from adtrack_pipeline.warehouse.load import hold_token, publish
from tests.warehouse_load.loading import day, opened, page, row

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(moment):
    connect = psycopg.AsyncConnection.connect
    conninfo = sys.stdin.read()
    async with await connect(conninfo) as keeper, await connect(conninfo) as conn, hold_token(keeper, "doomed"):
        async with opened(conn, 1, run_id="doomed") as load:
            await load.add(page(row(spend="666"), row("6666")))
            if moment == "mid-copy":
                copy = psycopg.AsyncCopy.write
                async def torn(self, data):
                    await copy(self, data[: len(data) // 2])
                    die()
                psycopg.AsyncCopy.write = torn
            await load.add(page(row("6667")))
            if moment == "after pages":
                await load._written()
                die()
            if moment == "before commit":
                publish.totals = die  # everything of the publishing transaction but its end
            await load.commit(day(1))

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("moment", ["mid-copy", "after pages", "before commit"])
async def test_a_killed_load_leaves_nothing_and_the_next_one_is_right(
    database: Database, conn: Conn, moment: str
) -> None:
    async with running(database, "first") as loading:
        await load_rows(loading, 0, [row(spend="1"), row("1002")], run_id="first")
    ended = await asyncio.to_thread(_run_doomed, database, moment)
    assert ended == -signal.SIGKILL
    assert [one[0] for one in stored(conn, "ad_id, spend")] == ["1001", "1002"]
    assert scalar(conn, "select count(*) from raw.insight_revisions") == 0
    assert scalar(conn, "select count(distinct fetched_at) from ops.insight_coverage") == 1
    await until_locks(conn, alive=0)
    async with running(database, "next") as loading:
        assert await revoke_dead(loading) == ["doomed"]
        result = await load_rows(loading, 2, [row(spend="2"), row("1003")], run_id="next")
    assert (result.rows_changed, result.rows_withdrawn) == (2, 1)
    assert [(ad, float(spend)) for ad, spend in stored(conn, "ad_id, spend")] == [("1001", 2), ("1003", 12.34)]


def _run_doomed(database: Database, moment: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", DOOMED, moment],
        input=database.conninfo.get_secret_value(),
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    return done.returncode
