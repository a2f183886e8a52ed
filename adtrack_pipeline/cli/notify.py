"""`adtrack notify ...`: try channels, see how they stand, send again, deliver without the daemon."""

import asyncio
import json as jsonlib
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.notify.channels.errors import DeliveryError
from adtrack_pipeline.notify.channels.trying import trial
from adtrack_pipeline.notify.delivery import (
    Drained,
    Lane,
    build_lanes,
    deliver,
    read_status,
    register,
    restart,
)
from adtrack_pipeline.notify.delivery.status import ChannelStatus
from adtrack_pipeline.settings import Settings, load_settings
from adtrack_pipeline.warehouse import Database, DatabaseError, ensure_database

FOREVER = 10 * 365 * 86_400.0
NONE = (
    "No channel is configured. Set ADTRACK_SLACK_WEBHOOK_URL or another one of .env.example, or write channels: "
    "in your policies file."
)

app = typer.Typer(
    help="Channels that alerts and events go to: try them, see how they stand, send again.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Channel = Annotated[str | None, typer.Option("--channel", help="Only this channel.")]


@app.command("test")
def test(channel: Annotated[str, typer.Argument(help="Name of the channel: adtrack notify channels")]) -> None:
    """Send one test message now, past the outbox, and say whether it arrived.

    [bold]adtrack notify test slack[/bold]

    Exit codes: 0 it arrived, 1 it did not, 2 a mistake in the configuration.
    """
    settings = load_settings()
    [lane] = _lanes(build_lanes(settings), channel)
    try:
        asyncio.run(_send_trial(lane))
    except DeliveryError as error:
        leave(Exit.FAILED, f"Channel {channel}: {error}")
    print(f"Channel {channel}: the test message arrived.")


@app.command("channels")
def channels(json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False) -> None:
    """List the configured channels and what each of them gets.

    [bold]adtrack notify channels[/bold]
    """
    lanes = build_lanes(load_settings())
    rows = [
        {
            "channel": lane.name,
            "kind": lane.channel.kind,
            "for": "people" if lane.channel.for_people else "machines",
            "events": list(lane.wanted.types),
            "severities": list(lane.wanted.severities or ("all",)),
        }
        for lane in lanes
    ]
    if json:
        print(jsonlib.dumps(rows, indent=2))
        return
    if not rows:
        print(NONE)
        return
    table = Table("channel", "kind", "for", "events", "severities")
    for row in rows:
        table.add_row(*(", ".join(value) if isinstance(value, list) else value for value in row.values()))
    stdout().print(table)


@app.command("status")
def status(
    channel: Channel = None, json: Annotated[bool, typer.Option("--json", help="A JSON list on stdout.")] = False
) -> None:
    """Show per channel what was delivered, what waits, what was given up, and why.

    [bold]adtrack notify status[/bold]

    Exit codes: 0 all well, 3 a channel rests, refuses or has given something up.
    """
    settings = load_settings()
    lanes = _lanes(build_lanes(settings), channel)
    with ensure_database(settings).connect(autocommit=True) as conn:
        found = [read_status(conn, lane) for lane in lanes]
    if json:
        print(jsonlib.dumps([asdict(one) for one in found], indent=2, default=str))
    elif found:
        stdout().print(_status_table(found))
    else:
        print(NONE)
    bad = any(one.last_error or one.refusing or one.dead or one.disabled_at for one in found)
    sys.exit(Exit.INCOMPLETE if bad else Exit.OK)


@app.command("retry")
def retry(
    channel: Channel = None,
    event: Annotated[
        str | None, typer.Option("--event", help="Only this event that was given up (its id).")
    ] = None,
) -> None:
    """Send again what was given up, and resume channels that rest or were switched off (410).

    [bold]adtrack notify retry --channel slack[/bold]

    [bold]adtrack notify retry --event 0198c0de-0000-7000-8000-000000000000[/bold]

    The daemon sends it within seconds; without one: [bold]adtrack notify deliver[/bold].
    """
    settings = load_settings()
    names = [lane.name for lane in _lanes(build_lanes(settings), channel)]
    with ensure_database(settings).connect(autocommit=True) as conn:
        done = restart(conn, names, _uuid(event))
    if event and not done.events:
        leave(Exit.MISTAKE, f"No event {event} was given up on {channel or 'any channel'}: adtrack notify status")
    print(f"To be sent again: {done.events} events. Resumed: {done.channels} channels, {done.streams} campaigns.")


@app.command("deliver")
def deliver_now(
    channel: Channel = None,
    follow: Annotated[bool, typer.Option("--follow", help="Stay and deliver what comes, until Ctrl-C.")] = False,
) -> None:
    """Deliver what is due now. Only needed without `adtrack up`, whose daemon does this all the time.

    [bold]adtrack notify deliver --follow[/bold]

    Safe beside a running daemon: each channel is served by one of them at a time.
    Exit codes: 0 all well, 3 something could not be delivered.
    """
    settings = load_settings()
    lanes = _lanes(build_lanes(settings), channel)
    if not lanes:
        leave(Exit.MISTAKE, NONE)
    drained = asyncio.run(deliver(ensure_database(settings), lanes, follow_seconds=FOREVER if follow else 0.0))
    for one in drained:
        print(sentence(one))
    sys.exit(Exit.OK if all(one.is_fine for one in drained) else Exit.INCOMPLETE)


def known_lanes(settings: Settings, database: Database) -> list[Lane]:
    """The configured channels, made known to the database before something happens that they are to hear of."""
    lanes = build_lanes(settings)
    if lanes:
        with database.connect(autocommit=True) as conn:
            register(conn, lanes)
    return lanes


def deliver_once(database: Database, lanes: Sequence[Lane]) -> list[Drained]:
    """What is due now; for commands whose own work does not depend on it: a database that went away is trouble."""
    try:
        return asyncio.run(deliver(database, lanes)) if lanes else []
    except DatabaseError as error:
        return [Drained(lane.name, trouble=str(error)) for lane in lanes]


def sentence(one: Drained) -> str:
    """What became of one channel, for a terminal."""
    if one.is_served_elsewhere:
        return f"{one.channel}: another process (a running adtrack up) delivers at this moment"
    text = f"{one.channel}: {one.delivered} delivered"
    text += f", {one.refused} refused (sent again later)" if one.refused else ""
    text += f", {one.given_up} given up" if one.given_up else ""
    return text + (f"; {one.trouble}" if one.trouble else "")


async def _send_trial(lane: Lane) -> None:
    try:
        for message in trial(is_sandbox=lane.is_sandbox):
            await lane.channel.send([message])
    finally:
        await lane.channel.close()


def _lanes(lanes: Sequence[Lane], channel: str | None) -> Sequence[Lane]:
    if channel is None:
        return lanes
    found = [lane for lane in lanes if lane.name == channel]
    if not found:
        known = ", ".join(lane.name for lane in lanes) or "none"
        leave(Exit.MISTAKE, f"There is no channel {channel}. Channels: {known}.")
    return found


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        leave(Exit.MISTAKE, f"--event must be the id of an event, not {text!r}.")
    return None


def _status_table(found: Sequence[ChannelStatus]) -> Table:
    table = Table("channel", "delivered", "last", "waiting", "held", "given up", "state")
    for one in found:
        last = f"{one.last_delivered_at:%Y-%m-%d %H:%M:%S} UTC" if one.last_delivered_at else "never"
        numbers = (f"{number:,}" for number in (one.waiting, one.held, one.dead))
        table.add_row(one.channel, f"{one.delivered:,}", last, *numbers, _state(one))
    return table


def _state(one: ChannelStatus) -> str:
    error = escape(one.last_error or "")
    if one.disabled_at:
        return f"[red]switched off[/red] {error}"
    if one.last_error:
        until = f", rests until {one.paused_until:%H:%M:%S} UTC" if one.paused_until else ""
        return f"[yellow]down[/yellow] {error}{until}"
    return (
        f"[yellow]{one.refusing} campaigns wait after a refusal[/yellow]" if one.refusing else "[green]ok[/green]"
    )
