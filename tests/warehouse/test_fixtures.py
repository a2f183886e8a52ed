"""The test plumbing itself: what every other room's tests stand on."""

from typing import Any

import psycopg

from adtrack_pipeline.warehouse.database import Database


def test_a_test_gets_a_migrated_database_of_its_own(conn: psycopg.Connection[Any]) -> None:
    assert conn.execute("select count(*) from raw.insights_daily").fetchone() == (0,)
    conn.execute("create table marts.left_behind ()")


def test_what_one_test_leaves_no_other_sees(conn: psycopg.Connection[Any]) -> None:
    assert conn.execute("select to_regclass('marts.left_behind')").fetchone() == (None,)


async def test_the_async_connection_works_as_in_production(
    aconn: psycopg.AsyncConnection[Any], database: Database
) -> None:
    assert not aconn.autocommit
    row = await (await aconn.execute("select current_database()")).fetchone()
    assert row == (database.dbname,)
