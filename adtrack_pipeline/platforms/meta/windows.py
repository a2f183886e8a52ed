"""A window of days: read by synchronous calls or by report runs, and how much per request?

Belongs here: those choices. Does not belong here: how either is done.
Synchronous calls cost the fewest calls (one per page); a report run costs a submission and some polls more, but
Meta computes it once, where every synchronous page of a large window is computed anew and may time out. So the
newest days are always read synchronously and tell how many rows a day holds; the rest goes to report runs when
days x rows a day is above `sync_max_rows`.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
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
MAX_DAYS = 31
"""Days of one request at most: a failure repeats that much."""
PAGES_PER_CALL = 4
"""Pages a synchronous request should take: few half-empty pages, and several requests side by side."""


@dataclass
class WindowReader:
    """Reads windows of one account."""

    reader: InsightsReader
    work: Work
    account: Account
    jobs: JobStore | None

    async def read(
        self, report: Report, since: date, until: date, mode: Mode
    ) -> AsyncGenerator[InsightsPage, None]:
        """Yield every row of the window at least once."""
        if until < since:
            return
        if mode != "async" and self._rows_per_day(report) is None:
            newest = plan(report, since, until)[:1]
            async with aclosing(self._by_calls(newest)) as pages:
                async for page in pages:
                    yield page
            if newest[0].since == since:
                return
            until = _day_before(newest[0])
        async with aclosing(self._rest(report, since, until, mode)) as pages:
            async for page in pages:
                yield page

    def _rest(self, report: Report, since: date, until: date, mode: Mode) -> AsyncGenerator[InsightsPage, None]:
        config = self.reader.transport.config
        rate = self._rows_per_day(report)
        rows = (rate or 0.0) * ((until - since).days + 1)
        if mode == "async" or (mode == "auto" and rows > config.sync_max_rows):
            runs = ReportRuns(self.reader, self.jobs, self.work, self.account)
            return runs.read(plan(report, since, until, _days(config.job_rows, rate)))
        return self._by_calls(plan(report, since, until, _days(PAGES_PER_CALL * config.page_size, rate)))

    def _rows_per_day(self, report: Report) -> float | None:
        return self.reader.learned[self.account.account_id, report].rows_per_day

    def _by_calls(self, parts: list[Slice]) -> AsyncGenerator[InsightsPage, None]:
        config = self.reader.transport.config
        sources = [partial(self.reader.read, self.work, self.account, part) for part in parts]
        return merge(sources, min(len(sources), config.max_calls_per_account), config.prefetch_pages)


def _days(rows: int, rows_per_day: float | None) -> int:
    """How many days hold about that many rows."""
    if rows_per_day is None:
        return CHUNK_DAYS
    return max(1, min(MAX_DAYS, int(rows / rows_per_day))) if rows_per_day else MAX_DAYS


def _day_before(part: Slice) -> date:
    return date.fromordinal(part.since.toordinal() - 1)
