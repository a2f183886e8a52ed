"""Pages of rows, rendered once when a benchmark asks for it.

Without `keep`, rows pass through. With it the encoded rows of every page are kept: the next read of the same
page costs a copy, so that a measurement of the client measures the client.
"""

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from adtrack_pipeline.sandbox.graph.request import encode
from adtrack_pipeline.sandbox.world import InsightQuery, RowSet


@dataclass(frozen=True)
class RowPage:
    """Rows of one page (a list, or encoded JSON), their number, whether there are more."""

    data: Any
    count: int
    has_more: bool


class PageCache:
    """Reads pages of row sets."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._queries: WeakKeyDictionary[RowSet, str] = WeakKeyDictionary()
        self._pages: dict[tuple[str, int, int], RowPage] = {}

    def know(self, rowset: RowSet, query: InsightQuery) -> None:
        """Remember which query a row set answers; equal queries share their pages."""
        if self._keep and not query.metric_filters:
            parts = (query.only, query.without)
            shown = [sorted((level, sorted(ids)) for level, ids in part.items()) for part in parts]
            self._queries[rowset] = repr(
                (query.account_id, query.level, query.fields, query.ranges, shown)
            ) + repr((query.as_of, query.windows, query.breakdowns, query.restated))

    def read(self, rowset: RowSet, start: int, limit: int) -> RowPage:
        """A page of at most `limit` rows."""
        query = self._queries.get(rowset) if self._keep else None
        if query is None:
            return _page(rowset, start, limit)
        key = (query, start, limit)
        if key not in self._pages:
            page = _page(rowset, start, limit)
            self._pages[key] = RowPage(msgspec.Raw(encode(page.data)), page.count, page.has_more)
        return self._pages[key]


def _page(rowset: RowSet, start: int, limit: int) -> RowPage:
    rows = rowset.rows(start, start + limit + 1)
    return RowPage(rows[:limit], min(len(rows), limit), len(rows) > limit)
