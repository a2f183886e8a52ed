"""What is wrong with the database is one clear sentence, and nothing is half-written."""

from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.errors import DatabaseError
from adtrack_pipeline.warehouse.load import LoadError, SyncLog
from adtrack_pipeline.warehouse.load.errors import clear_errors
from tests.warehouse_load.loading import RUN, day, load_rows, opened, page, row, running, scalar, stored

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


async def test_a_lost_connection_is_told_in_one_sentence_and_the_next_load_works(
    loader: Loader, database: Database, conn: Conn
) -> None:
    async def cut_off() -> None:
        async with opened(loader, 0) as load:
            await load.add(page(row()))
            conn.execute("select pg_terminate_backend(%s)", [loader.info.backend_pid])
            await load.add(page(row("1002")))
            await load.commit(day(1))

    with pytest.raises(
        LoadError, match=r"^Loading insights_daily of account 1 failed. The connection to the database"
    ):
        await cut_off()
    assert stored(conn, "ad_id, spend") == []
    async with running(database, RUN) as again:
        assert (await load_rows(again, 1, [row()])).rows_changed == 1


async def test_a_read_only_database_is_named_as_such(loader: Loader) -> None:
    await loader.execute("set default_transaction_read_only = on")
    await loader.commit()
    with pytest.raises(LoadError, match="The database is read-only"):
        await load_rows(loader, 0, [row()])


async def test_missing_permission_is_named_as_such(database: Database, conn: Conn) -> None:
    role = f"limited_{conn.info.backend_pid}"
    conn.execute(f"create role {role}")
    conn.execute(f"grant usage on schema raw, ops to {role}; grant all on all tables in schema ops to {role}")
    conn.execute(f"grant {role} to current_user")
    async with running(database, RUN) as loading:
        await loading.execute(f"set role {role}")
        await loading.commit()
        with pytest.raises(LoadError, match=r"database user may not do this: permission denied for "):
            await load_rows(loading, 0, [row()])
    conn.execute(f"drop owned by {role}; drop role {role}")


async def test_an_older_layout_says_that_migrations_are_missing(loader: Loader, conn: Conn) -> None:
    conn.execute("alter table raw.insights_daily rename column reach to old_reach")
    with pytest.raises(LoadError, match="run the migrations first"):
        await load_rows(loader, 0, [row()])
    assert scalar(conn, "select count(*) from ops.insight_coverage") == 0


async def test_a_server_that_is_gone_is_a_database_error(database: Database) -> None:
    from dataclasses import replace

    with pytest.raises(DatabaseError):
        await SyncLog(replace(database, port=1)).start("run", "1", "ads")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (pg.DiskFull("could not extend file"), "Loading x failed. The database's disk is full: free some space"),
        (
            psycopg.OperationalError("server closed the connection\nmore"),
            "was lost: server closed the connection.",
        ),
        (pg.DeadlockDetected("deadlock detected"), "The database refused: deadlock detected."),
    ],
)
def test_every_error_of_the_driver_becomes_one_sentence(error: psycopg.Error, sentence: str) -> None:
    with pytest.raises(LoadError, match=sentence) as caught, clear_errors("loading x"):
        raise error
    assert "\n" not in str(caught.value)
