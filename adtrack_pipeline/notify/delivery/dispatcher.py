"""All channels at once: a connection, a lock and a task each, so that one that is slow or down delays only itself.

`deliver` is what sensors and the command line call. Woken by `NOTIFY adtrack_events`, it needs no run of Dagster
for a message to leave.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.worker import Clock, Drained, Worker, real_now
from adtrack_pipeline.warehouse import Database, DatabaseError

DELIVERING = 0x41445412  # advisory lock, with the hash of the channel's name: one dispatcher per channel
POLL_SECONDS = 2.0
STOP_SECONDS = 0.2  # how soon a listening dispatcher notices that it is to end
KEEP_MARK_SECONDS = 60.0

# Compiling a small query takes longer than running it; for the marks see `ledger.py`.
_SESSION = "select set_config('synchronous_commit', 'off', false), set_config('jit', 'off', false)"

Conn = psycopg.AsyncConnection[Any]


@dataclass
class Following:
    """A delivery under way, as another thread may see and end it.

    Attributes:
        stop: set it, and the delivery ends soon, what was sent being marked.
        caught_up: set once every channel was offered what was due.
        behind: channels that were not offered yet what was due.
        totals: one record per lane, counting on.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    caught_up: threading.Event = field(default_factory=threading.Event)
    behind: set[str] = field(default_factory=set)
    totals: Sequence[Drained] = ()


async def deliver(
    database: Database,
    lanes: Sequence[Lane],
    *,
    follow_seconds: float = 0.0,
    clock: Clock = real_now,
    following: Following | None = None,
) -> list[Drained]:
    """Deliver what is due on every channel, then what comes within `follow_seconds` or until `following.stop`.

    Safe to run several times at once: a channel another process works on is left to it. Returns one record per
    lane. A channel's trouble is in its record and never an error here.

    Raises:
        DatabaseError: the outbox cannot be read, and it is not worth waiting for it.
    """
    handle = following or Following()
    ends_at = time.monotonic() + follow_seconds
    followers = [_Follower(database, lane, ends_at, clock, handle) for lane in lanes]
    handle.behind = {lane.name for lane in lanes}
    handle.totals = [one.total for one in followers]
    results = await asyncio.gather(*(one.run() for one in followers), return_exceptions=True)
    for result in results:  # raised only now: what is wrong on one channel must not end the others
        if isinstance(result, BaseException):
            raise result
    return [one.total for one in followers]


@dataclass
class _Follower:
    """One lane from beginning to end."""

    database: Database
    lane: Lane
    ends_at: float
    clock: Clock
    handle: Following

    def __post_init__(self) -> None:
        self.total = Drained(self.lane.name)

    def is_over(self) -> bool:
        return self.handle.stop.is_set() or time.monotonic() >= self.ends_at

    async def run(self) -> Drained:
        """Try again when the database went away, as long as there is time."""
        try:
            while True:
                try:
                    await self._work()
                except (psycopg.OperationalError, DatabaseError) as error:
                    if self.is_over():
                        raise DatabaseError("The database went away during delivery.") from error
                self._note_caught_up()
                if self.is_over():
                    return self.total
                await self._rest()
        finally:
            await self.lane.channel.close()

    async def _work(self) -> None:
        conn = await self.database.connect_async(autocommit=True, application_name="adtrack notify")
        async with conn:
            await conn.execute(_SESSION)
            if await _locked(conn, self.lane.name):
                self.total.is_served_elsewhere = False
                await conn.execute("listen adtrack_events")
                await self._serve(Worker(self.lane, conn, self.clock), conn)
            else:
                self.total.is_served_elsewhere = True

    async def _serve(self, worker: Worker, conn: Conn) -> None:
        await worker.start()
        self._add(await worker.drain_kept())
        self._add(await worker.drain(self.handle.stop.is_set))
        self._note_caught_up()
        polled_at = kept_at = time.monotonic()
        while not self.is_over():
            was_woken = await self._wait(conn)
            if time.monotonic() - kept_at > KEEP_MARK_SECONDS:
                kept_at = time.monotonic()
                await worker.keep_mark()
            if not was_woken or time.monotonic() - polled_at > POLL_SECONDS:
                polled_at = time.monotonic()
                await worker.look_up()
                self._add(await worker.drain_kept())
            self._add(await worker.drain(self.is_over))
        await worker.keep_mark()

    async def _wait(self, conn: Conn) -> bool:
        """Whether somebody wrote events; takes all wake-up calls there are, because one look serves them all."""
        until = min(time.monotonic() + POLL_SECONDS, self.ends_at)
        woken = False
        while not (woken or self.is_over()) and (left := until - time.monotonic()) > 0:
            async for _ in conn.notifies(timeout=min(left, STOP_SECONDS), stop_after=1):
                woken = True
        if woken:
            with suppress(TimeoutError):
                async for _ in conn.notifies(timeout=0):
                    pass
        return woken

    async def _rest(self) -> None:
        until = min(time.monotonic() + POLL_SECONDS, self.ends_at)
        while not self.is_over() and time.monotonic() < until:
            await asyncio.sleep(min(STOP_SECONDS, max(0.0, until - time.monotonic())))

    def _note_caught_up(self) -> None:
        self.handle.behind.discard(self.lane.name)
        if not self.handle.behind:
            self.handle.caught_up.set()

    def _add(self, one: Drained) -> None:
        self.total.delivered += one.delivered
        self.total.refused += one.refused
        self.total.given_up += one.given_up
        self.total.trouble = one.trouble


async def _locked(conn: Conn, channel: str) -> bool:
    row = await (
        await conn.execute("select pg_try_advisory_lock(%s, hashtext(%s))", (DELIVERING, channel))
    ).fetchone()
    return bool(row and row[0])
