"""Copying encoded lines into a staging table, so that one bad line never costs the others.

Belongs here: `COPY`, finding the bad lines, and the archive of pages. Does not belong here: what the lines mean.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

import psycopg
from psycopg import sql

from adtrack_pipeline.warehouse.load.encode import NULL

Connection: TypeAlias = psycopg.AsyncConnection[Any]
ARCHIVE_LEVEL = 1  # zlib: higher levels cost several times the time for a tenth of the room
_COPY_OPTIONS = sql.SQL("with (format text, null {})").format(sql.Literal(NULL))


class PageOrigin(NamedTuple):
    """Where an archived page came from. Objects and change logs have no window."""

    platform: str
    account_id: str
    report: str
    run_id: str
    since: date | None
    until: date | None
    fetched_at: datetime


def copy_statement(table: sql.Identifier, columns: Iterable[str]) -> sql.Composed:
    """`COPY` into a table from encoded lines."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("copy {} ({}) from stdin {}").format(table, names, _COPY_OPTIONS)


async def copy_lines(conn: Connection, statement: sql.Composed, lines: Sequence[bytes]) -> dict[int, str]:
    """Copy lines in autocommit mode; returns the reason for each line (by index) that was refused.

    Postgres refuses a whole `COPY` for one bad line: the halves are tried until the bad ones stand alone.
    """
    refused: dict[int, str] = {}
    waiting = [(0, len(lines))] if lines else []
    while waiting:
        start, end = waiting.pop()
        try:
            async with conn.cursor() as cursor, cursor.copy(statement) as copy:
                await copy.write(b"".join(lines[start:end]))
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            if end - start == 1:
                refused[start] = _reason(error)
            else:
                middle = (start + end) // 2
                waiting += [(middle, end), (start, middle)]
    return refused


async def archive_page(
    conn: Connection, origin: PageOrigin, row_count: int, raw_bytes: int, compressed: bytes
) -> None:
    """Keep an answer as it came (compressed by the caller), for audit and replay."""
    await conn.execute(
        "insert into raw.pages (platform, account_id, report, run_id, window_since, window_until, fetched_at,"
        " row_count, raw_bytes, body) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %b)",
        (*origin, row_count, raw_bytes, compressed),
    )


def _reason(error: psycopg.Error) -> str:
    """Why a line was refused: the column, as far as Postgres names it, and what is wrong with it."""
    if isinstance(error, psycopg.errors.CheckViolation):
        column = (error.diag.constraint_name or "").removesuffix("_check").split("_", 3)[-1]
        return f"{column}: not a finite number."
    place = (error.diag.context or "").split(", column ")[1:]
    name = place[0].split(":")[0].splitlines()[0] if place else error.diag.column_name
    text = (error.diag.message_primary or str(error)).splitlines()[0]
    return f"{name}: {text}." if name else f"{text}."
