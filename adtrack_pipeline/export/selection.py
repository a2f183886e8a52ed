"""From what was asked for to one SELECT, and the proof that `--where` is one condition and nothing else.

The lock against harm is the reader role in a read-only transaction; the proof is here so that what comes out are
rows of the table that was named, and a slip in a condition is told as such.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from adtrack_pipeline.export.errors import ExportError
from adtrack_pipeline.export.tables import DATE, INSTANT, Column, Table

Cell = Callable[[Column], sql.Composable]


@dataclass(frozen=True)
class Selection:
    """Rows and columns of one table. Days are inclusive; `where` is the user's own SQL."""

    table: Table
    columns: tuple[Column, ...]
    since: date | None = None
    until: date | None = None
    where: str | None = None


def selection(
    table: Table,
    *,
    columns: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    where: str | None = None,
) -> Selection:
    """What is to be exported of a table.

    Raises:
        ExportError: for an unknown or repeated column, days on a table without days, or reversed days.
    """
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        raise ExportError(f"--columns names {repeated[0]!r} twice.")
    if (since or until) and table.day_column is None:
        raise ExportError(_no_days(table))
    if since and until and since > until:
        raise ExportError(f"--from {since} is after --to {until}.")
    chosen = tuple(table.column(name) for name in columns) or table.columns
    return Selection(table, chosen, since, until, (where or "").strip() or None)


def select(chosen: Selection, cell: Cell, *, in_order: bool = False) -> sql.Composed:
    """The SELECT. `cell` writes a column's expression; `in_order` sorts by the table's key, if it has one."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(cell(column), sql.Identifier(column.name)) for column in chosen.columns
    )
    query = sql.SQL("select {} from {}").format(columns, _name(chosen.table)) + _conditions(chosen)
    if in_order and chosen.table.key:
        key = sql.SQL(", ").join(
            sql.SQL("{}.{}").format(_name(chosen.table), sql.Identifier(name)) for name in _by_day(chosen.table)
        )
        query += sql.SQL(" order by {}").format(key)
    return query


def day_of(table: Table) -> sql.Composable | None:
    """The day of a row, as `--from` and `--to` mean it."""
    if (column := table.day_column) is None:
        return None
    name = sql.Identifier(column.name)
    return name if column.data_type == DATE else sql.SQL("({} at time zone 'UTC')::date").format(name)


def check_condition(conn: psycopg.Connection[Any], chosen: Selection) -> None:
    """Make sure that `where` is one boolean expression over the table, without running it.

    The server parses it twice: where it will stand, and inside a CASE. Text that closes the parenthesis it stands
    in can be valid in one of the two places but not in both, because only WHEN can be followed by THEN. Preparing
    takes one statement only, so that nothing after a semicolon gets through either.

    Raises:
        ExportError: in the server's words.
    """
    if chosen.where is None:
        return
    inside = sql.SQL("select case when (\n{}\n) then 1 end from {}").format(
        sql.SQL(chosen.where),  # the user's own SQL is the point
        _name(chosen.table),
    )
    alone = sql.SQL("select 1 from {}").format(_name(chosen.table)) + _conditions(chosen)
    conn.execute("select 1")  # psycopg opens the transaction
    for query in (alone, inside):
        result = conn.pgconn.prepare(b"", query.as_bytes(conn))
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise ExportError(_refusal(psycopg.errors.error_from_result(result), chosen.table))


def _conditions(chosen: Selection) -> sql.Composed:
    day = day_of(chosen.table)
    parts: list[sql.Composable] = []
    if day and chosen.since:
        parts.append(sql.SQL("{} >= {}").format(day, sql.Literal(chosen.since)))
    if day and chosen.until:
        parts.append(sql.SQL("{} <= {}").format(day, sql.Literal(chosen.until)))
    if chosen.where:  # on lines of its own: a comment at its end must not swallow the parenthesis
        parts.append(sql.SQL("(\n{}\n)").format(sql.SQL(chosen.where)))
    if not parts:
        return sql.SQL("").format()
    return sql.SQL(" where {}").format(sql.SQL(" and ").join(parts))


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _by_day(table: Table) -> list[str]:
    day = table.day_column
    return sorted(table.key, key=lambda name: day is None or name != day.name)


def _no_days(table: Table) -> str:
    instants = [one.name for one in table.columns if one.data_type in {INSTANT, DATE}]
    example = f", e.g. --where \"{instants[0]} >= '2026-11-01'\"" if instants else ""
    return f"{table.label} has no day column, so --from and --to mean nothing there: use --where{example}."


def _refusal(error: psycopg.Error, table: Table) -> str:
    said = (error.diag.message_primary or str(error)).strip()
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"--where may look at marts and the public views of ops only: {said}."
    hint = error.diag.message_hint or ""
    return f"--where is not a condition on {table.label}: {said}. {hint}".strip()
