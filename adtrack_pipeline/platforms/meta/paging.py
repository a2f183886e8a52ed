"""Listings: following `paging.next` from the first page to the last, without ever leaving our own host.

Belongs here: cursors, page sizes, restarts. Does not belong here: what is on a page.
A page that is too large is asked for again with half the limit at the same cursor; a page with one unreadable
object is narrowed down to that object, which is then read with fewer fields.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.errors import UNREADABLE
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.transport import Answer, Transport

MAX_RESTARTS = 3
SMALLEST_PAGE = 10
_OURS = frozenset({"access_token", "appsecret_proof", "limit"})


@dataclass(frozen=True)
class Listing:
    """A list to be read: where, with what, how many at once.

    `reduced_fields` are poorer field lists tried in order for a single object that cannot be read in full.
    """

    path: str
    params: dict[str, str]
    limit: int
    reduced_fields: tuple[str, ...] = ()


@dataclass
class _Position:
    """Where the listing stands: the next call without its limit, and the cursors seen."""

    path: str
    params: dict[str, str]
    limit: int
    fields: str | None = None
    seen: set[str] = field(default_factory=set)
    good_pages: int = 0


class PageReader:
    """Reads one listing; `limit` afterwards is the page size that worked."""

    def __init__(self, transport: Transport, work: Work, listing: Listing) -> None:
        self._transport = transport
        self._work = work
        self._listing = listing
        self.limit = listing.limit

    async def pages(self) -> AsyncIterator[Answer]:
        """Yield every page; after a restart pages come again, so readers keep the last version of a row.

        Raises:
            PlatformError: SPLIT when even the smallest page is too much; others as the call's policy says.
        """
        restarts = 0
        while True:
            try:
                async for answer in self._from_start():
                    yield answer
                return
            except PlatformError as error:
                if error.error_class is not ErrorClass.RESTART or restarts >= MAX_RESTARTS:
                    raise
                restarts += 1
                self._work.stats.retries += 1

    async def _from_start(self) -> AsyncIterator[Answer]:
        at = _Position(self._listing.path, self._listing.params, self.limit)
        while True:
            answer = await self._page(at)
            yield answer
            if answer.next_url is None:
                return
            self._advance(at, answer.next_url)

    async def _page(self, at: _Position) -> Answer:
        """The page at this position, narrowing it down as long as that helps."""
        while True:
            params = {**at.params, "limit": str(at.limit)}
            if at.fields is not None:
                params["fields"] = at.fields
            try:
                answer = await self._transport.call(self._work, at.path, params, listing=True)
            except PlatformError as error:
                if not self._narrow(at, error):
                    raise
            else:
                is_partial = at.fields is not None
                self._widen(at)
                return replace(answer, is_partial=True) if is_partial else answer

    def _narrow(self, at: _Position, error: PlatformError) -> bool:
        """Ask for less at the same cursor; False when there is no less."""
        if error.error_class is ErrorClass.SPLIT and at.limit > SMALLEST_PAGE:
            at.limit = self.limit = max(SMALLEST_PAGE, at.limit // 2)
            return True
        if (error.code, error.subcode) not in UNREADABLE or not self._listing.reduced_fields:
            return False
        at.good_pages = 0
        if at.limit > 1:
            at.limit = max(1, at.limit // 4)
            return True
        poorer = self._listing.reduced_fields
        place = 0 if at.fields is None else poorer.index(at.fields) + 1
        if place >= len(poorer):
            return False
        at.fields = poorer[place]
        return True

    def _widen(self, at: _Position) -> None:
        """Past the unreadable object, grow back to the page size that fits."""
        at.fields = None
        at.good_pages += 1
        if at.limit < self.limit:
            at.limit = min(self.limit, at.limit * 4)

    def _advance(self, at: _Position, next_url: str) -> None:
        """Go to the next page: Meta's path and query on our own base URL, without tokens.

        Raises:
            PlatformError: RESTART when a cursor comes a second time: the listing would never end.
        """
        parts = urlsplit(next_url)
        at.params = {
            name: value for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _OURS
        }
        at.path = _versioned_path(parts.path, self._listing.path)
        cursor = at.params.get("after") or parts.query
        if cursor in at.seen:
            raise PlatformError(
                "Meta's paging goes round in a circle: the same cursor came twice.",
                error_class=ErrorClass.RESTART,
            )
        at.seen.add(cursor)


def _versioned_path(path: str, first: str) -> str:
    """The path of a `next` link below our base URL: a gateway's own prefix is cut off."""
    version = "/" + first.lstrip("/").split("/", 1)[0] + "/"
    place = path.find(version)
    return path[place:] if place >= 0 else first


def with_params(listing: Listing, **params: str) -> Listing:
    """The same listing with some parameters replaced."""
    return replace(listing, params={**listing.params, **params})
