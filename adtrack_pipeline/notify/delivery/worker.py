"""One channel's dispatcher: read, send, write down, until nothing is left.

It works on the very connection that holds the channel's advisory lock: two dispatchers never work on one
channel, and one that lost its connection can neither read nor mark any more. Killed between send and mark, the
message is sent again under the same key.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from adtrack_pipeline.notify.channels.errors import GoneError, RefusedError
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.delivery.kept import send_kept
from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.ledger import ChannelState, Ledger
from adtrack_pipeline.notify.delivery.outbox import MAX_PER_STREAM, MAX_STREAMS, Batch, read_next
from adtrack_pipeline.notify.delivery.people import send_to_people
from adtrack_pipeline.notify.delivery.schedule import pause_delay, retry_delay
from adtrack_pipeline.notify.delivery.sending import Sends
from adtrack_pipeline.notify.delivery.tally import Tally
from adtrack_pipeline.notify.routing.decision import Action

Clock = Callable[[], datetime]
FLUSH_SECONDS = 0.2


def real_now() -> datetime:
    """Real time: retries are about receivers in this world, not about an injected clock."""
    return datetime.now(UTC)


@dataclass
class Drained:
    """What a drain came to, for people and for logs; holds no secret.

    `trouble` says why the channel rests, when it does; `is_served_elsewhere`: another process delivers to it.
    """

    channel: str
    delivered: int = 0
    refused: int = 0
    given_up: int = 0
    trouble: str | None = None
    is_served_elsewhere: bool = False

    @property
    def is_fine(self) -> bool:
        """Nothing is left that should have been delivered."""
        return self.is_served_elsewhere or not (self.trouble or self.refused or self.given_up)


@dataclass
class Worker:
    """Works on one lane; `conn` is in autocommit and holds the channel's lock."""

    lane: Lane
    conn: psycopg.AsyncConnection[Any]
    clock: Clock = real_now
    _state: ChannelState = field(init=False)
    _ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self._ledger = Ledger(self.conn, self.lane.name)

    async def start(self) -> None:
        """Make the channel known, and find out where it stands."""
        await self._ledger.register(self.lane.channel.kind)
        self._state = await self._ledger.load()

    async def look_up(self) -> None:
        """Learn what others changed: somebody may have resumed the channel."""
        seen = self._state.seen
        self._state = await self._ledger.load()
        self._state.seen = str(max(int(seen), int(self._state.seen)))

    async def keep_mark(self) -> None:
        """Write down how far the outbox was read, though nothing had to be sent."""
        await self._ledger.arrived({}, count=0, now=self.clock(), seen=self._state.seen)

    async def drain(self, is_over: Callable[[], bool] = lambda: False) -> Drained:
        """Send everything that is due now. Once `is_over` says so no further pass is begun."""
        result = Drained(self.lane.name)
        goes_on = True
        while goes_on and not self._rests(result) and not is_over():
            goes_on = await self._pass(result)
        return result

    async def drain_kept(self) -> Drained:
        """Send what was held until now, or what somebody asked to be sent again."""
        result = Drained(self.lane.name)
        if not self._rests(result):
            tally = Tally()
            await send_kept(self.lane, self._ledger, tally, self.clock())
            result.delivered = len(tally.arrived)
            await self._note_trouble(tally, result)
        return result

    def _rests(self, result: Drained) -> bool:
        """Whether nothing may be sent now, and why."""
        state = self._state
        is_paused = state.paused_until is not None and state.paused_until > self.clock()
        if state.disabled_at or is_paused:
            result.trouble = state.last_error or "resting"
            return True
        return False

    async def _pass(self, result: Drained) -> bool:
        """One round of read, send, mark; false when nothing more is to be done now."""
        is_probe = self._state.failures > 0
        batch = await read_next(
            self.conn,
            self.lane,
            seen=self._state.seen,
            now=self.clock(),
            max_streams=1 if is_probe else MAX_STREAMS,
            max_per_stream=1 if is_probe else MAX_PER_STREAM,
        )
        tally = Tally()
        if self.lane.channel.for_people:
            await send_to_people(self.lane, self._ledger, self._state, batch, tally, self.clock())
        else:
            await self._send_to_machine(batch, tally)
        return await self._write_down(batch, tally, result, is_probe=is_probe)

    async def _send_to_machine(self, batch: Batch, tally: Tally) -> None:
        now, streams = self.clock(), {}
        for stream, messages in batch.streams.items():
            unwanted = [one for one in messages if self.lane.decide(one, now).action is not Action.SEND]
            tally.settle(unwanted)
            streams[stream] = [one for one in messages if not tally.is_dealt_with(one)]
        tasks = Sends(self.lane.channel, tally).start(streams)
        try:
            while tasks:
                ended, tasks = await asyncio.wait(tasks, timeout=FLUSH_SECONDS)
                for task in ended:
                    task.result()
                if tasks:
                    done, count = tally.take_unwritten()
                    await self._arrived(done, count, behind=batch.behind)
        finally:
            for task in tasks:
                task.cancel()

    async def _write_down(self, batch: Batch, tally: Tally, result: Drained, *, is_probe: bool) -> bool:
        """Marks, refusals, trouble; whether another pass is worth it."""
        left = {
            stream: [one for one in messages if not tally.is_dealt_with(one)]
            for stream, messages in batch.streams.items()
        }
        unfinished = {stream for stream, messages in left.items() if messages}
        done, count = tally.take_unwritten()
        for stream, messages in batch.streams.items():
            # Settled messages move a stream's mark only where they would be read again and again.
            if (batch.cut or stream in batch.behind) and not left[stream]:
                done[stream] = max(done.get(stream, 0), messages[-1].seq if messages else 0)
        is_complete = not batch.cut and unfinished <= tally.refusals.keys()
        if is_complete:
            self._state.seen = batch.horizon
        still_behind = batch.behind & (unfinished | (batch.streams.keys() - batch.exhausted))
        result.delivered += len(tally.arrived)
        if done or count:
            await self._arrived(done, count, behind=still_behind)
        buried = [
            await self._refused(message, error, batch, tally, result) for message, error in tally.refusals.values()
        ]
        await self._note_trouble(tally, result)
        has_more = batch.cut or not is_complete or bool(still_behind) or any(buried)
        return not tally.trouble and (has_more or is_probe) and bool(batch.streams)

    async def _arrived(self, done: dict[str, int], count: int, *, behind: set[str]) -> None:
        if count:
            self._state.failures, self._state.paused_until = 0, None
        await self._ledger.arrived(
            done, count=count, now=self.clock(), seen=self._state.seen, behind=behind & done.keys()
        )

    async def _refused(
        self, message: Message, error: RefusedError, batch: Batch, tally: Tally, result: Drained
    ) -> bool:
        """The stream waits for the next attempt; after the last one it goes on without the message: true."""
        is_first = not any(one.event_id in tally.arrived for one in batch.streams[message.stream])
        attempts = (batch.attempts[message.stream] if is_first else 0) + 1
        delay = None if error.permanent else retry_delay(attempts)
        if delay is None:
            await self._ledger.keep([message.event_id], "dead", due_at=None, reason=str(error), attempts=attempts)
            await self._arrived({message.stream: message.seq}, 0, behind={message.stream})
            result.given_up += 1
            return True
        await self._ledger.refused(
            message.stream,
            before=message.seq - 1,
            attempts=attempts,
            retry_at=self.clock() + timedelta(seconds=delay),
            reason=str(error),
        )
        result.refused += 1
        return False

    async def _note_trouble(self, tally: Tally, result: Drained) -> None:
        if tally.trouble is None:
            return
        result.trouble, now = str(tally.trouble), self.clock()
        self._state.last_error = result.trouble
        if isinstance(tally.trouble, GoneError):
            self._state.disabled_at = now
            await self._ledger.disable(now=now, reason=result.trouble)
            return
        self._state.failures += 1
        wait = pause_delay(self._state.failures, tally.trouble.retry_after)
        self._state.paused_until = now + timedelta(seconds=wait)
        await self._ledger.pause(
            failures=self._state.failures, until=self._state.paused_until, reason=result.trouble
        )
