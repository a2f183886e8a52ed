"""What BI tools may see, and nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, DatabaseError, ensure_database
from adtrack_pipeline.warehouse.connect import prepare, prepare_embedded
from adtrack_pipeline.warehouse.declared_roles import READER as READER_ROLE
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from adtrack_pipeline.warehouse.roles import ensure_role
from tests.postgres import PgServer

Conn = psycopg.Connection[Any]
READER = READER_ROLE.name


def known(database: Database) -> dict[str, SecretStr]:
    return {key: login.password for key, login in database.logins.items() if login.password}


@pytest.fixture
def reader(database: Database) -> Iterator[Conn]:
    """A BI tool's connection."""
    with database.connect(role="reader", autocommit=True) as connection:
        yield connection


def test_the_reader_reads_what_dbt_builds_later(conn: Conn, reader: Conn) -> None:
    conn.execute("create table marts.campaign_metrics as select 42 as spend")
    conn.execute("create view marts.top as select * from marts.campaign_metrics")
    assert reader.execute("select spend from marts.top").fetchone() == (42,)
    # dbt replaces a table by building another and renaming it.
    conn.execute("create table marts.fresh as select 43 as spend")
    conn.execute("drop table marts.campaign_metrics cascade")
    conn.execute("alter table marts.fresh rename to campaign_metrics")
    assert reader.execute("select spend from marts.campaign_metrics").fetchone() == (43,)


def test_the_reader_finds_marts_without_naming_the_schema(conn: Conn, reader: Conn) -> None:
    conn.execute("create table marts.campaign_metrics as select 42 as spend")
    assert reader.execute("select spend from campaign_metrics").fetchone() == (42,)


@pytest.mark.parametrize(
    "table",
    ["raw.insights_daily", "raw.pages", "ops.sync_runs", "ops.schema_migrations", "staging.any", "dagster.runs"],
)
def test_the_reader_sees_nothing_but_marts_and_public_views(conn: Conn, reader: Conn, table: str) -> None:
    conn.execute(f"create table if not exists {table} ()")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(f"select * from {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "create table marts.mine ()",
        "create table public.mine ()",
        "create schema mine",
        "insert into marts.campaign_metrics values (1)",
        "drop table marts.campaign_metrics",
        "truncate marts.campaign_metrics",
        "grant select on ops.sync_runs to adtrack_reader",
    ],
)
def test_the_reader_cannot_write_even_after_switching_its_seat_belt_off(
    conn: Conn, reader: Conn, statement: str
) -> None:
    if conn.info.server_version < 150000 and "public" in statement:
        pytest.skip("before PostgreSQL 15 everybody may create tables in public; that is not ours to change")
    conn.execute("create table marts.campaign_metrics (spend numeric)")
    reader.execute("set default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(statement)


def test_the_reader_is_kept_from_accidents_and_endless_queries(reader: Conn) -> None:
    shown = [
        reader.execute(f"show {name}").fetchone()
        for name in ("default_transaction_read_only", "statement_timeout")
    ]
    assert shown == [("on",), ("5min",)]


def test_a_mart_that_lost_its_grant_is_readable_again_after_the_next_start(conn: Conn, reader: Conn) -> None:
    conn.execute("create table marts.restored as select 42 as spend")
    conn.execute(f"revoke select on marts.restored from {READER}")
    ensure_role(conn, READER_ROLE)
    assert reader.execute("select spend from marts.restored").fetchone() == (42,)


def test_a_second_start_touches_no_table_that_dbt_may_be_replacing(database: Database, conn: Conn) -> None:
    conn.execute("create table marts.campaign_metrics as select 42 as spend")
    with database.connect() as dbt:
        dbt.execute("alter table marts.campaign_metrics rename to old")  # holds the table until it commits
        prepare(database, kept=known(database))


def test_a_password_of_the_users_choice_is_set_and_changed(server: EmbeddedServer) -> None:
    for chosen in ("first choice", "second choice"):
        ready = prepare_embedded(server, given={"reader": SecretStr(chosen)})
        with ready.connect(role="reader") as connection:
            assert connection.info.user == READER
    assert "second%20choice" in ready.url("reader").get_secret_value()
    assert prepare_embedded(server).reader.password == SecretStr("second choice")  # kept when no longer given


def test_without_a_known_password_a_note_says_what_to_set(database: Database) -> None:
    ready = prepare(database)
    assert ready.reader.password is None
    assert "ADTRACK_READER_PASSWORD" in (ready.reader.note or "")


def test_the_embedded_servers_reader_gets_a_password_that_is_kept(home: Path) -> None:
    settings = Settings.model_validate({"ADTRACK_HOME": home})
    first, second = ensure_database(settings), ensure_database(settings)
    assert first.reader.password == second.reader.password
    with second.connect(role="reader") as reader:
        assert reader.execute("select count(*) from ops.account_freshness").fetchone() == (0,)
    (home / "postgres" / f"{READER}.password").unlink()
    third = ensure_database(settings)
    with third.connect(role="reader"):
        assert third.reader.password != first.reader.password


def test_a_user_who_may_not_create_roles_gets_everything_but_a_reader(server: EmbeddedServer) -> None:
    port = server.ensure()
    with psycopg.connect(server.conninfo(port), autocommit=True) as root:
        root.execute("create role plain login password 'plain'")
        root.execute("create database ads owner plain")
        plain = Database("127.0.0.1", port, "plain", "ads", SecretStr("plain"))
        ready = prepare(plain)
        assert "may not create roles" in (ready.reader.note or "")
        with pytest.raises(DatabaseError, match="may not create roles"):
            ready.connect(role="reader")
        # An administrator did what the note asks for: the grants follow by themselves.
        root.execute(f"create role {READER} login password 'by the administrator'")
    assert "whoever created it" in (prepare(plain).reader.note or "")
    given = prepare(plain, given={"reader": SecretStr("by the administrator")})
    with given.connect(role="reader") as reader, plain.connect(autocommit=True) as owner:
        owner.execute("create table marts.campaign_metrics as select 42 as spend")
        assert reader.execute("select spend from marts.campaign_metrics").fetchone() == (42,)


def test_several_databases_of_one_server_may_prepare_the_shared_role_at_once(
    pg_server: PgServer, database: Database
) -> None:
    passwords = known(database)
    with pg_server.fresh_database() as other, ThreadPoolExecutor(4) as pool:
        ready = list(pool.map(lambda one: prepare(one, given=passwords), [database, other] * 4))
    assert {one.reader.password for one in ready} == {passwords["reader"]}
    assert {one.reader.note for one in ready} == {None}


def test_nobody_may_be_asked_for_but_the_owner_and_the_declared_roles(database: Database) -> None:
    with pytest.raises(ValueError, match="role must be"):
        replace(database).url("admin")
