"""When the API version and the token end. The token is asked about twice a day; the answer is kept in between."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from adtrack_pipeline.ingestion.source import meta_config
from adtrack_pipeline.monitoring.policies import PlatformFacts
from adtrack_pipeline.platforms.base import PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.versions import LAST_DAY
from adtrack_pipeline.settings import Settings

Connection = psycopg.Connection[Any]
ASK_AGAIN_AFTER = timedelta(hours=12)
PATIENCE_SECONDS = 20  # alerts do not wait for a platform that is down
_NAME, _EVERY_ACCOUNT = "token", "*"


def platform_facts(conn: Connection, settings: Settings, *, now: datetime) -> PlatformFacts:
    """What is known about the way to Meta.

    `conn` is in autocommit mode or committed by the caller. A platform that does not answer leaves what was known.
    """
    return PlatformFacts(
        platform="meta",
        api_version=settings.meta_api_version,
        version_ends=LAST_DAY.get(settings.meta_api_version),
        newest_version=list(LAST_DAY)[-1],
        token_expires_at=_token_expires_at(conn, settings, now),
    )


def _token_expires_at(conn: Connection, settings: Settings, now: datetime) -> datetime | None:
    row = conn.execute(
        "select value ->> 'expires_at', updated_at from ops.sync_state"
        " where platform = 'meta' and account_id = %s and name = %s",
        (_EVERY_ACCOUNT, _NAME),
    ).fetchone()
    known = datetime.fromisoformat(row[0]) if row and row[0] else None
    if row and now - row[1] < ASK_AGAIN_AFTER:
        return known
    try:
        expires_at = asyncio.run(asyncio.wait_for(_ask(settings), PATIENCE_SECONDS))
    except (PlatformError, TimeoutError):
        return known
    conn.execute(
        "insert into ops.sync_state (platform, account_id, name, value, updated_at)"
        " values ('meta', %s, %s, %s, %s)"
        " on conflict (platform, account_id, name) do update"
        " set value = excluded.value, updated_at = excluded.updated_at",
        (_EVERY_ACCOUNT, _NAME, Jsonb({"expires_at": expires_at.isoformat() if expires_at else None}), now),
    )
    return expires_at


async def _ask(settings: Settings) -> datetime | None:
    async with MetaClient(meta_config(settings)) as client:
        return (await client.token_info()).expires_at
