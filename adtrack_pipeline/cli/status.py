"""`adtrack status`: how fresh every account is, straight from the public view in the warehouse."""

import json as jsonlib
import sys
from typing import Annotated, Any

import typer
from psycopg.rows import dict_row
from rich.table import Table

from adtrack_pipeline.cli.drawing import MARKS
from adtrack_pipeline.cli.errors import Exit, stdout
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database, ensure_database

STALE_HOURS = 3


def status(json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False) -> None:
    """Show per account and report when it was last read completely, and what went wrong since.

    [bold]adtrack status[/bold]

    Exit codes: 0 everything is fresh, 3 something failed last time or is older than three hours.
    """
    database = ensure_database(load_settings())
    rows = _freshness(database)
    if json:
        print(jsonlib.dumps(rows, indent=2, default=str))
    elif rows:
        stdout().print(_table(rows))
    else:
        print("Nothing was read yet. Start with: adtrack run")
    print(f"Database: {database.label}", file=sys.stderr)
    sys.exit(Exit.INCOMPLETE if any(_needs_a_look(row) for row in rows) else Exit.OK)


def _freshness(database: Database) -> list[dict[str, Any]]:
    with database.connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from ops.account_freshness order by account_id, report").fetchall()


def _needs_a_look(row: dict[str, Any]) -> bool:
    return row["last_outcome"] not in {"ok", "running"} or (row["age_hours"] or 0) > STALE_HOURS


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("account", "report", "last sync", "complete", "rows", "changed", "rejected", "problem")
    for row in rows:
        outcome = row["last_outcome"]
        age = row["age_hours"]
        table.add_row(
            row["account_name"] or row["account_id"],
            row["report"],
            MARKS.get(outcome, f"[red]{outcome}[/red]"),
            "never" if age is None else f"{age:.1f} h ago",
            *(f"{row[name] or 0:,}" for name in ("rows_fetched", "rows_changed", "rows_rejected")),
            row["last_error"] or "",
        )
    return table
