"""Creative thumbnails by the hash of their bytes: Meta's links expire after days, and many ads share a picture."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import clear_errors

TRIED_AGAIN_AFTER = timedelta(hours=23)  # daily, though an hour does not start on the dot


async def creatives_without_thumbnail(
    conn: Connection, account_id: str, now: datetime, limit: int = 1000, platform: str = "meta"
) -> list[tuple[str, str]]:
    """Creatives that have a link but no stored picture yet, as (creative_id, link); newest links first.

    One whose link was dead is left out until a day later.
    """
    with clear_errors(f"looking for thumbnails of account {account_id}"):
        async with conn.transaction():
            cursor = await conn.execute(
                "select creative_id, thumbnail_url from raw.creatives where platform = %s and account_id = %s"
                " and thumbnail_url is not null and thumbnail_hash is null and withdrawn_at is null"
                " and (thumbnail_tried_at is null or thumbnail_tried_at <= %s)"
                " order by fetched_at desc, creative_id limit %s",
                (platform, account_id, now - TRIED_AGAIN_AFTER, limit),
            )
            return [(str(row[0]), str(row[1])) for row in await cursor.fetchall()]


async def note_dead_thumbnails(
    conn: Connection, creative_ids: Sequence[str], tried_at: datetime, platform: str = "meta"
) -> None:
    """Remember that these creatives' links led to no picture. No model reads this: nothing counts as changed."""
    with clear_errors("noting thumbnails that cannot be had"):
        async with conn.transaction():
            await conn.execute(
                "update raw.creatives set thumbnail_tried_at = %s where platform = %s and creative_id = any(%s)",
                (tried_at, platform, list(creative_ids)),
            )


async def store_thumbnail(
    conn: Connection,
    creative_id: str,
    content: bytes,
    media_type: str,
    fetched_at: datetime,
    platform: str = "meta",
) -> str:
    """Keep a picture and note on the creative that it has one; returns the picture's SHA-256 (hex)."""
    digest = sha256(content).hexdigest()
    with clear_errors(f"storing the thumbnail of creative {creative_id}"):
        async with conn.transaction():
            await conn.execute(
                "insert into raw.thumbnails (thumbnail_hash, media_type, bytes, fetched_at)"
                " values (%s, %s, %b, %s) on conflict do nothing",
                (digest, media_type, content, fetched_at),
            )
            await conn.execute(
                "update raw.creatives set thumbnail_hash = %s, changed_xid = pg_current_xact_id()"
                " where platform = %s and creative_id = %s and thumbnail_hash is distinct from %s",
                (digest, platform, creative_id, digest),
            )
    return digest
