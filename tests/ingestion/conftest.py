"""A small simulated platform, and a pipeline that reads it at an injected moment."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.ingestion import SyncSummary, sync_insights, sync_objects
from adtrack_pipeline.platforms.base import Report
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.sandbox_server import RunningSandbox, running_sandbox

NOON = "2026-03-08T20:00:00+00:00"  # 13:00 in Los Angeles, on the 23-hour day of spring


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=3, accounts=4, ads=12, days=40) as server:
        yield server


@dataclass
class Pipeline:
    """The sync functions with one database and one source, at one moment."""

    sandbox: RunningSandbox
    database: Database
    monkeypatch: pytest.MonkeyPatch
    options: dict[str, Any] = field(default_factory=dict)
    runs: int = 0

    def at(self, instant: str) -> "Pipeline":
        """Move both clocks: the world's and the pipeline's."""
        self.sandbox.set_now(instant)
        self.monkeypatch.setenv("ADTRACK_NOW", instant)
        return self

    @property
    def settings(self) -> Settings:
        return Settings(
            META_ACCESS_TOKEN=self.sandbox.token,
            META_GRAPH_URL=self.sandbox.base_url,
            **{
                "ADTRACK_INITIAL_DAYS": 5,
                "ADTRACK_INITIAL_HOURLY_DAYS": 3,
                "ADTRACK_THUMBNAILS": False,
                **self.options,
            },
        )

    async def objects(self, **more: Any) -> SyncSummary:
        return await self._sync(sync_objects, **more)

    async def insights(self, since: str | None = None, until: str | None = None, **more: Any) -> SyncSummary:
        days = {"since": date.fromisoformat(since), "until": date.fromisoformat(until or since)} if since else {}
        return await self._sync(sync_insights, **days, **more)

    async def _sync(self, sync: Callable[..., Awaitable[SyncSummary]], **more: Any) -> SyncSummary:
        self.runs += 1
        return await sync(self.settings, self.database, run_id=more.pop("run_id", f"run-{self.runs}"), **more)


@pytest.fixture
def pipeline(
    shared_sandbox: RunningSandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipeline]:
    shared_sandbox.no_faults()
    shared_sandbox.forget_calls()
    yield Pipeline(shared_sandbox, database, monkeypatch).at(NOON)
    shared_sandbox.no_faults()


Totals = dict[tuple[str, str], tuple[Decimal, Decimal]]


def believed(sandbox: RunningSandbox, since: str, until: str) -> Totals:
    """Impressions and spend per account and day, as the sandbox's own ledger has them."""
    totals: Totals = {}
    for account_id, entries in sandbox.ledger(since, until).items():
        for entry in entries:
            key = (account_id, str(entry["date_day"]))
            impressions, spend = totals.get(key, (Decimal(0), Decimal(0)))
            totals[key] = (impressions + Decimal(entry["impressions"]), spend + Decimal(entry["spend"]))
    return totals


def stored(conn: psycopg.Connection[Any], since: str, until: str, table: Report = Report.DAILY) -> Totals:
    """The same from raw; withdrawn rows do not count."""
    rows = conn.execute(
        f"select account_id, date_day::text, sum(impressions), sum(spend) from raw.{table} "
        "where withdrawn_at is null and date_day between %s and %s group by 1, 2",
        (since, until),
    )
    return {(account, day): (impressions, spend) for account, day, impressions, spend in rows}
