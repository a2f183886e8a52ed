"""Rows into the raw tables: copied into a table of this transaction, checked there, inserted in one statement.

Belongs here: SQL that writes rows. Does not belong here: what rows may hold (`encode.py`), the list of files
(`register.py`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from adtrack_pipeline.intake.columns import METADATA, Target
from adtrack_pipeline.intake.encode import Rejected
from adtrack_pipeline.warehouse.load.encode import HASH_BYTES, NULL, escaped

Connection = psycopg.Connection[Any]
STAGED = sql.Identifier("pg_temp", "intake_rows")
REJECTED = sql.Identifier("pg_temp", "intake_rejected")
FORMAT = sql.SQL("with (format text, null {})").format(sql.Literal(NULL))
LONGEST_TEXT = 10_000  # characters kept of a refused row; the file has the rest
CHUNK_BYTES = 1 << 18
REJECTED_AT_ONCE = 10_000
_RENAMED = """(
    select coalesce(json_agg(r), '[]') from (
        select old.model_name, new.model_name, count(*) from new
        join raw.predictions old on (old.prediction_id, old.version) = (new.prediction_id, new.version - 1)
        where old.model_name <> new.model_name group by 1, 2 order by 3 desc, 1, 2 limit 3
    ) as r(before, after, n)
)"""


class Written(NamedTuple):
    """Rows written, those that replace an earlier version, and (before, after, count) of renamed models."""

    loaded: int
    versions: int
    renamed: list[tuple[str, str, int]]


def prepare(conn: Connection, target: Target) -> None:
    """Create the tables of this transaction."""
    conn.execute(
        sql.SQL(
            "create temp table intake_rows on commit drop as"
            " select {}, null::bigint as line_number from {} with no data"
        ).format(_names(target), _table(target))
    )
    prepare_rejected(conn)


def prepare_rejected(conn: Connection) -> None:
    """Create the table of this transaction for refused rows."""
    conn.execute(
        "create temp table intake_rejected"
        " (line_number bigint, reason text, row_text text, row_hash bytea) on commit drop"
    )


def stage(conn: Connection, target: Target, rows: Iterable[bytes | Rejected], file_name: str) -> int:
    """Copy rows and refused rows; returns how many were refused. Memory does not grow with the file."""
    refused: list[Rejected] = []
    source, total = iter(rows), 0
    columns = sql.SQL("{}, line_number").format(_names(target))
    copy_rows = sql.SQL("copy {} ({}) from stdin {}").format(STAGED, columns, FORMAT)
    is_over = False
    while not is_over:
        with conn.cursor() as cursor, cursor.copy(copy_rows) as copy:
            is_over = True
            for chunk in _chunks(source, refused):
                copy.write(chunk)
                if len(refused) >= REJECTED_AT_ONCE:  # another COPY cannot begin before this one ends
                    is_over = False
                    break
        stage_rejected(conn, refused, file_name)
        total += len(refused)
        refused.clear()
    conn.execute(sql.SQL("analyze {}").format(STAGED))
    return total


def publish(conn: Connection, target: Target, file_name: str) -> Written:
    """Insert the staged rows in the file's order; triggers give versions and leave out what is there just so."""
    renamed = _RENAMED if target.name == "predictions" else "'[]'::json"
    row = conn.execute(
        sql.SQL(
            "with new as (insert into {table} ({names}, source, source_line)"
            " select {names}, %s, line_number from {staged} order by line_number returning *)"
            " select count(*), count(*) filter (where version > 1), {renamed} from new"
        ).format(table=_table(target), names=_names(target), staged=STAGED, renamed=sql.SQL(renamed)),
        [file_name],
    ).fetchone()
    loaded, versions, pairs = row or (0, 0, [])
    return Written(loaded, versions, [(one["before"], one["after"], one["n"]) for one in pairs])


def publish_rejected(
    conn: Connection, target: Target, file_name: str, run_id: str | None, seen_at: datetime
) -> None:
    """Move refused rows to `raw.rejected_rows`; the same line of the same file seen again counts up."""
    conn.execute(
        sql.SQL(
            "insert into raw.rejected_rows as r (source, platform, account_id, file_name, line_number, reason,"
            "  row_text, row_hash, run_id, first_seen_at, last_seen_at)"
            " select %(source)s, '*', '*', %(file)s, line_number, reason, row_text, row_hash, %(run)s, %(at)s,"
            "  %(at)s from {} on conflict (source, platform, account_id, row_hash) do update set"
            "  reason = excluded.reason, run_id = excluded.run_id, times_seen = r.times_seen + 1,"
            "  last_seen_at = greatest(r.last_seen_at, excluded.last_seen_at)"
        ).format(REJECTED),
        {"source": target.name, "file": file_name, "run": run_id, "at": seen_at},
    )


def _chunks(rows: Iterator[bytes | Rejected], refused: list[Rejected]) -> Iterator[bytes]:
    """Lines in pieces worth sending; refused rows are put aside, and end a piece when there are many."""
    lines: list[bytes] = []
    size = 0
    for row in rows:
        if isinstance(row, Rejected):
            refused.append(row)
        else:
            lines.append(row)
            size += len(row)
        if size >= CHUNK_BYTES or len(refused) >= REJECTED_AT_ONCE:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


def stage_rejected(conn: Connection, refused: Iterable[Rejected], file_name: str) -> None:
    """Copy refused rows."""
    statement = sql.SQL("copy {} from stdin {}").format(REJECTED, FORMAT)
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for one in refused:
            copy.write(_rejected_line(one, file_name))


def _rejected_line(one: Rejected, file_name: str) -> bytes:
    text = _storable(one.text)
    mark = f"{file_name}\n{one.line}\n{text}"
    digest = blake2b(mark.encode(), digest_size=HASH_BYTES).hexdigest()
    fields = (str(one.line), escaped(_storable(one.reason)), escaped(text[:LONGEST_TEXT]), f"\\\\x{digest}")
    return ("\t".join(fields) + "\n").encode()


def _storable(text: str) -> str:
    """The text without what Postgres cannot hold, made visible instead."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\u0000")


def _table(target: Target) -> sql.Identifier:
    return sql.Identifier("raw", target.name)


def _names(target: Target) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in (*(c.name for c in target.columns), METADATA))
