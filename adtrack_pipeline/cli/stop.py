"""`adtrack stop`: stop the embedded Postgres that commands leave running for BI tools."""

from rich import print as say

from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import stop_embedded


def stop() -> None:
    """Stop the embedded Postgres. Data stays; the next command starts it again.

    Commands leave it running so that a BI tool or [bold]psql[/bold] can stay connected.
    """
    settings = load_settings()
    if settings.database_url:
        say("DATABASE_URL is set: that server is not ours to stop.")
    elif stop_embedded(settings):
        say("The embedded Postgres has stopped.")
    else:
        say("The embedded Postgres was not running.")
