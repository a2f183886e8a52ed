"""Exactly one `adtrack up` per database: two daemons would start every schedule twice.

The right is a session lock: it ends with the process that holds it, however that ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.warehouse import Database, DatabaseError

LOCK = 0x41445420
NAME = "adtrack up"

_HOLDER = """
select application_name, backend_start from pg_stat_activity join pg_locks using (pid)
where locktype = 'advisory' and granted and objid = %s and classid = 0
    and pg_locks.database = (select oid from pg_database where datname = current_database())
"""


class OnlyOne:
    """The right to run the daemon on this database."""

    def __init__(self, database: Database, address: str) -> None:
        self._database = database
        self._name = f"{NAME} {address}"
        self._conn = self._take()

    def still_held(self) -> bool:
        """Ask the database; false after it was restarted or the connection was cut."""
        try:
            self._conn.execute("select 1")
        except psycopg.Error:
            return False
        return True

    def take_again(self, database: Database) -> bool:
        """After a lost connection: true when the right is ours again, false while the database is away.

        Raises:
            ServiceError: when another one has taken it meanwhile.
        """
        self._database = database
        try:
            self._conn = self._take()
        except DatabaseError:
            return False
        return True

    def close(self) -> None:
        """Give it up."""
        self._conn.close()

    def _take(self) -> psycopg.Connection[Any]:
        conn = self._database.connect(autocommit=True, application_name=self._name)
        if not _answer(conn, "select pg_try_advisory_lock(%s)", LOCK)[0]:
            holder = conn.execute(_HOLDER, (LOCK,)).fetchone()
            conn.close()
            raise ServiceError(_refusal(self._database, holder))
        return conn


@contextmanager
def only_one(database: Database, address: str) -> Iterator[OnlyOne]:
    """Hold the right for a block.

    Args:
        database: which must have no other daemon.
        address: of the UI, so that a second one can say where the first is.

    Raises:
        ServiceError: another one runs.
    """
    right = OnlyOne(database, address)
    try:
        yield right
    finally:
        right.close()


def _answer(conn: psycopg.Connection[Any], query: str, *values: object) -> tuple[Any, ...]:
    row = conn.execute(query, values).fetchone()
    return row or (None,)


def _refusal(database: Database, holder: tuple[Any, ...] | None) -> str:
    where = f"{database.host}:{database.port}/{database.dbname}"
    if not holder:
        return (
            f"adtrack up is already running on the database {where}. Stop it first, or use another ADTRACK_HOME."
        )
    address = str(holder[0]).removeprefix(NAME).strip()
    return (
        f"adtrack up is already running on the database {where}, since {holder[1]:%Y-%m-%d %H:%M} UTC, "
        f"with its UI at {address}. Stop it first, or use another database (ADTRACK_HOME or DATABASE_URL)."
    )
