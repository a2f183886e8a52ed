"""`adtrack policies`: the shipped rules, what is wrong with one's own, and what an editor needs to help."""

import json as jsonlib
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
import yaml
from pydantic import BaseModel

from adtrack_pipeline import clock
from adtrack_pipeline.cli.errors import Exit
from adtrack_pipeline.defs.monitoring.policy_frames import read_names
from adtrack_pipeline.monitoring.policies import PoliciesError, default_text, load_policies, load_section
from adtrack_pipeline.monitoring.policies.file import Problem
from adtrack_pipeline.monitoring.policies.model import Policies
from adtrack_pipeline.monitoring.policies.schema import schema_text
from adtrack_pipeline.monitoring.policies.unknown import unknown_names
from adtrack_pipeline.notify.channels.config import ChannelsSection
from adtrack_pipeline.notify.routing.config import RoutingSection
from adtrack_pipeline.notify.routing.reports import ReportsSection
from adtrack_pipeline.settings import Settings, load_settings
from adtrack_pipeline.warehouse import DatabaseError, ensure_database

SECTIONS: dict[str, type[BaseModel]] = {
    "channels": ChannelsSection,
    "routing": RoutingSection,
    "reports": ReportsSection,
}

app = typer.Typer(
    no_args_is_help=True, help="Which numbers are worth an alert: thresholds, budgets, pacing, health."
)


@app.command()
def show(
    effective: Annotated[
        bool, typer.Option("--effective", help="The rules in effect: your file over the defaults.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The rules in effect as JSON.")] = False,
) -> None:
    """Print the shipped defaults, a commented file to copy and change.

    [bold]adtrack policies show > adtrack.policies.yaml[/bold]

    [bold]adtrack policies show --effective[/bold]   what holds now, your file laid over the defaults
    """
    if not (effective or json):
        print(default_text(), end="")
        return
    path = load_settings().policies_file
    rules = load_policies(path).model_dump(mode="json")
    if json:
        print(jsonlib.dumps(rules, indent=2))
    else:
        print(f"# {path or 'shipped defaults'}")
        print(yaml.safe_dump(rules, sort_keys=False, allow_unicode=True), end="")


@app.command()
def schema() -> None:
    """Print the JSON schema of the policies file, for editors that complete and check YAML.

    [bold]adtrack policies schema > adtrack.policies.schema.json[/bold]
    """
    print(schema_text(SECTIONS), end="")


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="Default: the file in effect.", show_default=False)] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not look names up in the warehouse.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Check a policies file: every mistake with its line, and names that match nothing in the warehouse.

    [bold]adtrack policies check[/bold]

    [bold]adtrack policies check draft.yaml --offline --json[/bold]

    Exit codes: 0 usable (perhaps with warnings), 2 a mistake in the file.
    """
    settings = load_settings()
    path = file or settings.policies_file
    name = str(path or "shipped defaults")
    if problems := _problems(path):
        if not json:
            raise PoliciesError(name, problems)
        print(_document(name, problems, []))
        sys.exit(Exit.MISTAKE)
    warnings = [] if offline else _unknown(settings, load_policies(path), clock.now())
    if json:
        print(_document(name, [], warnings))
        return
    for warning in warnings:
        print(f"adtrack: {warning}", file=sys.stderr)
    print(f"{name} is fine." if not warnings else f"{name} can be used; {len(warnings)} to look at.")


def _problems(path: Path | None) -> list[Problem]:
    """The mistakes of all sections, whichever room they belong to."""
    found: list[Problem] = []
    checks: list[Callable[[], object]] = [partial(load_policies, path)]
    checks += [partial(load_section, path, section, model) for section, model in SECTIONS.items()]
    for try_to_load in checks:
        try:
            try_to_load()
        except PoliciesError as error:
            found += error.problems
    return list(dict.fromkeys(found))


def _unknown(settings: Settings, policies: Policies, now: datetime) -> list[str]:
    """Names that match nothing; a sentence why they could not be looked up, when they could not."""
    if not settings.database_url and not settings.home_dir.exists():
        return ["There is no warehouse yet, so names of accounts and campaigns were not looked up."]
    try:
        with ensure_database(settings).connect() as conn:
            return unknown_names(policies, read_names(conn, now=now, accounts=settings.meta_ad_account_id))
    except (DatabaseError, psycopg.Error) as error:
        return [f"Names of accounts and campaigns were not looked up: {error}"]


def _document(name: str, problems: list[Problem], warnings: list[str]) -> str:
    found: dict[str, Any] = {
        "file": name,
        "ok": not problems,
        "problems": [vars(one) for one in problems],
        "warnings": warnings,
    }
    return jsonlib.dumps(found, indent=2, ensure_ascii=False)
