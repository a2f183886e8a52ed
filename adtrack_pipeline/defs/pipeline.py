"""The resource every op works through: settings, the warehouse, and who is listening.

Belongs here: opening things and handing them out. Does not belong here: decisions. It is a plain object and no
`ConfigurableResource`, so that no setting can appear in the UI.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from dagster import get_dagster_logger

from adtrack_pipeline.ingestion import Progress, SyncSummary, sync_insights, sync_objects
from adtrack_pipeline.platforms.base import Report
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, ensure_database
from adtrack_pipeline.warehouse.load.tokens import LIVENESS

BUILDING_MARTS = 0x41445411  # advisory lock: two dbt builds of one warehouse would trip over each other
POLL_SECONDS = 0.5


@dataclass
class Pipeline:
    """Settings and connections of one process; collects what its run read.

    `database` is found, started or migrated when first asked for, never while definitions load.
    """

    settings: Settings
    _database: Database | None = None
    progress: Progress | None = None
    summary: SyncSummary = field(default_factory=SyncSummary)
    _alive: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The warehouse, ready for use."""
        if self._database is None:
            self._database = ensure_database(self.settings)
        return self._database

    def connect(self) -> AbstractContextManager[psycopg.Connection[Any]]:
        """A connection in autocommit; closed with the block."""
        return self.database.connect(autocommit=True, application_name="adtrack dagster")

    def keep_alive(self, run_id: str) -> None:
        """Show in the database that this run's process lives; ends with the process, however it ends."""
        if run_id not in self._alive:
            conn = self.database.connect(autocommit=True, application_name="adtrack run")
            conn.execute("select pg_advisory_lock_shared(%s, hashtext(%s))", (LIVENESS, run_id))
            self._alive[run_id] = conn

    def let_go(self, run_id: str) -> None:
        """The run has ended in order."""
        if conn := self._alive.pop(run_id, None):
            conn.close()

    def read_objects(self, run_id: str, *, full: bool, accounts: Sequence[str]) -> SyncSummary:
        """Sync accounts, campaigns, ad sets, ads, creatives and the change log."""
        return self._collect(
            sync_objects(
                self.settings,
                self.database,
                run_id=run_id,
                full=full,
                accounts=accounts,
                progress=self.progress,
            )
        )

    def read_insights(
        self,
        run_id: str,
        *,
        reports: Sequence[Report],
        since: date | None,
        until: date | None,
        accounts: Sequence[str],
    ) -> SyncSummary:
        """Sync insight reports of a range of days, or (without `since`) what is due per account."""
        return self._collect(
            sync_insights(
                self.settings,
                self.database,
                run_id=run_id,
                reports=reports,
                since=since,
                until=until,
                accounts=accounts,
                progress=self.progress,
            )
        )

    def _collect(self, work: Any) -> SyncSummary:
        summary: SyncSummary = asyncio.run(work)
        self.summary.extend(summary)
        return summary

    @contextmanager
    def building_marts(self) -> Iterator[psycopg.Connection[Any]]:
        """Only one dbt build at a time, whoever started it; yields the connection that holds the lock."""
        with self.connect() as conn:
            told = False
            while not conn.execute("select pg_try_advisory_lock(%s)", (BUILDING_MARTS,)).fetchone()[0]:  # type: ignore[index]
                if not told:
                    told = True
                    get_dagster_logger().info("Another run is building the marts; this one waits for it.")
                time.sleep(POLL_SECONDS)
            yield conn
