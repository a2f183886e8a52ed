"""Can this server carry the warehouse? Version, encoding, read-only, rights: one sentence each."""

from typing import Any

import psycopg

from adtrack_pipeline.warehouse.errors import DatabaseError

OLDEST = 140000


def check_version(server_version: int) -> None:
    """Refuse a server older than PostgreSQL 14 (`server_version` as in `server_version_num`)."""
    if server_version < OLDEST:
        found = (
            f"{server_version // 10000}"
            if server_version >= 100000
            else f"{server_version // 10000}.{server_version // 100 % 100}"
        )
        raise DatabaseError(
            f"The database is PostgreSQL {found}; adtrack needs {OLDEST // 10000} or later: upgrade it, or unset "
            "DATABASE_URL to use the one that comes with adtrack."
        )


def check_server(conn: psycopg.Connection[Any]) -> None:
    """Refuse a server the pipeline could not write to.

    Raises:
        DatabaseError: too old, read-only, or not UTF-8.
    """
    check_version(conn.info.server_version)
    row = conn.execute(
        "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', "
        "current_setting('server_encoding'), current_database(), current_user"
    ).fetchone()
    is_replica, read_only, encoding, dbname, user = row or (False, False, "UTF8", "", "")
    if is_replica:
        raise DatabaseError("The database is a read-only replica: point DATABASE_URL at the primary server.")
    if read_only:
        raise DatabaseError(
            f"The database is read-only for {user!r} (default_transaction_read_only is on for this server, "
            "database or user): switch that off, or use a user that may write."
        )
    if encoding != "UTF8":
        raise DatabaseError(
            f"The database {dbname!r} has the encoding {encoding}; names of ads need UTF8: create one with "
            f"create database {dbname} encoding 'UTF8' template template0."
        )


def check_may_create(conn: psycopg.Connection[Any]) -> None:
    """Refuse a user who may not create schemas, before a migration fails half-way through its statements."""
    row = conn.execute(
        "select has_database_privilege(current_database(), 'create'), current_user, current_database()"
    ).fetchone()
    may_create, user, dbname = row or (False, "", "")
    if not may_create:
        raise DatabaseError(
            f"The user {user!r} may not create schemas in {dbname!r}: run "
            f'grant create on database "{dbname}" to "{user}" as its owner.'
        )
