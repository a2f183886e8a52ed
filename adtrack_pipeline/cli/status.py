"""`adtrack status`: how fresh every account is, straight from the public view in the warehouse."""

import json as jsonlib
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import typer
from psycopg.rows import dict_row
from rich.table import Table

from adtrack_pipeline.cli.drawing import MARKS
from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.services import last_heartbeat, report, silent_daemon
from adtrack_pipeline.settings import Settings, load_settings
from adtrack_pipeline.warehouse import Database, ensure_database

STALE_HOURS = 3


def status(
    json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only whether the daemon works, for cron and liveness probes.")
    ] = False,
    tell: Annotated[
        bool, typer.Option("--tell", help="With --check: tell the channels of a daemon that is silent.")
    ] = False,
) -> None:
    """Show per account and report when it was last read completely, and what went wrong since.

    [bold]adtrack status[/bold]

    [bold]adtrack status --check --tell[/bold]     from cron, where no `adtrack up` watches the daemon

    Exit codes: 0 everything is fresh, 3 something failed last time or is older than three hours.
    With --check: 0 the daemon works, 1 it gives no sign of life.
    """
    if tell and not check:
        leave(Exit.MISTAKE, "--tell needs --check.")
    settings = load_settings()
    database = ensure_database(settings)
    if check:
        _check(settings, database, tell=tell)
    rows = _freshness(database)
    if json:
        print(jsonlib.dumps(rows, indent=2, default=str))
    elif rows:
        stdout().print(_table(rows))
    else:
        print("Nothing was read yet. Start with: adtrack run")
    print(f"Database: {database.label}", file=sys.stderr)
    sys.exit(Exit.INCOMPLETE if any(_needs_a_look(row) for row in rows) else Exit.OK)


def _check(settings: Settings, database: Database, *, tell: bool) -> NoReturn:
    now = datetime.now(UTC)
    with database.connect() as conn:
        beat = last_heartbeat(conn)
    print(beat.sentence(now))
    is_silent = beat.is_silent(now)
    if tell:
        report(settings, database, [silent_daemon(beat, now)] if is_silent else [], now)
    sys.exit(Exit.FAILED if is_silent else Exit.OK)


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
