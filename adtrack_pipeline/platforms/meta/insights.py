"""Reading insight reports by synchronous calls, asking for less wherever Meta says it is too much.

Belongs here: reading slices and what is learned per account on the way. Does not belong here: how a slice is cut
(`splitting.py`), report runs (`jobs.py`), parameters (`slices.py`), rows (`rows.py`).
"""

from collections import defaultdict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from adtrack_pipeline.platforms.base import Account, InsightsPage, PlatformError, Report
from adtrack_pipeline.platforms.meta.fieldwise import read_by_fields
from adtrack_pipeline.platforms.meta.paging import Listing, PageReader
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page
from adtrack_pipeline.platforms.meta.slices import Slice, parameters
from adtrack_pipeline.platforms.meta.splitting import Split, smaller
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Transport


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

    def path(self, account: Account) -> str:
        """The account's insights edge."""
        return f"/{self.transport.config.version}/act_{account.account_id}/insights"

    async def read(self, work: Work, account: Account, part: Slice) -> AsyncGenerator[InsightsPage, None]:
        """Yield every row of a slice at least once.

        Raises:
            PlatformError: when even the smallest request fails, or the failure is not about size.
        """
        wanted = self.clip(work, account, part)
        if wanted is None:
            return
        if wanted.by_fields:
            yield await read_by_fields(self.transport, work, account, wanted)
            return
        try:
            params = parameters(wanted, self.transport.config)
            async for page in self.pages(work, account, wanted, self.path(account), params):
                yield page
        except PlatformError as error:
            pieces = await self.pieces(work, account, wanted, error)
        else:
            return
        for one in pieces:
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
            _tell_gone(work, min(gone, part.until))
            if part.until <= gone:
                return None
            part = replace(part, since=gone + timedelta(days=1))
        return replace(part, fields=tuple(name for name in part.fields if name not in self.refused_fields))

    async def pieces(self, work: Work, account: Account, part: Slice, error: PlatformError) -> list[Slice]:
        """What to read instead of a slice that failed; raises the error when nothing else can be tried."""
        split = await smaller(self.transport, work, account, part, error)
        self._learn(work, account, split)
        return split.pieces

    def _learn(self, work: Work, account: Account, split: Split) -> None:
        if split.refused:
            self.refused_fields.update(split.refused)
            work.stats.warnings.append(f"Meta refuses the field(s) {', '.join(split.refused)}; read without.")
        if split.gone is not None:
            known = self.learned[account.account_id, split.report]
            known.unavailable_until = max(split.gone, known.unavailable_until or split.gone)
            _tell_gone(work, split.gone)


def _tell_gone(work: Work, day: date) -> None:
    work.stats.unavailable_until = max(day, work.stats.unavailable_until or day)
