"""DATABASE_URL: what is read from it, and one sentence for each server that cannot be used."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, DatabaseError, ensure_database, stop_embedded
from adtrack_pipeline.warehouse.checks import check_version
from adtrack_pipeline.warehouse.connect import prepare_embedded
from adtrack_pipeline.warehouse.dsn import parse_database_url
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from adtrack_pipeline.warehouse.refusals import trouble
from tests.postgres import FAST, PgServer

SECRET = "p@ss/w:rd%#"


def settings_for(url: str | SecretStr) -> Settings:
    text = url if isinstance(url, str) else url.get_secret_value()
    return Settings.model_validate({"DATABASE_URL": text, "ADTRACK_SOURCE": "sandbox"})


def sentence_of(database: Database) -> str:
    with pytest.raises(DatabaseError) as caught:
        ensure_database(settings_for(database.url()))
    sentence = str(caught.value)
    if database.password:
        assert database.password.get_secret_value() not in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_usual_spelling_of_the_url_is_read(scheme: str) -> None:
    database = parse_database_url(
        SecretStr(f"{scheme}://me:p%40ss@db.example:6543/ads?sslmode=require&sslrootcert=/ca")
    )
    assert (database.host, database.port, database.user, database.dbname) == ("db.example", 6543, "me", "ads")
    assert database.password == SecretStr("p@ss")
    assert database.env()["ADTRACK_PGSSLMODE"] == "require"
    assert database.env()["PGSSLROOTCERT"] == "/ca"


def test_port_database_and_password_may_be_left_out() -> None:
    database = parse_database_url(SecretStr("postgres://me@db.example"))
    assert (database.port, database.dbname, database.password) == (5432, "me", None)
    assert database.env()["ADTRACK_PGPASSWORD"] == ""


@pytest.mark.parametrize(
    "database",
    [
        Database("db.example", 5432, "me", "ads", SecretStr(SECRET), options={"sslmode": "verify-full"}),
        Database("::1", 5432, "me", "my ads", SecretStr(SECRET)),
        Database("/run/postgresql", 5433, "me", "ads"),
    ],
)
def test_a_printed_url_leads_back_to_the_same_database(database: Database) -> None:
    again = parse_database_url(database.url())
    assert replace(again, options={}) == replace(database, options={})
    assert again.sslmode == database.sslmode


@pytest.mark.parametrize(
    "url", ["mysql://u:secret1@h/d", "secret1", "postgres://u:secret1@h:port/d", "postgres://u:secret1%zz@h/d"]
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"DATABASE_URL.*must") as caught:
        ensure_database(settings_for(url))
    assert "secret1" not in str(caught.value)


def test_a_database_never_shows_its_password_in_its_repr(database: Database) -> None:
    assert database.password is None or database.password.get_secret_value() not in repr(database)


def test_connections_carry_our_name_and_utc_and_bounded_lock_waits(database: Database) -> None:
    with database.connect(application_name="adtrack load") as conn:
        shown = [
            conn.execute(f"show {name}").fetchone() for name in ("application_name", "timezone", "lock_timeout")
        ]
    assert shown == [("adtrack load",), ("UTC",), ("10min",)]


def test_a_fresh_database_is_made_ready_and_a_second_time_changes_nothing(pg_server: PgServer) -> None:
    with pg_server.fresh_database(template="template0") as empty:
        for _ in range(2):
            ready = ensure_database(settings_for(empty.url()))
            with ready.connect() as conn:
                assert conn.execute("select count(*) from raw.ads").fetchone() == (0,)
        assert not ready.is_embedded
        assert not stop_embedded(settings_for(empty.url()))  # not ours to stop


def test_nothing_listening_there_is_said_so(database: Database) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert f"Nothing answers on 127.0.0.1:{port}" in sentence_of(
        Database("127.0.0.1", port, "me", "ads", SecretStr("secret1"))
    )


def test_an_unknown_host_is_named() -> None:
    nowhere = Database("nowhere.invalid", 5432, "me", "ads", SecretStr("secret1"))
    assert "'nowhere.invalid' of DATABASE_URL is not known" in sentence_of(nowhere)


def test_a_missing_database_is_named_with_how_to_create_it(database: Database) -> None:
    assert "create database no_such_db" in sentence_of(replace(database, dbname="no_such_db"))


def test_a_wrong_password_is_refused_in_one_sentence(needs_embedded_postgres: None, database: Database) -> None:
    assert "refuses this user name or password" in sentence_of(replace(database, password=SecretStr(SECRET)))
    assert "refuses this user name or password" in sentence_of(replace(database, password=None))


def test_a_database_that_is_set_to_read_only_is_refused(pg_server: PgServer, database: Database) -> None:
    with pg_server.admin() as conn:
        conn.execute(f"alter database {database.dbname} set default_transaction_read_only = on")
    assert "read-only" in sentence_of(database)


def test_a_replica_is_refused(home: Path) -> None:
    server = EmbeddedServer(home, overrides={**FAST, "wal_level": "replica", "max_wal_senders": "1"})
    server.ensure()
    server.stop()
    server.files.account.write(server.files.data / "standby.signal", "")
    password = SecretStr(server.files.password("postgres") or "")
    replica = Database("127.0.0.1", server.ensure(), "postgres", "postgres", password)
    assert "read-only replica" in sentence_of(replica)


def test_a_database_with_another_encoding_is_refused(pg_server: PgServer, database: Database) -> None:
    name = f"{database.dbname}_latin"
    with pg_server.admin() as conn:
        conn.execute(f"create database {name} template template0 encoding 'SQL_ASCII' locale 'C' {_no_icu(conn)}")
        try:
            assert "encoding SQL_ASCII" in sentence_of(replace(database, dbname=name))
        finally:
            conn.execute(f"drop database {name} with (force)")


def test_a_full_database_is_refused(pg_server: PgServer, guest: Database) -> None:
    with pg_server.admin() as conn:
        conn.execute(f"alter database {guest.dbname} connection limit 0")
    assert "no free connection" in sentence_of(guest)


def test_a_user_without_the_right_to_create_schemas_is_told_the_grant(
    pg_server: PgServer, guest: Database
) -> None:
    assert f'grant create on database "{guest.dbname}" to "{guest.user}"' in sentence_of(guest)
    with pg_server.admin() as conn:
        conn.execute(f"grant create on database {guest.dbname} to {guest.user}")
    with ensure_database(settings_for(guest.url())).connect() as conn:
        assert conn.execute("select count(*) from raw.ads").fetchone() == (0,)


def test_an_embedded_server_that_has_gone_is_not_blamed_on_database_url(server: EmbeddedServer) -> None:
    database = prepare_embedded(server)
    server.stop()
    with pytest.raises(DatabaseError, match="run the command again, which starts it") as caught:
        database.connect()
    assert "DATABASE_URL" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "The disk of the database me@h/d is full"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "me@h/d is read-only"),
        (psycopg.errors.LockNotAvailable("canceling"), "keeps tables of me@h/d locked"),
        (psycopg.errors.AdminShutdown("terminating connection\nDETAIL: more"), "failed: terminating connection$"),
    ],
)
def test_what_goes_wrong_while_preparing_is_told_in_one_sentence(error: psycopg.Error, sentence: str) -> None:
    assert re.search(sentence, str(trouble(error, "me@h/d")))


@pytest.mark.parametrize(("number", "name"), [(90624, "9.6"), (100000, "10"), (130014, "13")])
def test_an_old_postgres_is_named_and_refused(number: int, name: str) -> None:
    with pytest.raises(DatabaseError, match=f"is PostgreSQL {name}; adtrack needs 14"):
        check_version(number)


@pytest.mark.parametrize("number", [140000, 150008, 180004])
def test_postgres_14_and_later_are_welcome(number: int) -> None:
    check_version(number)


@pytest.fixture
def guest(pg_server: PgServer) -> Iterator[Database]:
    """An empty database and a user who may do no more than connect to it."""
    with pg_server.fresh_database(template="template0") as empty, pg_server.admin() as conn:
        user = f"guest_of_{empty.dbname}"
        conn.execute(f"create role {user} login password 'guest password'")
        yield replace(empty, user=user, password=SecretStr("guest password"))
        conn.execute(f"alter database {empty.dbname} connection limit -1")
        with empty.connect(autocommit=True) as inside:
            conn.execute(f"grant {user} to current_user")
            inside.execute(f"drop owned by {user}")
        conn.execute(f"drop role {user}")


def _no_icu(conn: "psycopg.Connection[tuple[object, ...]]") -> str:
    return "locale_provider 'libc'" if conn.info.server_version >= 150000 else ""
