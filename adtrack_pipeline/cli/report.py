"""`adtrack report`: the daily report of any past day, from the marts as they are now. Sends nothing."""

import json as jsonlib
import sys
import webbrowser
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from adtrack_pipeline import clock
from adtrack_pipeline.cli.errors import Exit, leave
from adtrack_pipeline.defs.reporting.building import Builder
from adtrack_pipeline.export import ExportError, write_whole
from adtrack_pipeline.reporting import Report, Standing, dashboard
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

ON_DEMAND = "on-demand"  # beside the reports that were sent, so that none of those is written over


def report(
    day: Annotated[str | None, typer.Option("--date", help="A day that is over; default: yesterday.")] = None,
    account: Annotated[
        str | None, typer.Option(help="Ad account id; default: all accounts, or the only one.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The dashboard numbers on stdout.")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write the page; default: under ADTRACK_HOME.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Build the daily report of a day and write it as one HTML file.

    [bold]adtrack report --open[/bold]   yesterday, all accounts

    [bold]adtrack report --date 2026-11-02 --account 1234567890 --out report.html[/bold]

    [bold]adtrack report --json[/bold]   the numbers of a dashboard; no file unless --out says so

    Nothing is sent and nothing is kept in the warehouse: that is what the hourly run does every morning.
    """
    settings = load_settings()
    wanted_day = _day(day)
    with ensure_database(settings).connect(autocommit=True) as conn:
        builder = Builder(conn, settings, clock.now())
        built = _build(builder, account.removeprefix("act_") if account else None, wanted_day)
        page = None if json and not (out or open_it) else builder.page(built)
    if json:
        print(jsonlib.dumps(dashboard(built), indent=2, ensure_ascii=False))
    if page is None:
        return
    path = (out or settings.reports_dir / ON_DEMAND / _name(built)).absolute()
    _write(path, page)
    print(path, file=sys.stderr if json else sys.stdout)
    if open_it:
        webbrowser.open(path.as_uri())


def _build(builder: Builder, account: str | None, day: date | None) -> Report:
    standings = builder.standings()
    if not standings:
        leave(Exit.MISTAKE, "No account was read yet. Start with: adtrack run")
    if account is None and len(standings) > 1:
        until = _over(day, min(one.yesterday(builder.now) for one in standings))
        return builder.of_all([(one.platform, one.account_id) for one in standings], until)
    chosen = standings[0] if account is None else _chosen(standings, account)
    built = builder.of_account(chosen.platform, chosen.account_id, _over(day, chosen.yesterday(builder.now)))
    if built is None:
        leave(Exit.MISTAKE, f"Account {chosen.account_id} is not in the warehouse. Run adtrack run first.")
    return built


def _chosen(standings: list[Standing], account: str) -> Standing:
    found = next((one for one in standings if one.account_id == account), None)
    if found is None:
        known = ", ".join(one.account_id for one in standings)
        leave(Exit.MISTAKE, f"--account names {account}, which is not read here. Accounts: {known}.")
    return found


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        leave(Exit.MISTAKE, f"--date must be a day such as 2026-11-02, not {text!r}.")


def _over(day: date | None, last: date) -> date:
    """The day, if it is over."""
    if day is not None and day > last:
        leave(Exit.MISTAKE, f"--date is {day}, which is not over yet; the last day that is, is {last}.")
    return day or last


def _name(report: Report) -> str:
    who = "all-accounts" if report.is_overall else f"{report.platform}-{report.account_id}"
    return f"{report.day}-{who}.html"


def _write(path: Path, page: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: file.write(page.encode()))
    except ExportError as error:
        leave(Exit.MISTAKE, escape(f"{error} Name another file with --out."))
    except OSError as error:
        leave(Exit.MISTAKE, escape(f"{path} cannot be written: {error.strerror}. Name another file with --out."))
