"""`adtrack sql`: one query against the warehouse, whichever it is, or the URL to connect a BI tool with."""

import sys
from csv import writer
from decimal import Decimal
from typing import Annotated, Any

import psycopg
import typer
from psycopg import sql as pgsql
from rich.table import Table

from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.export.cells import harmless
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database
from adtrack_pipeline.warehouse.declared_roles import ROLES

SHOWN_ROWS = 200


def sql(
    query: Annotated[str | None, typer.Argument(help="One SQL statement.", show_default=False)] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV with a header on stdout, streamed.")] = False,
    spreadsheet: Annotated[
        bool, typer.Option("--spreadsheet", help="CSV in which a name like =1+1 is text and no formula.")
    ] = False,
    url: Annotated[bool, typer.Option("--url", help="Print the connection URL (with its password).")] = False,
    role: Annotated[str, typer.Option(help="Whose URL or rights: owner, reader, predictor, orders.")] = "owner",
    write: Annotated[bool, typer.Option("--write", help="Allow changes, e.g. to raw.fx_rates.")] = False,
) -> None:
    """Query the warehouse.

    [bold]adtrack sql "select * from marts.account_metrics order by date_day desc" --csv[/bold]

    [bold]adtrack sql "select * from marts.performance_alerts" --spreadsheet > alerts.csv[/bold]

    [bold]adtrack sql --url --role reader[/bold]   for a BI tool: reads marts and public views of ops only

    [bold]adtrack sql --url --role predictor[/bold]   for a model: may insert into raw.predictions, nothing else
    """
    if role != "owner" and role not in ROLES:
        leave(Exit.MISTAKE, f"--role must be owner, {' or '.join(ROLES)}, not {role!r}.")
    if not url and not query:
        leave(Exit.MISTAKE, 'Give a query, e.g. adtrack sql "select 1", or --url.')
    database = ensure_database(load_settings())
    login = None if role == "owner" else role
    if url:
        print(database.url(login).get_secret_value())
        return
    try:
        with database.connect(role=login) as conn:
            conn.read_only = not write
            statement = pgsql.SQL((query or "").strip().rstrip(";"))  # the user's own SQL is the point
            if spreadsheet:
                _write_for_people(conn, statement)
            elif csv:
                _write_for_programs(conn, statement)
            else:
                _show(conn, statement)
    except psycopg.Error as error:
        leave(Exit.FAILED, str(error).strip())


def _write_for_programs(conn: psycopg.Connection[Any], statement: pgsql.SQL) -> None:
    copy = pgsql.SQL("copy ({}) to stdout with (format csv, header)").format(statement)
    with conn.cursor() as cursor, cursor.copy(copy) as rows:
        for block in rows:
            sys.stdout.buffer.write(block)


def _write_for_people(conn: psycopg.Connection[Any], statement: pgsql.SQL) -> None:
    with conn.cursor("spreadsheet") as cursor:
        cursor.execute(statement)
        out = writer(sys.stdout, lineterminator="\n")
        out.writerow([column.name for column in cursor.description or ()])
        out.writerows([_cell(harmless(value)) for value in row] for row in cursor)


def _show(conn: psycopg.Connection[Any], statement: pgsql.SQL) -> None:
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
