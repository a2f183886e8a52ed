"""`adtrack orders`: orders made outside the ad platform's sight, from files."""

from typing import Annotated

import typer

from adtrack_pipeline.cli.intake import TemplateFormat, load_all, write_template
from adtrack_pipeline.intake import ORDERS

app = typer.Typer(help="Hand in orders the ad platform did not see, for true ROAS.", no_args_is_help=True)


@app.command("load")
def load(
    files: Annotated[list[str], typer.Argument(help="Paths or URLs.", show_default=False)],
    again: Annotated[
        bool, typer.Option("--again", help="Also a file that is known: undoes corrections made since.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Load files into raw.offline_conversions: CSV, JSONL (both also .gz) or Parquet.

    Good rows are loaded, bad ones kept in raw.rejected_rows with their reason. The same file twice changes
    nothing; the same order_id with other values is a new version. A refund is a row of the same order with a
    negative value.

    [bold]adtrack orders load shop.csv[/bold]

    [bold]adtrack orders load gs://bucket/2026-03-01.jsonl.gz --json[/bold]   needs gcsfs

    Exit codes: 0 all loaded or known, 2 a file was refused, 3 some rows were rejected.
    """
    load_all(ORDERS, files, again=again, dry_run=dry_run, json=json)


@app.command("template")
def template(
    how: Annotated[TemplateFormat, typer.Option("--format", help="csv or jsonl.")] = TemplateFormat.CSV,
) -> None:
    """Print all columns with an example.

    [bold]adtrack orders template --format jsonl[/bold]
    """
    write_template(ORDERS, how)
