"""Async report runs submitted and not yet read: after a crash the next run reads them instead of paying again."""

from datetime import datetime, timedelta

from adtrack_pipeline import clock
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load.errors import clear_errors

KEPT = timedelta(days=30)  # the platform forgets a finished report run after 30 days


class PgJobStore:
    """The client's memory of report runs, on `ops.report_jobs`, over short connections of its own."""

    def __init__(self, database: Database, platform: str = "meta") -> None:
        self._database = database
        self._platform = platform

    async def get(self, key: str) -> tuple[str, datetime] | None:
        """The report run submitted under this key and when that was, unless it is too old to be read."""
        with clear_errors("looking up a report run"):
            async with await self._database.connect_async(autocommit=True) as conn:
                cursor = await conn.execute(
                    "select report_run_id, submitted_at from ops.report_jobs"
                    " where job_key = %s and submitted_at > %s",
                    (key, clock.now() - KEPT),
                )
                row = await cursor.fetchone()
        return (str(row[0]), row[1]) if row else None

    async def put(self, key: str, account_id: str, report_run_id: str) -> None:
        """Remember a report run under its key; a newer one replaces it."""
        with clear_errors("remembering a report run"):
            async with await self._database.connect_async(autocommit=True) as conn:
                await conn.execute(
                    "insert into ops.report_jobs (job_key, platform, account_id, report_run_id, submitted_at)"
                    " values (%s, %s, %s, %s, %s) on conflict (job_key) do update set"
                    " report_run_id = excluded.report_run_id, submitted_at = excluded.submitted_at",
                    (key, self._platform, account_id, report_run_id, clock.now()),
                )

    async def drop(self, key: str) -> None:
        """Forget a report run that was read, or is of no use any more."""
        with clear_errors("forgetting a report run"):
            async with await self._database.connect_async(autocommit=True) as conn:
                await conn.execute("delete from ops.report_jobs where job_key = %s", (key,))
