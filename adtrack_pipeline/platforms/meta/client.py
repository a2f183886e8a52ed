"""The Meta client: one door to accounts, objects, insights, change log and thumbnails.

Belongs here: putting the parts together. Does not belong here: any rule of the API.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import Self

from adtrack_pipeline.platforms.base import Account, CallStats, InsightsPage, ObjectKind, Report
from adtrack_pipeline.platforms.meta import accounts, entities
from adtrack_pipeline.platforms.meta.config import MetaConfig
from adtrack_pipeline.platforms.meta.insights import InsightsReader
from adtrack_pipeline.platforms.meta.records import (
    AccountsFound,
    ActivitiesPage,
    JobStore,
    ObjectsPage,
    TokenInfo,
)
from adtrack_pipeline.platforms.meta.streams import merge
from adtrack_pipeline.platforms.meta.throttle import Work
from adtrack_pipeline.platforms.meta.thumbnails import Thumbnails
from adtrack_pipeline.platforms.meta.transport import Transport
from adtrack_pipeline.platforms.meta.windows import Mode, WindowReader


class MetaClient:
    """Reads ad accounts. An async context manager; one HTTP client and one throttle for all accounts."""

    def __init__(self, config: MetaConfig) -> None:
        self._config = config
        self._transport = Transport(config)
        self._insights = InsightsReader(self._transport)
        self._thumbnails = Thumbnails(config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
        await self._thumbnails.aclose()

    async def discover_accounts(self, only: Sequence[str] = ()) -> AccountsFound:
        """The named accounts, or all the token can read; one that cannot be read is a failure of its own.

        Raises:
            PlatformError: when the token or the API version is refused.
        """
        return await accounts.discover(self._transport, only)

    async def insights(
        self,
        account: Account,
        report: Report,
        since: date,
        until: date,
        *,
        stats: CallStats,
        mode: Mode = "auto",
        jobs: JobStore | None = None,
    ) -> AsyncGenerator[InsightsPage, None]:
        """All rows of a window of account-local days, both ends included, page by page.

        Ending without an error means that every row was delivered at least once; a row may come twice, then the
        later one counts. Days Meta no longer keeps are skipped and told in `stats.unavailable_until`.

        Raises:
            PlatformError: of class WAIT when the quota stays used up (try again later), ALERT when a person has
                to act, others when this window cannot be read.
        """
        window = WindowReader(self._insights, Work(account.account_id, stats), account, jobs)
        async with aclosing(window.read(report, since, until, mode)) as pages:
            async for page in pages:
                yield page

    async def objects(
        self, account: Account, kind: ObjectKind, *, updated_since: datetime | None = None, stats: CallStats
    ) -> AsyncGenerator[ObjectsPage, None]:
        """Objects of a kind in every status, or those changed since an instant.

        An incremental read of ads yields the creatives they carry as well; one of creatives is empty, since
        Meta does not tell when a creative changed.
        """
        source = partial(entities.read_pages, self._transport, account, kind, updated_since, stats)
        async with aclosing(merge([source], 1, self._config.prefetch_pages)) as pages:
            async for page in pages:
                yield page

    async def activities(
        self, account: Account, since: datetime, until: datetime, *, stats: CallStats
    ) -> AsyncGenerator[ActivitiesPage, None]:
        """The account's change log between two instants."""
        source = partial(entities.read_activity_pages, self._transport, account, since, until, stats)
        async with aclosing(merge([source], 1, self._config.prefetch_pages)) as pages:
            async for page in pages:
                yield page

    async def thumbnail(self, url: str) -> tuple[bytes, str] | None:
        """The image behind a creative's thumbnail link and its media type; None for a dead or refused link.

        Raises:
            PlatformError: of class RETRY when the host does not answer as it should now.
        """
        return await self._thumbnails.fetch(url)

    async def token_info(self) -> TokenInfo:
        """Validity, expiry and scopes of the token."""
        return await accounts.token_info(self._transport)

    async def ping(self, account_id: str) -> None:
        """Read one account's name, to see whether it can be read.

        Raises:
            PlatformError: with why not.
        """
        await accounts.read_account(self._transport, account_id.removeprefix("act_"), CallStats())
