"""`adtrack sandbox`: the simulated ad platform behind the real HTTP API."""

from pathlib import Path
from typing import Annotated

import typer

from adtrack_pipeline.clock import parse_instant
from adtrack_pipeline.sandbox import SandboxOptions, serve
from adtrack_pipeline.settings import SettingsError, load_settings

DEFAULT = SandboxOptions()


def sandbox(
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
    settings = load_settings()
    instant = now or settings.injected_now
    try:
        frozen = parse_instant(instant) if instant else None
    except ValueError as error:
        raise SettingsError(str(error).replace("ADTRACK_NOW", "--now")) from None
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
