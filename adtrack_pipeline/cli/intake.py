"""What `adtrack predictions` and `adtrack orders` share: loading files with progress, telling, templates. Thin."""

import csv
import json as jsonlib
import sys
from collections.abc import Sequence
from enum import StrEnum

from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adtrack_pipeline.cli.errors import Exit, leave, stderr, stdout
from adtrack_pipeline.intake import IntakeError, LoadReport, Target, load_file
from adtrack_pipeline.intake.stores import shown
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database, ensure_database

QUARANTINE = "select file_name, line_number, reason, row_text from raw.rejected_rows where source = '{}'"


class TemplateFormat(StrEnum):
    """How the example is written."""

    CSV = "csv"
    JSONL = "jsonl"


def load_all(target: Target, files: Sequence[str], *, again: bool, dry_run: bool, json: bool) -> None:
    """Load files one after the other, say what became of each, and exit with the worst of it."""
    database = ensure_database(load_settings())
    reports = [_load(database, target, file, again=again, dry_run=dry_run, quiet=json) for file in files]
    if json:
        print(jsonlib.dumps([report.to_json() for report in reports], indent=2, ensure_ascii=False))
    else:
        for report in reports:
            stdout().print("\n".join(told(target, report)), highlight=False, soft_wrap=True)
    if any(report.outcome == "refused" for report in reports):
        sys.exit(Exit.MISTAKE)
    if rejected := sum(report.rejected for report in reports):
        if not json and not dry_run:
            query = QUARANTINE.format(target.name)
            stdout().print(f'Rejected rows: adtrack sql "{query}"', highlight=False, soft_wrap=True)
        verb = "would be" if dry_run else "were"
        leave(Exit.INCOMPLETE, f"{rejected:,} rows {verb} rejected; all others {verb} loaded.")


def told(target: Target, report: LoadReport) -> list[str]:
    """What became of a file, for a terminal."""
    name = escape(report.file_name)
    if report.outcome == "refused":
        return [f"[red]refused[/red]  {escape(report.error or name)}"]
    if report.outcome == "known":
        return [f"[green]known[/green]    {name}: this content was loaded before; nothing changed."]
    parts = [f"{report.loaded:,} {target.what} {'would be loaded' if report.dry_run else 'loaded'}"]
    parts += [f"{report.versions:,} of them new versions"] if report.versions else []
    parts += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    parts += [f"[red]{report.rejected:,} rejected[/red]"] if report.rejected else []
    colour = "yellow" if report.rejected else "green"
    head = "dry run" if report.dry_run else report.outcome
    lines = [f"[{colour}]{head:8}[/{colour}] {name}: {', '.join(parts)} ({report.seconds:.1f} s)"]
    for one in report.reasons:
        rows = "1 row" if one.rows == 1 else f"{one.rows:,} rows"
        lines.append(f"         [red]{rows}:[/red] {escape(one.what)} First in line {one.first_line:,}.")
    return lines + [f"         [yellow]warning:[/yellow] {escape(one)}" for one in report.warnings]


def write_template(target: Target, how: TemplateFormat) -> None:
    """A header and an example on stdout."""
    example = {column.name: column.example for column in target.columns} | {"metadata": '{"run": "nightly"}'}
    if how is TemplateFormat.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([example.keys(), example.values()])
        return
    print(jsonlib.dumps({name: _typed(name, text) for name, text in example.items() if text}))


def _load(database: Database, target: Target, file: str, *, again: bool, dry_run: bool, quiet: bool) -> LoadReport:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=quiet or not stderr.is_terminal) as progress:
        task = progress.add_task(escape(shown(file)), total=None)

        def tell(rows: int) -> None:
            progress.update(task, description=f"{escape(shown(file))}: {rows:,} rows")

        try:
            return load_file(database, target, file, again=again, dry_run=dry_run, progress=tell)
        except IntakeError as error:  # the other files have nothing to do with it
            return LoadReport(target.name, shown(file), "refused", dry_run=dry_run, error=str(error))


def _typed(name: str, text: str) -> object:
    """Numbers and objects as JSON has them; ids stay text."""
    if name.endswith(("_id", "_version", "_name")):
        return text
    try:
        return jsonlib.loads(text)
    except ValueError:
        return text
