"""`adtrack alerts`: what is wrong now, and what people do about it. Thin: parses, calls `notify.alerts.people`."""

import getpass
import json as jsonlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import psycopg
import typer

from adtrack_pipeline import clock
from adtrack_pipeline.cli.alert_tables import alert_table, silence_table
from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.cli.moments import end_of
from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.notify.alerts import people
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="What is wrong now, and who has it.")

Ids = Annotated[list[int], typer.Argument(help="Numbers of alerts, as listed.", show_default=False)]
Who = Annotated[str | None, typer.Option(help="Your name; default: the user of this machine.", show_default=False)]
For = Annotated[str | None, typer.Option("--for", help="How long: 30m, 4h, 2d, 1w.", show_default=False)]
Until = Annotated[
    str | None, typer.Option(help="Until when: 2026-12-24T18:00, UTC unless it says +01:00.", show_default=False)
]
Account = Annotated[str | None, typer.Option(help="Ad account id.", show_default=False)]


@app.command("list")
def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="Also resolved, only recorded, and explained by another alert.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False,
    account: Account = None,
    severity: Annotated[Severity, typer.Option(help="As severe as this, or more.")] = Severity.LOW,
) -> None:
    """Show open alerts, the worst first, and the silences that hold.

    [bold]adtrack alerts list[/bold]

    [bold]adtrack alerts list --severity high --account 1234567890 --json[/bold]
    """
    wanted = people.Filter(everything, _bare(account), severity)
    settings = load_settings()
    with _connected() as conn:
        alerts = people.list_alerts(conn, wanted, settings.reporting_currency, clock.now())
        silences = people.list_silences(conn, clock.now())
    if json:
        print(jsonlib.dumps(alerts, indent=2, default=_jsonable, ensure_ascii=False))
        return
    if alerts:
        stdout().print(alert_table(alerts, clock.now()))
    else:
        print("No alerts." if everything else "No open alerts. With --all: resolved and recorded ones too.")
    if silences:
        stdout().print(silence_table(silences))


@app.command("ack")
def ack(ids: Ids, who: Who = None) -> None:
    """Take alerts on: they are told again only if they worsen, and end by themselves.

    [bold]adtrack alerts ack 17 18[/bold]
    """
    with _connected() as conn:
        done = people.acknowledge(conn, ids, _name(who), clock.now())
        _told(ids, done, "acknowledged", "not open (see adtrack alerts list --all)")


@app.command("snooze")
def snooze(ids: Ids, lasting: For = None, until: Until = None, who: Who = None) -> None:
    """No messages about these alerts for a while; what still holds then is told again.

    [bold]adtrack alerts snooze 17 --for 4h[/bold]
    """
    end = end_of(clock.now(), lasting, until)
    with _connected() as conn:
        done = people.snooze(conn, ids, _name(who), end)
        _told(ids, done, f"snoozed until {end:%Y-%m-%d %H:%M} UTC", "resolved or unknown")


@app.command("silence")
def silence(
    why: Annotated[str, typer.Option(help="Why, in a few words.", show_default=False)],
    lasting: For = None,
    until: Until = None,
    account: Account = None,
    campaign: Annotated[
        str | None, typer.Option(help="Campaign id: it and what is in it.", show_default=False)
    ] = None,
    about: Annotated[
        str | None, typer.Option("--object", help="Id of one ad, ad set or campaign.", show_default=False)
    ] = None,
    alert_type: Annotated[
        str | None, typer.Option("--type", help="Alert type, e.g. ctr_drop.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Really all alerts.")] = False,
    who: Who = None,
) -> None:
    """No messages about what matches, until an end; the alerts are still listed.

    [bold]adtrack alerts silence --campaign 120210000000000123 --for 2d --why "relaunch"[/bold]

    [bold]adtrack alerts silence --account 1234567890 --type roas_drop --until 2026-12-01 --why "sale"[/bold]
    """
    scope = people.Scope(_bare(account), campaign, about, alert_type)
    if scope == people.Scope() and not everything:
        leave(Exit.MISTAKE, "Say what to silence: --account, --campaign, --object or --type, or --everything.")
    if not why.strip():
        leave(Exit.MISTAKE, "Say why (--why): others will wonder.")
    now = clock.now()
    end = end_of(now, lasting, until)
    with _connected() as conn:
        number = people.silence(conn, scope, _name(who), why, now, end)
    print(
        f"Silence {number} until {end:%Y-%m-%d %H:%M} UTC. End it earlier with: adtrack alerts unsilence {number}"
    )


@app.command("unsilence")
def unsilence(
    ids: Annotated[list[int], typer.Argument(help="Numbers of silences, as listed.", show_default=False)],
    who: Who = None,
) -> None:
    """End silences before their time.

    [bold]adtrack alerts unsilence 3[/bold]
    """
    with _connected() as conn:
        done = people.unsilence(conn, ids, _name(who), clock.now())
        _told(ids, done, "ended", "not a silence that holds", noun="Silence")


@contextmanager
def _connected() -> Iterator[psycopg.Connection[Any]]:
    """A connection whose changes are all kept or, after a mistake, none."""
    with ensure_database(load_settings()).connect() as conn:
        yield conn


def _told(ids: Sequence[int], done: Collection[int], success: str, failure: str, noun: str = "Alert") -> None:
    """One line for what was done; nothing is done if any of the numbers is a mistake."""
    if wrong := [str(one) for one in ids if one not in done]:
        leave(Exit.MISTAKE, f"{noun} {', '.join(wrong)}: {failure}. Nothing was changed.")
    print(f"{noun} {', '.join(map(str, ids))}: {success}.")


def _bare(account: str | None) -> str | None:
    return account.removeprefix("act_") if account else None


def _name(who: str | None) -> str:
    return (who or "").strip() or getpass.getuser()


def _jsonable(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
