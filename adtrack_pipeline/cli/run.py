"""`adtrack run`: one hourly cycle in the foreground."""

import sys
from typing import Annotated

import typer

from adtrack_pipeline.cli.cycle import run_cycle


def run(
    account: Annotated[list[str] | None, typer.Option(help="Only this ad account (repeatable).")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read full object lists, not only changes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Run one hourly cycle now: read the accounts, load raw, build and test the marts.

    [bold]adtrack run[/bold]

    [bold]adtrack run --account act_1234567890 --json[/bold]

    Exit codes: 0 all well, 1 the run failed, 2 a mistake in the configuration, 3 done but some account was not
    read completely. Safe to repeat and to kill: the next run ends in the same state.
    """
    sys.exit(run_cycle("hourly_job", as_json=json, accounts=account or (), full=full))
