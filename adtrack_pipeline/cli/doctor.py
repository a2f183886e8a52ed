"""`adtrack doctor`: prints what `adtrack_pipeline.doctor` finds."""

import asyncio
import json as jsonlib
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from adtrack_pipeline.cli.errors import Exit, stdout
from adtrack_pipeline.doctor import Finding, check_api, check_database, check_inbox, check_machine
from adtrack_pipeline.services import source_ready
from adtrack_pipeline.settings import Settings, load_settings

MARKS = {True: "[green]ok[/green]  ", False: "[red]fix[/red] ", None: "[yellow]note[/yellow]"}


def doctor(json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False) -> None:
    """Check configuration, database, token, permissions and every account, and say what to do.

    [bold]adtrack doctor[/bold]

    Exit codes: 0 fit to run, 1 something needs a person.
    """
    settings = load_settings()
    with source_ready(settings) as source:
        findings = asyncio.run(_all(source))
    if json:
        print(jsonlib.dumps([asdict(one) for one in findings], indent=2))
    else:
        for one in findings:
            stdout().print(f"{MARKS[one.ok]} {one.subject:28} {escape(one.sentence)}", highlight=False)
    sys.exit(Exit.FAILED if any(one.ok is False for one in findings) else Exit.OK)


async def _all(settings: Settings) -> list[Finding]:
    source = Finding("source", True, f"Data comes from {settings.effective_source}.")
    findings = [source, *check_machine(settings), *check_inbox(settings), *check_database(settings)]
    return findings + [one async for one in check_api(settings)]
