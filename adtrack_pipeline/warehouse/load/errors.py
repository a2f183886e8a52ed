"""How writing to the warehouse fails: one clear sentence, never a row of errors from the driver.

Belongs here: the two errors callers handle and the translation of Postgres' own. Does not belong here: retrying.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors as pg

from adtrack_pipeline.warehouse.errors import DatabaseError


class LoadError(DatabaseError):
    """Nothing was published by the call that raised this; the text is one sentence a person can act on."""


class FencedOut(LoadError):  # noqa: N818 - says what happened, like KeyboardInterrupt
    """This run lost its right to write: it was declared dead or replaced by another run."""


_SENTENCES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (pg.DiskFull, "The database's disk is full: free some space and run again."),
    (pg.OutOfMemory, "The database server is out of memory."),
    (pg.TooManyConnections, "The database takes no more connections: raise max_connections or close some."),
    (pg.ReadOnlySqlTransaction, "The database is read-only (a standby, or default_transaction_read_only)."),
    (pg.InsufficientPrivilege, "The database user may not do this"),
    (pg.UndefinedTable, "The database has an older layout than this program: run the migrations first"),
    (pg.UndefinedColumn, "The database has an older layout than this program: run the migrations first"),
    (pg.QueryCanceled, "The database cancelled the statement (statement_timeout, or an administrator)."),
    (pg.LockNotAvailable, "Another session holds a lock on the same rows for too long (lock_timeout)."),
)


@contextmanager
def clear_errors(doing: str) -> Iterator[None]:
    """Turn any error of the database into a `LoadError`: what was being done, and what is the matter.

    Args:
        doing: the activity for the sentence, such as "loading insights_daily of account 12".
    """
    try:
        yield
    except psycopg.Error as error:
        raise LoadError(f"{doing[0].upper()}{doing[1:]} failed. {sentence(error)}") from error


def sentence(error: psycopg.Error) -> str:
    """What is the matter, in one sentence; connection strings and so passwords are never part of it."""
    for kind, text in _SENTENCES:
        if isinstance(error, kind):
            return text if text.endswith(".") else f"{text}: {_first_line(error)}."
    # No code at all: the driver itself gave up. 08 and 57P: the server did.
    if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
        return f"The connection to the database was lost: {_first_line(error)}."
    return f"The database refused: {_first_line(error)}."


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
