"""Reading insight reports by synchronous calls, asking for less wherever Meta says it is too much.

Belongs here: the order of things (days, then objects, then fields) and what is learned per account on the way.
Does not belong here: report runs (`jobs.py`), parameters (`slices.py`), rows (`rows.py`).
"""

import logging
from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import msgspec

from adtrack_pipeline.platforms.base import Account, ErrorClass, InsightsPage, PlatformError, Report
from adtrack_pipeline.platforms.meta.errors import unknown_fields
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page
from adtrack_pipeline.platforms.meta.slices import Slice, discovery, groups, parameters
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport

logger = logging.getLogger(__name__)

_LEVELS = ("campaign", "adset", "ad")


@dataclass
class Learned:
    """What a client has learned of one account's report: the page size that works, days gone, rows a day."""

    limit: int
    unavailable_until: date | None = None
    rows_per_day: float | None = None


@dataclass
class InsightsReader:
    """Reads slices of one client's accounts; what it learns is kept for the client's life."""

    transport: Transport
    learned: dict[tuple[str, Report], Learned] = field(init=False)
    refused_fields: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        size = self.transport.config.page_size
        self.learned = defaultdict(lambda: Learned(size))

    async def read(self, work: Work, account: Account, part: Slice) -> AsyncGenerator[InsightsPage, None]:
        """Yield every row of a slice at least once.

        Raises:
            PlatformError: when even the smallest request fails, or the failure is not about size.
        """
        wanted = self.clip(work, account, part)
        if wanted is None:
            return
        try:
            path = f"/{self.transport.config.version}/act_{account.account_id}/insights"
            async for page in self.pages(work, account, wanted, path, parameters(wanted, self.transport.config)):
                yield page
        except PlatformError as error:
            smaller = await self.smaller(work, account, wanted, error)
        else:
            return
        for one in smaller:
            async for page in self.read(work, account, one):
                yield page

    async def pages(
        self, work: Work, account: Account, part: Slice, path: str, params: dict[str, str]
    ) -> AsyncGenerator[InsightsPage, None]:
        """The pages of one listing of rows, with the page size this account is known to stand."""
        known = self.learned[account.account_id, part.report]
        reader = PageReader(self.transport, work, Listing(path, params, known.limit))
        expected = Expected.window(part.report, account, part.since, part.until)
        rows = 0
        try:
            async for answer in reader.pages():
                page = decode_page(answer.data or b"[]", expected, answer.archive())
                rows += len(page.rows)
                yield page
        finally:
            known.limit = min(known.limit, reader.limit)
        if part.level is None:
            known.rows_per_day = max(rows / part.days, known.rows_per_day or 0.0)

    def clip(self, work: Work, account: Account, part: Slice) -> Slice | None:
        """The slice without days known to be gone and without fields known to be refused."""
        gone = self.learned[account.account_id, part.report].unavailable_until
        if gone is not None and part.since <= gone:
            self._tell_gone(work, min(gone, part.until))
            if part.until <= gone:
                return None
            part = replace(part, since=gone + timedelta(days=1))
        return replace(part, fields=tuple(name for name in part.fields if name not in self.refused_fields))

    async def smaller(self, work: Work, account: Account, part: Slice, error: PlatformError) -> list[Slice]:
        """What to read instead of a slice that failed; raises the error when there is nothing smaller."""
        if error.error_class is ErrorClass.TOO_OLD:
            return self._newer(work, account, part)
        refused = unknown_fields(error, part.fields)
        if refused:
            self.refused_fields.update(refused)
            warning = f"Meta refuses the field(s) {', '.join(refused)}; read without."
            logger.warning("%s", warning)
            work.stats.warnings.append(warning)
            return [part]
        if error.error_class is not ErrorClass.SPLIT:
            raise error
        if part.days > 1:
            return part.halves()
        return await self._by_objects(work, account, part, error)

    def _newer(self, work: Work, account: Account, part: Slice) -> list[Slice]:
        """Bisect towards the oldest day that Meta still keeps; the newer half comes first."""
        if part.days > 1:
            return part.halves()
        known = self.learned[account.account_id, part.report]
        known.unavailable_until = max(part.until, known.unavailable_until or part.until)
        self._tell_gone(work, part.until)
        return []

    def _tell_gone(self, work: Work, day: date) -> None:
        work.stats.unavailable_until = max(day, work.stats.unavailable_until or day)

    async def _by_objects(self, work: Work, account: Account, part: Slice, error: PlatformError) -> list[Slice]:
        """One day that is too large: by groups of campaigns, then ad sets, then ads."""
        if part.report is Report.ACCOUNT_DAILY:
            raise error
        if len(part.ids) > 1 and part.level is not None:
            return groups(part, part.level, part.ids, 2)
        place = 0 if part.level is None else _LEVELS.index(part.level) + 1
        for level in _LEVELS[place:]:
            ids = await self._ids(work, account, part, level)
            if len(ids) > 1 or level == _LEVELS[-1]:
                return groups(part, level, ids)
        raise error

    async def _ids(self, work: Work, account: Account, part: Slice, level: str) -> list[str]:
        path = f"/{self.transport.config.version}/act_{account.account_id}/insights"
        listing = Listing(path, discovery(part, level), self.transport.config.page_size)
        ids: dict[str, None] = {}
        async for answer in PageReader(self.transport, work, listing).pages():
            for row in msgspec.json.decode(answer.data or b"[]"):
                ids[str(row[f"{level}_id"])] = None
        return list(ids)
