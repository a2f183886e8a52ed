"""A process that outlived its run cannot write any more; a living one is never taken for dead."""

import asyncio
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load import FencedOut, hold_token, release_token, revoke, revoke_dead, take_token
from tests.warehouse_load.loading import (
    RUN,
    day,
    load_rows,
    locks_waiting,
    opened,
    page,
    row,
    running,
    scalar,
    stored,
    until_locks,
)

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


async def test_a_zombie_cannot_commit_after_its_token_was_revoked(
    loader: Loader, aconn: Loader, database: Database, conn: Conn
) -> None:
    async with opened(loader, 0) as load:
        await load.add(page(row(spend="1")))
        await revoke(aconn, RUN, "replaced by run-2")
        async with running(database, "run-2") as other:
            await load_rows(other, 1, [row(spend="2")], run_id="run-2")
        with pytest.raises(FencedOut, match="run-1 may not write any more: replaced by run-2"):
            await load.commit(day(1))
    assert stored(conn, "ad_id, spend") == [("1001", 2)]


async def test_revoking_waits_for_a_commit_under_way_and_then_refuses_the_next(
    loader: Loader, aconn: Loader, database: Database, conn: Conn
) -> None:
    async with await database.connect_async() as blocking:
        await blocking.execute("lock table ops.insight_coverage")
        committing = asyncio.create_task(load_rows(loader, 0, [row()]))
        await until_locks(conn, waiting=1)
        revoking = asyncio.create_task(revoke(aconn, RUN, "too late for this one"))
        while not revoking.done() and locks_waiting(conn) < 2:
            await asyncio.sleep(0.01)
        assert not revoking.done()
    assert (await committing).rows_changed == 1
    await revoking
    with pytest.raises(FencedOut):
        await load_rows(loader, 1, [row(spend="0")])


async def test_a_run_without_a_token_is_refused(aconn: Loader) -> None:
    with pytest.raises(FencedOut, match="holds no right to write"):
        await load_rows(aconn, 0, [row()], run_id="nobody")


async def test_a_revoked_run_cannot_take_its_token_again(aconn: Loader, conn: Conn) -> None:
    await take_token(aconn, "run-9")
    await revoke(aconn, "run-9", "declared dead")
    await release_token(aconn, "run-9")
    with pytest.raises(FencedOut, match="declared dead"):
        await take_token(aconn, "run-9")
    await until_locks(conn, alive=0)


async def test_runs_whose_connection_is_gone_are_revoked_and_their_syncs_closed(
    database: Database, loader: Loader, aconn: Loader, conn: Conn
) -> None:
    dead = await database.connect_async()
    await take_token(dead, "dead-run")
    conn.execute(
        "insert into ops.sync_runs (run_id, platform, account_id, report, started_at)"
        " values ('dead-run', 'meta', '1', 'insights_daily', now()), ('run-1', 'meta', '1', 'ads', now())"
    )
    assert await revoke_dead(aconn) == []
    await dead.close()
    await until_locks(conn, alive=1)
    assert await revoke_dead(aconn) == ["dead-run"]
    assert await revoke_dead(aconn) == []
    outcomes = conn.execute("select run_id, outcome, error from ops.sync_runs order by 1").fetchall()
    assert outcomes == [("dead-run", "failed", "The process died before it finished."), ("run-1", "running", None)]
    assert (await load_rows(loader, 0, [row()])).rows_changed == 1


async def test_a_run_never_declares_itself_dead(loader: Loader, database: Database) -> None:
    async with await database.connect_async() as keeper, hold_token(keeper, "careful"):
        assert await revoke_dead(keeper) == []


async def test_a_run_that_ended_in_order_leaves_nothing_to_clean_up(database: Database, conn: Conn) -> None:
    async with running(database, "tidy"):
        pass
    assert scalar(conn, "select count(*) from ops.load_tokens") == 0


async def test_a_token_outlives_the_first_of_two_processes_of_a_run(
    database: Database, aconn: Loader, conn: Conn
) -> None:
    async with running(database, "shared") as first:
        async with running(database, "shared"):
            pass
        assert await revoke_dead(aconn) == []
        assert (await load_rows(first, 0, [row()], run_id="shared")).rows_changed == 1
