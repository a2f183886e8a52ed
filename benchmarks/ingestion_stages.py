"""The measurements of `ingestion.py`, each to be run in a process of its own: one line of JSON says what it took.

uv run python benchmarks/ingestion_stages.py STAGE ANSWERS-FILE, with the settings in the environment.
"""

import asyncio
import gc
import json
import os
import resource
import struct
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import anyio._backends._asyncio  # noqa: F401 - no stage times imports, and httpx leaves these to its first call
import httpcore  # noqa: F401

from adtrack_pipeline import clock
from adtrack_pipeline.ingestion import sync_insights
from adtrack_pipeline.ingestion.source import meta_config
from adtrack_pipeline.platforms.base import Account, CallStats, Report
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database, ensure_database
from adtrack_pipeline.warehouse.load import hold_token, open_insights_load
from benchmarks.ingestion_limit import load_pages

NOW = datetime(2026, 3, 18, 15, 10, tzinfo=UTC)
DAYS = 84
UNTIL = date(2026, 3, 17)
SINCE = UNTIL - timedelta(days=DAYS - 1)
HEAD, TAIL = len(b'{"data":'), len(b"}")


def report(rows: int, seconds: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak}))


def empty(database: Database) -> None:
    with database.connect(autocommit=True) as conn:
        conn.execute(
            "truncate raw.insights_daily, raw.insight_revisions, raw.pages, ops.insight_coverage, ops.report_jobs"
        )


def saved_pages(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while head := file.read(8):
            yield file.read(struct.unpack("<Q", head)[0])


async def in_turn(pages: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pages as they would come from a socket: other tasks get their turn in between."""
    for page in pages:
        yield page
        await asyncio.sleep(0)


async def save(path: Path) -> None:
    """Read everything once, so that the sandbox has rendered it, and keep the answers.

    The account becomes known to the warehouse, as insights are always read after objects.
    """
    rows, started = 0, time.monotonic()
    settings = load_settings()
    async with MetaClient(meta_config(settings)) as client:
        (account,) = (await client.discover_accounts()).accounts
        with ensure_database(settings).connect(autocommit=True) as conn:
            conn.execute(
                "insert into raw.accounts (platform, account_id, name, currency, timezone_name,"
                " payload, content_hash, first_seen_at, fetched_at)"
                " values ('meta', %s, %s, %s, %s, '{}', '', now(), now())",
                (account.account_id, account.name, account.currency, account.timezone_name),
            )
        with path.open("wb") as file:
            pages = client.insights(account, Report.DAILY, SINCE, UNTIL, stats=CallStats(), mode="auto", jobs=None)
            async for page in pages:
                rows += len(page.rows)
                file.write(struct.pack("<Q", len(page.body)) + page.body)
    path.with_suffix(".account").write_text(json.dumps([account.account_id, account.currency]))
    report(rows, time.monotonic() - started)


def limit(path: Path) -> None:
    """The hand-tuned loop: nothing but what any program would have to do."""
    database = ensure_database(load_settings())
    empty(database)
    gc.disable()
    with database.connect() as conn:
        started = time.monotonic()
        rows = load_pages(conn, saved_pages(path))
        seconds = time.monotonic() - started
        conn.execute("drop table raw.limit_insights, raw.limit_pages")
        conn.commit()
    report(rows, seconds)


async def loader(path: Path) -> None:
    """The product's decoder and loader on saved answers."""
    account_id, currency = json.loads(path.with_suffix(".account").read_text())
    expected = Expected.window(Report.DAILY, Account(account_id, None, currency, "UTC"), SINCE, UNTIL)
    database = ensure_database(load_settings())
    empty(database)
    run_id = f"loader-{os.getpid()}"
    async with (
        await database.connect_async() as keeper,
        hold_token(keeper, run_id),
        await database.connect_async() as conn,
    ):
        started = time.monotonic()
        window = (account_id, SINCE, UNTIL, clock.now(), run_id)
        async with open_insights_load(conn, Report.DAILY, *window) as load:
            async for body in in_turn(saved_pages(path)):
                await load.add(decode_page(body[HEAD:-TAIL], expected, body))
            result = await load.commit(SINCE)
        report(result.rows_fetched, time.monotonic() - started)


async def pipeline(*, again: bool) -> None:
    """As the product runs it; the first time into empty tables."""
    settings = load_settings()
    database = ensure_database(settings)
    if not again:
        empty(database)
    started = time.monotonic()
    summary = await sync_insights(
        settings, database, run_id=f"run-{os.getpid()}", reports=(Report.DAILY,), since=SINCE, until=UNTIL
    )
    seconds = time.monotonic() - started
    if summary.failures:
        sys.exit(str(summary.failures[0].error))
    report(summary.total("rows_fetched"), seconds)


def main(stage: str, path: Path) -> None:
    if stage == "limit":
        limit(path)
    elif stage == "save":
        asyncio.run(save(path))
    elif stage == "loader":
        asyncio.run(loader(path))
    else:
        asyncio.run(pipeline(again=stage == "again"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
