"""`adtrack sql`: one query against the warehouse, whichever it is, or the URL to connect a BI tool with."""

import sys
from decimal import Decimal
from typing import Annotated, Any

import psycopg
import typer
from psycopg import sql as pgsql
from rich.table import Table

from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

SHOWN_ROWS = 200


def sql(
    query: Annotated[str | None, typer.Argument(help="One SQL statement.", show_default=False)] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV with a header on stdout, streamed.")] = False,
    url: Annotated[bool, typer.Option("--url", help="Print the connection URL (with its password).")] = False,
    role: Annotated[str, typer.Option(help="Whose URL or rights: owner or reader.")] = "owner",
    write: Annotated[bool, typer.Option("--write", help="Allow changes, e.g. to raw.fx_rates.")] = False,
) -> None:
    """Query the warehouse.

    [bold]adtrack sql "select * from marts.account_metrics order by date_day desc" --csv[/bold]

    [bold]adtrack sql --url --role reader[/bold]   for a BI tool: reads marts and public views of ops only
    """
    if role not in {"owner", "reader"}:
        leave(Exit.MISTAKE, f"--role must be owner or reader, not {role!r}.")
    if not url and not query:
        leave(Exit.MISTAKE, 'Give a query, e.g. adtrack sql "select 1", or --url.')
    database = ensure_database(load_settings())
    reader = "reader" if role == "reader" else None
    if url:
        print(database.url(reader).get_secret_value())
        return
    try:
        with database.connect(role=reader) as conn:
            conn.read_only = not write
            _run(conn, (query or "").strip().rstrip(";"), as_csv=csv)
    except psycopg.Error as error:
        leave(Exit.FAILED, str(error).strip())


def _run(conn: psycopg.Connection[Any], query: str, *, as_csv: bool) -> None:
    statement = pgsql.SQL(query)  # the user's own SQL is the point of this command
    if as_csv:
        copy = pgsql.SQL("copy ({}) to stdout with (format csv, header)").format(statement)
        with conn.cursor() as cursor, cursor.copy(copy) as rows:
            for block in rows:
                sys.stdout.buffer.write(block)
        return
    cursor = conn.execute(statement)
    if cursor.description is None:
        print(cursor.statusmessage)
        return
    table = Table(*(column.name for column in cursor.description))
    for row in cursor.fetchmany(SHOWN_ROWS):
        table.add_row(*map(_cell, row))
    stdout().print(table)
    if cursor.rowcount > SHOWN_ROWS:
        print(f"{cursor.rowcount - SHOWN_ROWS} more rows; use --csv for all of them.")


def _cell(value: Any) -> str:
    """A value as a person reads it: numbers without exponent or trailing zeros."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
