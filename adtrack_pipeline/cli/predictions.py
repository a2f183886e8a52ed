"""`adtrack predictions`: predictions of models, from files."""

from typing import Annotated

import typer

from adtrack_pipeline.cli.intake import TemplateFormat, load_all, write_template
from adtrack_pipeline.intake import PREDICTIONS

app = typer.Typer(help="Hand in what models predicted, to be compared with what happened.", no_args_is_help=True)


@app.command("load")
def load(
    files: Annotated[list[str], typer.Argument(help="Paths or URLs.", show_default=False)],
    again: Annotated[
        bool, typer.Option("--again", help="Also a file that is known: undoes corrections made since.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Load files into raw.predictions: CSV, JSONL (both also .gz) or Parquet.

    Good rows are loaded, bad ones kept in raw.rejected_rows with their reason. The same file twice changes
    nothing; the same prediction_id with other values is a new version. Unknown columns are kept in metadata.

    Windows are days of the ad account, both included; as a timestamp, an end at midnight excludes the day it
    begins. CTR is in percent: 2.5, not 0.025.

    [bold]adtrack predictions load tonight.csv[/bold]

    [bold]adtrack predictions load a.parquet b.jsonl.gz --dry-run[/bold]

    [bold]adtrack predictions load s3://bucket/tonight.parquet[/bold]   needs s3fs

    Exit codes: 0 all loaded or known, 2 a file was refused, 3 some rows were rejected.
    """
    load_all(PREDICTIONS, files, again=again, dry_run=dry_run, json=json)


@app.command("template")
def template(
    how: Annotated[TemplateFormat, typer.Option("--format", help="csv or jsonl.")] = TemplateFormat.CSV,
) -> None:
    """Print all columns with an example.

    [bold]adtrack predictions template > predictions.csv[/bold]
    """
    write_template(PREDICTIONS, how)
