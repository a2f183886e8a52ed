"""A window of days: read by synchronous calls or by report runs?

Belongs here: that choice and the sizes of the requests. Does not belong here: how either is done.
Synchronous calls cost the fewest calls (one per page); a report run costs a submission and some polls more, but
Meta computes it once, where every synchronous page of a large window is computed anew and may time out. So the
newest request is always synchronous, and tells how many rows a day holds; the rest goes to report runs when
days x rows a day is above `sync_max_rows`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from adtrack_pipeline.platforms.base import Account, InsightsPage, Report
from adtrack_pipeline.platforms.meta.insights import InsightsReader
from adtrack_pipeline.platforms.meta.jobs import ReportRuns
from adtrack_pipeline.platforms.meta.records import JobStore
from adtrack_pipeline.platforms.meta.slices import CHUNK_DAYS, Slice, plan
from adtrack_pipeline.platforms.meta.streams import merge
from adtrack_pipeline.platforms.meta.throttle import Work

Mode = Literal["auto", "sync", "async"]
MAX_JOB_DAYS = 31


@dataclass
class WindowReader:
    """Reads windows of one account."""

    reader: InsightsReader
    work: Work
    account: Account
    jobs: JobStore | None

    async def read(self, report: Report, since: date, until: date, mode: Mode) -> AsyncIterator[InsightsPage]:
        """Yield every row of the window at least once."""
        if mode == "async":
            async for page in self._by_runs(report, since, until):
                yield page
            return
        parts = plan(report, since, until)
        if mode == "auto" and len(parts) > 1 and self._rows_per_day(report) is None:
            async for page in self._by_calls(parts[:1]):
                yield page
            parts = parts[1:]
        if not parts:
            return
        until = parts[0].until
        days = (until - since).days + 1
        rows = days * (self._rows_per_day(report) or 0.0)
        if mode == "auto" and rows > self.reader.transport.config.sync_max_rows:
            pages = self._by_runs(report, since, until)
        else:
            pages = self._by_calls(parts)
        async for page in pages:
            yield page

    def _rows_per_day(self, report: Report) -> float | None:
        return self.reader.learned[self.account.account_id, report].rows_per_day

    def _by_calls(self, parts: list[Slice]) -> AsyncIterator[InsightsPage]:
        config = self.reader.transport.config
        sources = [partial(self.reader.read, self.work, self.account, part) for part in parts]
        return merge(sources, min(len(sources), config.max_calls_per_account), config.prefetch_pages)

    def _by_runs(self, report: Report, since: date, until: date) -> AsyncIterator[InsightsPage]:
        rows_per_day = self._rows_per_day(report)
        size = CHUNK_DAYS
        if rows_per_day:
            size = max(1, min(MAX_JOB_DAYS, int(self.reader.transport.config.job_rows / rows_per_day)))
        runs = ReportRuns(self.reader, self.jobs, self.work, self.account)
        return runs.read(plan(report, since, until, size))
