"""A backfill may race the hourly run on the same account and days: real threads, real connections."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import InsightRow
from adtrack_pipeline.warehouse.database import Database
from tests.warehouse_load.loading import load_rows, row, running, scalar, stored, until_locks

Conn = psycopg.Connection[Any]


def _answer(hours: float, ads: int, days: tuple[int, int], rng: random.Random) -> list[InsightRow]:
    """What the platform says at an instant, in any order; the spend tells when it was asked."""
    rows = [
        row(str(2000 + ad), number, spend=f"{hours}")
        for ad in range(ads)
        for number in range(days[0], days[1] + 1)
    ]
    rng.shuffle(rows)
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_a_backfill_racing_the_hourly_run_ends_with_the_newest_fetch(
    database: Database, conn: Conn, seed: int
) -> None:
    rng = random.Random(seed)
    loads = [
        (float(hours), days) for hours, days in zip(rng.sample(range(1, 99), 8), [(1, 3), (2, 4)] * 4, strict=True)
    ]

    def work(mine: list[tuple[float, tuple[int, int]]]) -> None:
        async def run() -> None:
            name = f"run-{mine[0][0]}"
            async with running(database, name) as loading:
                for hours, days in mine:
                    answer = _answer(hours, 40, days, random.Random(hours))
                    await load_rows(loading, hours, answer, days=days, run_id=name)

        asyncio.run(run())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [loads[n::4] for n in range(4)]))
    newest = {n: max(hours for hours, days in loads if days[0] <= n <= days[1]) for n in range(1, 5)}
    found = conn.execute("select distinct extract(day from date_day)::int, spend::float from raw.insights_daily")
    assert dict(found.fetchall()) == newest
    assert scalar(conn, "select count(*) from raw.insights_daily") == 160


async def test_loads_of_different_accounts_do_not_wait_for_each_other(database: Database, conn: Conn) -> None:
    async with running(database, "one") as one, running(database, "two") as two:
        held = asyncio.Event()

        async def hold() -> None:
            async with one.transaction():
                await one.execute(
                    "select pg_advisory_xact_lock(%s, hashtext('meta/1/insights_daily'))", [0x41445402]
                )
                await held.wait()

        holding = asyncio.create_task(hold())
        await load_rows(two, 0, [row(account_id="2")], account_id="2", run_id="two")
        waiting = asyncio.create_task(load_rows(two, 0, [row()], run_id="two"))
        await until_locks(conn, waiting=1)
        assert stored(conn, "account_id, ad_id") == [("2", "1001")]
        held.set()
        await asyncio.gather(holding, waiting)
    assert len(stored(conn, "account_id, ad_id")) == 2
