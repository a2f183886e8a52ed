"""The record of what each run did per account and report: `ops.sync_runs`.

Belongs here: writing that record. Does not belong here: judging it (checks and the CLI do).
"""

from datetime import date
from decimal import Decimal
from typing import Protocol

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import CallStats
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load.errors import clear_errors


class Outcome(Protocol):
    """How a piece of work ended. Money in the account's currency, major units; `error` holds no secret."""

    @property
    def outcome(self) -> str:
        """One of ok, partial, deferred, failed."""

    since: date | None
    until: date | None
    stats: CallStats
    rows_fetched: int
    rows_changed: int
    rows_withdrawn: int
    rows_rejected: int
    spend: Decimal
    conversions: Decimal
    revenue: Decimal
    seconds: float
    error: str | None


class SyncLog:
    """Writes `ops.sync_runs` over short connections of its own, so that a broken load is still recorded."""

    def __init__(self, database: Database, platform: str = "meta") -> None:
        self._database = database
        self._platform = platform

    async def start(self, run_id: str, account_id: str, report: str) -> int:
        """Record that work begins; returns the sync's id. `report` is a table's name in `raw`."""
        with clear_errors("recording the start of a sync"):
            async with await self._database.connect_async(autocommit=True) as conn:
                cursor = await conn.execute(
                    "insert into ops.sync_runs (run_id, platform, account_id, report, started_at)"
                    " values (%s, %s, %s, %s, %s) returning sync_id",
                    (run_id, self._platform, account_id, report, clock.now()),
                )
                row = await cursor.fetchone()
        return int(row[0]) if row else 0

    async def finish(self, sync_id: int, outcome: Outcome) -> None:
        """Record how it ended, what it cost and what came back."""
        stats = outcome.stats
        with clear_errors("recording the end of a sync"):
            async with await self._database.connect_async(autocommit=True) as conn:
                await conn.execute(
                    "update ops.sync_runs set outcome = %s, finished_at = %s,"
                    " window_since = %s, window_until = %s,"
                    " api_calls = %s, retries = %s, rate_limit_hits = %s, bytes = %s, quota_used_pct = %s,"
                    " rows_fetched = %s, rows_changed = %s, rows_withdrawn = %s, rows_rejected = %s,"
                    " spend = %s, conversions = %s, revenue = %s, duration_seconds = %s, error = %s"
                    " where sync_id = %s",
                    (
                        *(outcome.outcome, clock.now(), outcome.since, outcome.until),
                        *(stats.api_calls, stats.retries, stats.rate_limit_hits, stats.bytes),
                        stats.quota_used_pct,
                        *(outcome.rows_fetched, outcome.rows_changed),
                        *(outcome.rows_withdrawn, outcome.rows_rejected),
                        *(outcome.spend, outcome.conversions, outcome.revenue),
                        *(outcome.seconds, outcome.error, sync_id),
                    ),
                )
