"""Keeping creative thumbnails before Meta's links to them expire. A dead link costs nothing but its picture."""

import asyncio
import logging

from adtrack_pipeline import clock
from adtrack_pipeline.ingestion.context import SyncContext
from adtrack_pipeline.platforms.base import Account, PlatformError
from adtrack_pipeline.warehouse import DatabaseError
from adtrack_pipeline.warehouse.load import creatives_without_thumbnail, note_dead_thumbnails, store_thumbnail

PER_RUN = 200  # the rest follows next hour: pictures must not hold up numbers
AT_ONCE = 8
logger = logging.getLogger(__name__)


async def keep_thumbnails(context: SyncContext, account: Account) -> None:
    """Store what can be stored; a picture the warehouse refuses holds up no numbers."""
    try:
        await fetch_thumbnails(context, account)
    except DatabaseError as error:
        logger.warning("Thumbnails of account %s wait for the next run. %s", account.account_id, error)


async def fetch_thumbnails(context: SyncContext, account: Account) -> int:
    """Download pictures not stored yet, newest links first; returns how many were stored."""
    gate = asyncio.Semaphore(AT_ONCE)
    dead: list[str] = []

    async def fetch(creative_id: str, url: str) -> tuple[bytes, str] | None:
        try:
            async with gate:
                picture = await context.client.thumbnail(url)
        except PlatformError:  # of the moment: the next hour tries again
            return None
        if picture is None:
            dead.append(creative_id)
        return picture

    async with await context.database.connect_async() as conn:
        missing = await creatives_without_thumbnail(conn, account.account_id, clock.now(), PER_RUN)
        pictures = await asyncio.gather(*(fetch(*one) for one in missing))
        found = [
            (creative_id, picture) for (creative_id, _), picture in zip(missing, pictures, strict=True) if picture
        ]
        for creative_id, (content, media_type) in found:
            await store_thumbnail(conn, creative_id, content, media_type, clock.now())
        if dead:
            await note_dead_thumbnails(conn, dead, clock.now())
    return len(found)
