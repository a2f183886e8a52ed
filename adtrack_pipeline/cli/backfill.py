"""`adtrack backfill`: read a range of past days again."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from adtrack_pipeline.cli.cycle import run_cycle
from adtrack_pipeline.cli.errors import Exit, leave


def backfill(
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day.")],
    until: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day.")],
    account: Annotated[list[str] | None, typer.Option(help="Only this ad account (repeatable).")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Read a range of days again (both included, in each account's own time zone) and rebuild what they touch.

    [bold]adtrack backfill --from 2026-01-01 --to 2026-03-31[/bold]

    [bold]adtrack backfill --from 2026-03-01 --to 2026-03-07 --account act_1234567890 --json[/bold]

    Days older than the platform keeps are left out and named. May run beside the hourly schedule.
    """
    if since > until:
        leave(Exit.MISTAKE, f"--from {since:%Y-%m-%d} lies after --to {until:%Y-%m-%d}.")
    sys.exit(
        run_cycle("backfill_job", as_json=json, accounts=account or (), since=since.date(), until=until.date())
    )
