"""One Postgres for a whole test session: the embedded one, or the server of ADTRACK_TEST_DATABASE_URL.

Workers of pytest-xdist share it: each finds the server the first one started, and the last one to end stops it, by
the same file locks the product uses. A template database is migrated once; every test gets a copy of it.
"""

import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from pydantic import SecretStr

from adtrack_pipeline.warehouse.connect import prepare, prepare_embedded
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.declared_roles import ROLES
from adtrack_pipeline.warehouse.dsn import parse_database_url
from adtrack_pipeline.warehouse.embedded import locks
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer

EXISTING_SERVER = os.environ.get("ADTRACK_TEST_DATABASE_URL", "")
HOMES = "adtrack-tests-"
# Tests do not survive power cuts: no waiting for the disk. And no vacuum at work in a database that is dropped.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum": "off",
}
DROPS = 50
SETTLED_WITHIN = 120  # seconds
_numbers = itertools.count(1)


@dataclass(frozen=True)
class PgServer:
    """A server tests may create databases on.

    `template` is a migrated database nobody writes to, `maintenance` one to create others from.
    """

    template: Database
    maintenance: Database

    @contextmanager
    def fresh_database(self, *, template: str | None = None) -> Iterator[Database]:
        """A database of its own: a copy of the migrated template (15 ms), or of `template="template0"`, empty."""
        name = f"{self.template.dbname}_{os.getpid()}_{next(_numbers)}"
        source = template or self.template.dbname
        with self.admin() as conn:
            conn.execute(
                sql.SQL("create database {} template {} {}").format(
                    sql.Identifier(name), sql.Identifier(source), _copy_strategy(conn)
                )
            )
        try:
            yield replace(self.template, dbname=name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        """Drop a database; sessions of other roles, which the owner may not end, are ending by themselves."""
        statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        for attempt in range(1, DROPS + 1):
            try:
                with self.admin() as conn:
                    conn.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                if attempt == DROPS:
                    raise
                time.sleep(0.1)
            else:
                return

    def admin(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection from which databases can be created and dropped."""
        return self.maintenance.connect(autocommit=True)


def settle(conn: psycopg.Connection[Any]) -> None:
    """Wait until every transaction is over that began before this moment, anywhere on the server.

    What is read by transaction numbers is read again while an older one is open, and other tests run beside. The
    connection is in autocommit mode.
    """
    row = conn.execute("select pg_current_xact_id()").fetchone()
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until:
        done = conn.execute("select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", row).fetchone()
        if done and done[0]:
            return
        time.sleep(0.02)
    raise TimeoutError(f"A transaction beside this test has been open for {SETTLED_WITHIN} seconds.")


@contextmanager
def session_server(base: Path) -> Iterator[PgServer]:
    """The server of this test session; `base` is the directory all its workers share."""
    session = sha256(str(base).encode()).hexdigest()[:12]
    with _existing(session) if EXISTING_SERVER else _embedded(session) as server:
        yield server


@contextmanager
def _embedded(session: str) -> Iterator[PgServer]:
    sweep_abandoned()
    home = Path(tempfile.gettempdir()).resolve() / f"{HOMES}{session}"
    # Open to be passed through: when root runs the tests, the server has another account.
    home.mkdir(mode=0o711, exist_ok=True)
    server = EmbeddedServer(home, overrides=FAST)
    try:
        database = prepare_embedded(server)
        yield PgServer(database, replace(database, dbname="postgres"))
    finally:
        if server.stop(only_if_unused=True):
            shutil.rmtree(home, ignore_errors=True)


def sweep_abandoned() -> None:
    """Stop and remove the servers of sessions that were killed."""
    for home in Path(tempfile.gettempdir()).resolve().glob(f"{HOMES}*"):
        is_ours = home.stat().st_uid == os.getuid()
        if is_ours and time.time() - home.stat().st_mtime > 900:  # a younger one may just be starting
            server = EmbeddedServer(home)
            if locks.is_free(server.files.in_use_lock):
                server.stop()
                shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _existing(session: str) -> Iterator[PgServer]:
    given = parse_database_url(SecretStr(EXISTING_SERVER))
    template = replace(given, dbname=f"adtrack_test_{session}")
    key = int(session, 16)
    with given.connect(autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(0)")
        if not conn.execute("select 1 from pg_database where datname = %s", [template.dbname]).fetchone():
            name = sql.Identifier(template.dbname)
            conn.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(name))
        ready = prepare(template, given={key: SecretStr("of the tests") for key in ROLES})
        conn.execute("select pg_advisory_lock_shared(%s), pg_advisory_unlock(0)", [key])
        try:
            yield PgServer(ready, given)
        finally:
            conn.execute("select pg_advisory_unlock_shared(%s)", [key])
            if conn.execute("select pg_try_advisory_lock(%s)", [key]).fetchone() == (True,):
                conn.execute(
                    sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(template.dbname))
                )


def _copy_strategy(conn: psycopg.Connection[tuple[object, ...]]) -> sql.SQL:
    return sql.SQL("strategy file_copy" if conn.info.server_version >= 150000 else "")
