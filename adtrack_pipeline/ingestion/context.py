"""What one sync holds while it runs: settings, database, API client, the run's right to write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adtrack_pipeline.ingestion.progress import Progress, Silence
from adtrack_pipeline.ingestion.source import meta_config
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load import hold_token, put_conversion_rules

PLATFORM = "meta"


@dataclass(frozen=True)
class SyncContext:
    """Shared by all accounts of one sync."""

    settings: Settings
    database: Database
    client: MetaClient
    run_id: str
    progress: Progress


@asynccontextmanager
async def open_context(
    settings: Settings, database: Database, run_id: str, progress: Progress | None
) -> AsyncIterator[SyncContext]:
    """Take the run's token, open the client; both end with the block.

    Raises:
        FencedOut: when this run was declared dead meanwhile and must not write any more.
    """
    async with (
        await database.connect_async(autocommit=True) as conn,
        MetaClient(meta_config(settings)) as client,
    ):
        await put_conversion_rules(conn, settings.conversion_actions)
        async with hold_token(conn, run_id):
            yield SyncContext(settings, database, client, run_id, progress or Silence())
