"""Migrations: each once, in order, whole or not at all, also with several processes and kills."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adtrack_pipeline.warehouse import Database, MigrationError
from adtrack_pipeline.warehouse.migrate import Migration, migrate, read_migrations
from tests.postgres import PgServer

NAMES = [migration.name for migration in read_migrations()]


@pytest.fixture
def empty(pg_server: PgServer) -> Iterator[Database]:
    with pg_server.fresh_database(template="template0") as database:
        yield database


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory of two small migrations."""
    (tmp_path / "0001_first.sql").write_text("create table ops.first (n int); insert into ops.first values (1);")
    (tmp_path / "0002_second.sql").write_text("create table ops.second (n int);")
    return tmp_path


def apply(database: Database, directory: Path) -> list[str]:
    with database.connect(autocommit=True) as conn:
        return migrate(conn, directory)


def tables(database: Database) -> list[str]:
    with database.connect() as conn:
        found = conn.execute(
            "select relname from pg_class where relnamespace = to_regnamespace('ops') and relkind = 'r' order by 1"
        )
        return [str(name) for (name,) in found]


def test_every_migration_is_applied_once_and_remembered(empty: Database) -> None:
    with empty.connect(autocommit=True) as conn:
        assert migrate(conn) == NAMES
        assert migrate(conn) == []
        remembered = conn.execute("select version, name from ops.schema_migrations order by 1").fetchall()
    assert remembered == [(int(name[:4]), name) for name in NAMES]


def test_two_processes_at_once_apply_each_migration_once(empty: Database, files: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda _: apply(empty, files), range(4)))
    assert sorted(name for names in applied for name in names) == ["0001_first", "0002_second"]
    with empty.connect() as conn:
        assert conn.execute("select n from ops.first").fetchall() == [(1,)]


def test_a_newer_release_only_adds_what_is_new(empty: Database, files: Path) -> None:
    apply(empty, files)
    (files / "0003_third.sql").write_text("alter table ops.first add column more text;")
    assert apply(empty, files) == ["0003_third"]


def test_an_applied_file_that_was_changed_is_refused(empty: Database, files: Path) -> None:
    apply(empty, files)
    (files / "0001_first.sql").write_text("create table ops.first (n bigint);")
    with pytest.raises(MigrationError, match=r"0001_first is not the one .* write a new one"):
        apply(empty, files)


def test_an_applied_file_that_disappeared_is_refused(empty: Database, files: Path) -> None:
    apply(empty, files)
    (files / "0001_first.sql").unlink()
    with pytest.raises(MigrationError, match="0001_first is not the one"):
        apply(empty, files)


def test_a_database_newer_than_the_code_is_refused(empty: Database, files: Path) -> None:
    apply(empty, files)
    (files / "0002_second.sql").unlink()
    with pytest.raises(MigrationError, match=r"newer than this adtrack .*0002_second.* update adtrack"):
        apply(empty, files)


def test_a_number_squeezed_in_later_is_refused(empty: Database, files: Path) -> None:
    (files / "0002_second.sql").rename(files / "0003_second.sql")
    apply(empty, files)
    (files / "0002_squeezed_in.sql").write_text("select 1;")
    with pytest.raises(MigrationError, match="0002_squeezed_in is older than what this database already has"):
        apply(empty, files)


def test_a_failing_migration_is_undone_whole_and_the_ones_before_stay(empty: Database, files: Path) -> None:
    (files / "0002_second.sql").write_text("create table ops.half (n int); select 1 / 0;")
    with pytest.raises(MigrationError, match=r"0002_second failed and was undone: division by zero"):
        apply(empty, files)
    assert tables(empty) == ["first", "schema_migrations"]


def test_a_process_killed_half_way_leaves_nothing_half(empty: Database, files: Path) -> None:
    with empty.connect() as blocker:
        blocker.execute("create schema gate")
        blocker.execute("create table gate.closed ()")
        blocker.commit()
        blocker.execute("lock table gate.closed")
        (files / "0002_second.sql").write_text("create table ops.half (n int); table gate.closed;")
        with start_migrating(empty, files) as process:
            while not blocker.execute(WAITING).fetchall():
                blocker.execute("select pg_sleep(0.02)")
            process.send_signal(signal.SIGKILL)
            process.wait()
    while still_connected(empty):
        pass
    assert tables(empty) == ["first", "schema_migrations"]
    assert apply(empty, files) == ["0002_second"]


def test_line_ends_of_the_checkout_do_not_matter() -> None:
    assert Migration(1, "a", "select 1;\n").checksum == Migration(1, "a", "select 1;\r\n").checksum


@pytest.mark.parametrize("name", ["first.sql", "1_first.sql", "0001_again.sql"])
def test_a_file_without_a_number_of_its_own_is_refused(files: Path, name: str) -> None:
    (files / name).write_text("select 1;")
    with pytest.raises(MigrationError, match="no version of its own"):
        read_migrations(files)


def test_no_migration_ends_the_transaction_it_runs_in() -> None:
    for migration in read_migrations():
        code = re.sub(
            r"--.*|'[^']*'|\$\$.*?\$\$", "", migration.sql, flags=re.DOTALL if "$$" in migration.sql else 0
        )
        assert not re.search(r"\b(begin|commit|rollback|concurrently|vacuum)\b", code, re.IGNORECASE), (
            migration.name
        )


def test_tables_of_another_user_are_refused_in_one_sentence(database: Database, pg_server: PgServer) -> None:
    with pg_server.admin() as conn:
        conn.execute(f"create role other_{database.dbname} login createdb password 'other'")
        conn.execute(f"grant create on database {database.dbname} to other_{database.dbname}")
    try:
        with database.connect(autocommit=True) as conn:
            conn.execute(f"grant other_{database.dbname} to current_user")
            conn.execute(f"set role other_{database.dbname}")
            with pytest.raises(MigrationError, match="belong to another user"):
                migrate(conn)
    finally:
        with database.connect(autocommit=True) as conn:
            conn.execute(f"drop owned by other_{database.dbname}")
            conn.execute(f"drop role other_{database.dbname}")


WAITING = "select 1 from pg_locks where not granted and relation = 'gate.closed'::regclass"

MIGRATE = """
import sys
from pathlib import Path
from pydantic import SecretStr
from adtrack_pipeline.warehouse.dsn import parse_database_url
from adtrack_pipeline.warehouse.migrate import migrate
with parse_database_url(SecretStr(sys.stdin.readline())).connect(autocommit=True) as conn:
    migrate(conn, Path(sys.argv[1]))
"""


def start_migrating(database: Database, files: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", MIGRATE, str(files)], stdin=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdin is not None
    process.stdin.write(database.url().get_secret_value() + "\n")
    process.stdin.flush()
    return process


def still_connected(database: Database) -> bool:
    with database.connect() as conn:
        others = "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        return conn.execute(others).fetchone() is not None
