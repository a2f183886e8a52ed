"""Two runs at once, and a run that takes over from one that died."""

import asyncio
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import Report
from adtrack_pipeline.warehouse.load import FencedOut, revoke
from tests.ingestion.conftest import Pipeline, believed, stored

Conn = psycopg.Connection[Any]
SINCE, UNTIL = "2026-03-04", "2026-03-07"


async def test_a_backfill_racing_the_hourly_run_ends_with_the_platforms_own_numbers(
    pipeline: Pipeline, conn: Conn
):
    await pipeline.objects()
    await asyncio.gather(
        pipeline.insights(SINCE, UNTIL), pipeline.insights("2026-03-06", UNTIL), pipeline.insights(SINCE, SINCE)
    )
    for table in (Report.DAILY, Report.ACCOUNT_DAILY):
        assert stored(conn, SINCE, UNTIL, table) == believed(pipeline.sandbox, SINCE, UNTIL)


async def test_a_run_declared_dead_can_not_write_any_more(pipeline: Pipeline, conn: Conn):
    await pipeline.objects()
    async with await pipeline.database.connect_async() as other:
        await revoke(other, "zombie", "its process was replaced")
    with pytest.raises(FencedOut, match="zombie may not write"):
        await pipeline.insights(SINCE, run_id="zombie")
    assert stored(conn, SINCE, SINCE) == {}
