"""`adtrack fx`: exchange rates into the warehouse. Thin: reads options, calls, prints."""

import json as jsonlib
import sys
from datetime import date, datetime
from typing import Annotated

import typer
from rich.markup import escape

from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.cli.intake import QUARANTINE, told
from adtrack_pipeline.fx import FX_RATES, downloaded, load_rates, wanted_rates
from adtrack_pipeline.intake import LoadReport
from adtrack_pipeline.intake.stores import shown
from adtrack_pipeline.settings import Settings, load_settings
from adtrack_pipeline.warehouse import ensure_database

app = typer.Typer(help="Exchange rates, without which currencies are never added.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Exchange rates, without which currencies are never added."""


@app.command("load")
def load(
    file: Annotated[str | None, typer.Argument(help="Path or URL.", show_default=False)] = None,
    ecb: Annotated[bool, typer.Option("--ecb", help="Fetch the ECB's file (ADTRACK_ECB_URL).")] = False,
    base: Annotated[
        list[str] | None, typer.Option(help="Also convert everything into this currency; repeatable.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Default: 37 months ago.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Also replace rates entered by hand.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Load euro rates as the European Central Bank publishes them into raw.fx_rates.

    Takes eurofxref.csv (today) and eurofxref-hist.csv (since 1999), also in their ZIP archives. Stores the rates
    from and to the euro, and from every currency into the reporting currency and those of the ad accounts. The
    same file twice changes nothing; a rate the ECB corrected is replaced and named; rates entered by hand stay.

    [bold]adtrack fx load --ecb[/bold]

    [bold]adtrack fx load eurofxref-hist.zip --base GBP --since 2024-01-01[/bold]

    Exit codes: 0 loaded or known, 1 the ECB could not be reached, 2 a mistake, 3 lines were rejected.
    """
    if ecb == bool(file):
        leave(Exit.MISTAKE, "Name a file, or give --ecb to fetch the ECB's; one of the two.")
    settings = load_settings()
    report = _load(settings, file, base or [], since.date() if since else None, replace=replace, dry_run=dry_run)
    if json:
        print(jsonlib.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        lines = told(FX_RATES, report)
        if report.outcome == "known":  # of a known file only what was asked for now may be worth a word
            lines += [f"         [yellow]warning:[/yellow] {escape(one)}" for one in report.warnings]
        stdout().print("\n".join(lines), highlight=False, soft_wrap=True)
    if report.outcome == "refused":
        sys.exit(Exit.MISTAKE)
    if report.rejected:
        advice = "" if dry_run else f' See: adtrack sql "{QUARANTINE.format(FX_RATES.name)}"'
        leave(Exit.INCOMPLETE, f"{report.rejected:,} lines were rejected; all others count.{advice}")


def _load(
    settings: Settings, file: str | None, bases: list[str], since: date | None, *, replace: bool, dry_run: bool
) -> LoadReport:
    name = None if file else shown(settings.ecb_url)
    options = wanted_rates(settings, bases=bases, since=since, replace=replace, name=name)
    if file:
        return load_rates(ensure_database(settings), file, options, dry_run=dry_run)
    with downloaded(settings.ecb_url) as copy:
        return load_rates(ensure_database(settings), copy, options, dry_run=dry_run)
