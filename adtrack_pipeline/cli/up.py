"""`adtrack up`: everything on one machine."""

from typing import Annotated

import typer

from adtrack_pipeline.settings import load_settings


def up(
    port: Annotated[int | None, typer.Option(help="Port of the UI (default 3000).")] = None,
) -> None:
    """Start everything on this machine: database, daemon, UI, first run. Ctrl-C stops it.

    Without a token the data comes from a simulated platform.

    [bold]adtrack up[/bold]                                no ad account needed: a simulated one, marked SANDBOX

    [bold]META_ACCESS_TOKEN=… adtrack up[/bold]            your accounts, embedded Postgres

    [bold]DATABASE_URL=postgresql://… adtrack up[/bold]    your Postgres (14 or later)
    """
    from adtrack_pipeline.services import serve_everything  # noqa: PLC0415 - imports Dagster

    settings = load_settings()
    serve_everything(settings.model_copy(update={"ui_port": port}) if port else settings)
