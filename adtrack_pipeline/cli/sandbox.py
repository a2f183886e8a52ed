"""`adtrack sandbox`: the simulated ad platform behind the real HTTP API."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adtrack_pipeline import clock
from adtrack_pipeline.clock import parse_instant
from adtrack_pipeline.sandbox import SandboxOptions, serve
from adtrack_pipeline.settings import SettingsError, load_settings

DEFAULT = SandboxOptions()
app = typer.Typer(invoke_without_command=True)


@app.callback()
def sandbox(
    context: typer.Context,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = DEFAULT.seed,
    accounts: Annotated[int, typer.Option(min=1, help="Ad accounts in the world.")] = DEFAULT.accounts,
    ads: Annotated[
        int, typer.Option(min=0, help="Ads in the market at once, in all accounts together.")
    ] = DEFAULT.ads,
    days: Annotated[int, typer.Option(min=1, help="Days of history behind now.")] = DEFAULT.days,
    now: Annotated[str | None, typer.Option(help="Freeze the world at an ISO 8601 instant.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Serve recorded Graph objects from a folder.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port on 127.0.0.1 (default 8090).")] = None,
    tokens: Annotated[str, typer.Option(help="Accepted tokens, comma-separated; empty: any token.")] = "",
    versions: Annotated[str, typer.Option(help="Accepted API versions.")] = ",".join(DEFAULT.versions),
    prerender: Annotated[bool, typer.Option(help="Keep rendered answers in memory (benchmarks).")] = False,
) -> None:
    """Serve a simulated Graph API: reads, async reports, paging, limits, errors and faults on demand.

    [bold]adtrack sandbox --accounts 4 --ads 200[/bold]

    [bold]adtrack sandbox --replay recorded/ --port 8099[/bold]   then META_GRAPH_URL=http://127.0.0.1:8099

    Faults are queued by POST /sandbox/faults; GET /sandbox shows what there is.
    """
    if context.invoked_subcommand:
        return
    settings = load_settings()
    frozen = _instant(now or settings.injected_now)
    serve(
        SandboxOptions(
            seed=seed,
            accounts=accounts,
            ads=ads,
            days=days,
            now=frozen,
            replay=replay,
            port=port or settings.sandbox_port,
            tokens=tuple(part for part in tokens.split(",") if part),
            versions=tuple(versions.split(",")),
            prerender=prerender,
        )
    )


@app.command("examples")
def examples(
    out: Annotated[Path, typer.Option(help="Folder for predictions/ and orders/, such as the inbox.")],
    seed: Annotated[int, typer.Option(help="Of the world, as served.")] = DEFAULT.seed,
    accounts: Annotated[int, typer.Option(min=1, help="Of the world, as served.")] = DEFAULT.accounts,
    ads: Annotated[int, typer.Option(min=0, help="Of the world, as served.")] = DEFAULT.ads,
    now: Annotated[str | None, typer.Option(help="ISO 8601 instant; default: now.")] = None,
) -> None:
    """Write example files: predictions of two versions of a model, and offline orders of the simulated shops.

    [bold]adtrack sandbox examples --out .adtrack/inbox[/bold]

    Gives way to everything else on the machine. The same seed and instant give the same files.
    """
    from adtrack_pipeline.sandbox.examples import write_examples  # noqa: PLC0415 - imports numpy

    os.nice(10)
    instant = _instant(now or load_settings().injected_now) or clock.now()
    for path in write_examples(SandboxOptions(seed=seed, accounts=accounts, ads=ads), out, instant):
        print(path)


def _instant(text: str | None) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise SettingsError(str(error).replace("ADTRACK_NOW", "--now")) from None
