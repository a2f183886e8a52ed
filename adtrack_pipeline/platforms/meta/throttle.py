"""Pace of the calls: per ad account and per app, shared by everything one client does.

Belongs here: who may call when. Does not belong here: reading headers (`usage.py`) or errors (`errors.py`).
From 75 % of a quota calls are spaced out; from 95 % they stop until Meta's own regain time. A blocked account
holds no slot that another account could use.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from adtrack_pipeline import clock
from adtrack_pipeline.platforms.base import CallStats, ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta.config import MetaConfig, Timing
from adtrack_pipeline.platforms.meta.usage import Usage

SLOW_FROM = 75.0
STOP_FROM = 95.0
FORGET_AFTER = 3600.0
"""Seconds after which an old percent says nothing any more: quotas roll over one hour."""


@dataclass
class Work:
    """One piece of work of one account: what it cost, and how long it has waited for quota (seconds).

    Waits of concurrent calls that overlap in time count once.
    """

    account_id: str
    stats: CallStats
    waited: float = 0.0
    _waited_until: float = 0.0

    def wait(self, seconds: float, now: float, deadline: float) -> None:
        """Account for a wait that begins now.

        Raises:
            PlatformError: of class WAIT with `retry_at`, when the deadline would be passed.
        """
        end = now + seconds
        more = max(0.0, end - max(now, self._waited_until))
        if self.waited + more > deadline:
            raise PlatformError(
                f"Meta's call quota for account {self.account_id} is used up for another {seconds:.0f} s, "
                "longer than one run may wait; the next run goes on.",
                error_class=ErrorClass.WAIT,
                retry_at=clock.now() + timedelta(seconds=seconds),
            )
        self.waited += more
        self._waited_until = max(self._waited_until, end)


class Pace:
    """What is known about one quota, and when its next call may start. Times are of the injected clock."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._percent = 0.0
        self._seen_at = 0.0
        self._next_at = 0.0
        self._blocked_until = 0.0

    def note(self, percent: float | None, wait: float, reset: float = 0.0) -> None:
        """Take in what a header said: percent used, seconds to regain access, seconds to the next window."""
        now = self._timing.monotonic()
        if percent is not None:
            self._percent, self._seen_at = percent, now
        if wait > 0:
            self.block(wait)
        elif percent is not None and percent >= STOP_FROM:
            self.block(reset or self._timing.default_block)

    def block(self, seconds: float) -> None:
        """No call before that many seconds have passed."""
        self._blocked_until = max(self._blocked_until, self._timing.monotonic() + seconds)

    def blocked_for(self) -> float:
        """Seconds until a call may start at all."""
        return max(0.0, self._blocked_until - self._timing.monotonic())

    def reserve(self) -> float:
        """Take the next place in the spaced-out row; returns the seconds to wait for it."""
        now = self._timing.monotonic()
        if now - self._seen_at > FORGET_AFTER:
            self._percent = 0.0
        share = (self._percent - SLOW_FROM) / (STOP_FROM - SLOW_FROM)
        spacing = self._timing.slow_down * min(1.0, share) if share > 0 else 0.0
        start = max(now, self._next_at)
        self._next_at = start + spacing if spacing else 0.0
        return start - now


class Throttle:
    """Admits calls: not too many at once, none while its account or the app is blocked."""

    def __init__(self, config: MetaConfig) -> None:
        self._timing = config.timing
        self._app = Pace(config.timing)
        self._accounts: dict[str, Pace] = defaultdict(lambda: Pace(config.timing))
        self._all = asyncio.Semaphore(config.max_calls)
        self._own: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(config.max_calls_per_account)
        )

    def note(self, account_id: str, usage: Usage) -> None:
        """Learn from the headers of an answer, good or bad."""
        self._app.note(usage.app_pct, 0.0)
        self._accounts[account_id].note(usage.account_pct, usage.account_wait, usage.account_reset)

    def block(self, account_id: str | None, seconds: float) -> None:
        """Stop an account (None: the whole app) for some seconds, as an error told."""
        pace = self._app if account_id is None else self._accounts[account_id]
        pace.block(seconds)

    @asynccontextmanager
    async def slot(self, work: Work) -> AsyncIterator[None]:
        """Hold one call's place.

        Raises:
            PlatformError: of class WAIT when the quota stays used up beyond the deadline.
        """
        pace = self._accounts[work.account_id]
        async with self._own[work.account_id]:
            await self._pause(work, pace.reserve() + self._app.reserve())
            while True:
                await self._until_open(work, pace)
                async with self._all:
                    # Another call may have hit the limit while this one stood in line.
                    if not self._blocked_for(pace):
                        yield
                        return

    def _blocked_for(self, pace: Pace) -> float:
        return max(pace.blocked_for(), self._app.blocked_for())

    async def _until_open(self, work: Work, pace: Pace) -> None:
        while seconds := self._blocked_for(pace):
            await self._pause(work, seconds)

    async def _pause(self, work: Work, seconds: float) -> None:
        if seconds > 0:
            work.wait(seconds, self._timing.monotonic(), self._timing.wait_deadline)
            await self._timing.sleep(seconds)
