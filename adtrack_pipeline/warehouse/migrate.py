"""Brings the tables to the version this code knows: the files in migrations/, in order, each once.

Belongs here: applying and checking migrations. The tables themselves are in the files. A file is never changed
once it was released; the checksum of each applied one is kept and compared.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from adtrack_pipeline.warehouse.checks import check_may_create
from adtrack_pipeline.warehouse.errors import MigrationError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x61647472_61636B00  # "adtrack": one process at a time changes tables and roles of a database

_BOOKKEEPING = """
create schema if not exists ops;
create table if not exists ops.schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
);
comment on table ops.schema_migrations is
    'One row per migration file that was applied, with the SHA-256 of its text.';
"""


@dataclass(frozen=True)
class Migration:
    """One file: `0001_name.sql` has version 1."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, whatever the line ends of the checkout."""
        return hashlib.sha256(self.sql.replace("\r\n", "\n").encode()).hexdigest()


def read_migrations(directory: Path = MIGRATIONS) -> list[Migration]:
    """All files, by version.

    Raises:
        MigrationError: when a file has no version or two have the same.
    """
    found: dict[int, Migration] = {}
    for path in sorted(directory.glob("*.sql")):
        numbered = re.fullmatch(r"(\d{4})_(\w+)", path.stem)
        if not numbered or int(numbered[1]) in found:
            raise MigrationError(f"{path.name} has no version of its own: name it like 0007_what_it_does.sql.")
        found[int(numbered[1])] = Migration(int(numbered[1]), path.stem, path.read_text(encoding="utf-8"))
    return list(found.values())


def migrate(conn: psycopg.Connection[Any], directory: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names of what was applied.

    The connection must be in autocommit mode. Two processes at once are safe: the second waits, then finds nothing
    to do. A process that is killed leaves whole migrations only.

    Raises:
        MigrationError: the database is newer than this code, an applied file was changed, or a file failed.
        DatabaseError: the user may not create schemas.
    """
    migrations = read_migrations(directory)
    done: list[str] = []
    if pending(migrations, _applied(conn)):
        check_may_create(conn)
        while name := _apply_next(conn, migrations):
            done.append(name)
    return done


def pending(migrations: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    """What is to be applied, given (name, checksum) by version of what was.

    Raises:
        MigrationError: when files and database contradict each other.
    """
    known = {migration.version: migration for migration in migrations}
    newest = max(known, default=0)
    for version, (name, checksum) in sorted(applied.items()):
        if version > newest:
            raise MigrationError(
                f"The database is newer than this adtrack (it has migration {name}, this code ends at "
                f"{newest:04d}): update adtrack."
            )
        if version not in known or known[version].checksum != checksum:
            raise MigrationError(
                f"Migration {name} is not the one this database was made with: a migration is never changed once "
                "it was applied. Put the file back and write a new one, or start with an empty database."
            )
    missing = [migration for migration in migrations if migration.version not in applied]
    if applied and missing and missing[0].version < max(applied):
        raise MigrationError(
            f"Migration {missing[0].name} is older than what this database already has and was never applied: "
            "give it the next free number."
        )
    return missing


def lock_tables_and_roles(conn: psycopg.Connection[Any]) -> None:
    """Take, until the end of the transaction, the lock under which tables and roles are changed; waits for others.

    Of the transaction and not of the session, so that poolers such as PgBouncer cannot lose it.

    Raises:
        MigrationError: when another process holds it longer than the connection's lock_timeout.
    """
    try:
        conn.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    except psycopg.errors.LockNotAvailable:
        raise MigrationError(
            "Another process has been changing the tables for a long time: wait for it, or stop it."
        ) from None


def _apply_next(conn: psycopg.Connection[Any], migrations: Sequence[Migration]) -> str | None:
    """Apply the first missing migration, if any; returns its name."""
    with conn.transaction():
        lock_tables_and_roles(conn)
        conn.execute(_BOOKKEEPING)
        # Asked again under the lock: another process may just have done it.
        missing = pending(migrations, _applied(conn))
        if not missing:
            return None
        migration = missing[0]
        try:
            conn.execute(migration.sql.encode())
        except psycopg.Error as error:
            said = error.diag.message_primary or str(error)
            raise MigrationError(f"Migration {migration.name} failed and was undone: {said}") from error
        conn.execute(
            "insert into ops.schema_migrations (version, name, checksum) values (%s, %s, %s)",
            [migration.version, migration.name, migration.checksum],
        )
        return migration.name


def _applied(conn: psycopg.Connection[Any]) -> dict[int, tuple[str, str]]:
    try:
        rows = conn.execute("select version, name, checksum from ops.schema_migrations").fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return {}
    except psycopg.errors.InsufficientPrivilege:
        raise MigrationError(
            "The tables in this database belong to another user: use the user that created them in DATABASE_URL."
        ) from None
    return {version: (name, checksum) for version, name, checksum in rows}
