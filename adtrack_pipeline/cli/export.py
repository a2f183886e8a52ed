"""`adtrack export`: a table as a file. Thin: reads the call, shows progress, says what was written."""

import sys
import time
from datetime import date
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adtrack_pipeline.cli.errors import Exit, leave, stderr
from adtrack_pipeline.export import (
    PACKED,
    STDOUT,
    Exported,
    ExportError,
    Format,
    Request,
    UnfinishedExportError,
    file_name,
    format_of,
)
from adtrack_pipeline.export import export as write_export
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

SILENT_SECONDS = 10.0  # on a pipe, one line that often


def export(
    table: Annotated[str, typer.Argument(help="A mart, or a public view of ops.", show_default=False)],
    since: Annotated[str | None, typer.Option("--from", help="First day, e.g. 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day, included.")] = None,
    fmt: Annotated[
        Format | None, typer.Option("--format", help="Default: as --out ends, else csv.", show_default=False)
    ] = None,
    where: Annotated[str | None, typer.Option(help="A condition in SQL on the table's columns.")] = None,
    columns: Annotated[str | None, typer.Option(help="Only these, in this order: a,b,c.")] = None,
    out: Annotated[
        str | None, typer.Option(help="File, or - for a pipe. Default: the table's name here.", show_default=False)
    ] = None,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="CSV for programs: text like =1+1 without an apostrophe in front.")
    ] = False,
    gzip: Annotated[bool, typer.Option("--gzip", help="CSV, compressed.")] = False,
    minutes: Annotated[float, typer.Option(min=0.001, help="How long the database may take.")] = 60.0,
) -> None:
    """Write a table to a file that appears only when it is complete.

    [bold]adtrack export campaign_metrics --from 2026-11-01 --format xlsx[/bold]

    [bold]adtrack export ad_performance_daily --where "spend > 100" --columns date_day,ad_name,spend,roas[/bold]

    [bold]adtrack export ad_actions_daily --out actions.parquet[/bold]

    [bold]adtrack export account_metrics --verbatim --out - | your-program[/bold]

    Days are those of date_day, else of period_start, window_end, until_day, or began_at (UTC).

    Reads as adtrack_reader, in one snapshot. Workbooks open with a sheet that explains every column; Parquet
    carries the same as metadata, with numeric as double. `adtrack catalogue` lists the tables.

    Exit codes: 0 done (no row is done, too), 1 failed, 2 a mistake in the call.
    """
    settings = load_settings()
    started = time.monotonic()
    try:
        chosen = format_of(fmt, out)
        gzip = gzip or bool(out and out.endswith(PACKED))
        request = Request(
            table=table,
            fmt=chosen,
            out=_target(out, chosen) or file_name(table, chosen, gzip=gzip),
            columns=tuple(name.strip() for name in (columns or "").split(",") if name.strip()),
            since=_day("--from", since),
            until=_day("--to", until),
            where=where,
            verbatim=verbatim,
            gzip=gzip,
            minutes=minutes,
            is_sandbox=settings.effective_source == "sandbox",
        )
        with Counting() as counting:
            done = write_export(ensure_database(settings), request, counting.tell)
    except ExportError as error:
        leave(Exit.MISTAKE, escape(str(error)))
    except UnfinishedExportError as error:
        leave(Exit.FAILED, escape(str(error)))
    _report(done, request, time.monotonic() - started)


class Counting:
    """How many rows have come: a moving line on a terminal, one line every ten seconds on a pipe."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed:>13,.0f} rows"),
            TimeElapsedColumn(),
            console=stderr,
            transient=True,
            disable=not stderr.is_terminal,
        )
        self._task = self._bar.add_task("rows", total=None)
        self._told_at = time.monotonic()

    def __enter__(self) -> "Counting":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, rows: int) -> None:
        """So many so far."""
        self._bar.update(self._task, completed=rows)
        if not stderr.is_terminal and time.monotonic() - self._told_at > SILENT_SECONDS:
            self._told_at = time.monotonic()
            stderr.print(f"{rows:,} rows so far", highlight=False)


def _target(out: str | None, fmt: Format) -> str | None:
    if out == STDOUT and fmt is not Format.CSV and sys.stdout.isatty():
        raise ExportError(f"{fmt.value} is nothing to read on a terminal: name a file with --out.")
    return out


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ExportError(f"{option} must be a day such as 2026-11-20, not {text!r}.") from None


def _report(done: Exported, request: Request, seconds: float) -> None:
    where = "" if request.out == STDOUT else f" in {request.out}"
    marked = " SANDBOX: simulated data." if request.is_sandbox else ""
    stderr.print(
        escape(f"{done.rows:,} rows of {done.label}{where}, {seconds:.1f} s.{marked}"),
        highlight=False,
        soft_wrap=True,
    )
    if done.held:
        stderr.print(f"The table holds days from {done.held[0]} to {done.held[1]}.", highlight=False)
