"""Sending what one pass has read: streams side by side, each in order; people's messages grouped.

Knows no database: what happened is in the `Tally`.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence

from adtrack_pipeline.notify.channels.base import Channel
from adtrack_pipeline.notify.channels.errors import DeliveryError, RefusedError
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.delivery.tally import Tally

PASS_SECONDS = 2.0  # after this no further send of a pass is begun: what came meanwhile gets its turn


class Sends:
    """The sends of one pass over one channel."""

    def __init__(self, channel: Channel, tally: Tally) -> None:
        self._channel = channel
        self._tally = tally
        self._ends_at = time.monotonic() + PASS_SECONDS

    def start(self, streams: Mapping[str, Sequence[Message]]) -> set[asyncio.Task[None]]:
        """As many tasks as the channel takes sends at once; each takes one stream after the other."""
        queue = iter([messages for messages in streams.values() if messages])
        return {asyncio.create_task(self._work(queue)) for _ in range(min(self._channel.in_flight, len(streams)))}

    async def _work(self, queue: Iterator[Sequence[Message]]) -> None:
        for messages in queue:
            await self._stream(messages)

    async def _stream(self, messages: Sequence[Message]) -> None:
        """In order; the first message that does not arrive ends it."""
        for message in messages:
            if self._tally.is_stopped or time.monotonic() > self._ends_at:
                return
            if not await self.one(message):
                return

    async def groups(self, messages: Sequence[Message]) -> None:
        """One send after the other, as many messages in each as the channel takes; a report in one of its own."""
        for bundle in _bundles(messages, self._channel.batch):
            group = self._sendable(bundle)
            if group and not self._tally.is_stopped:
                await self._group(group)

    async def _group(self, group: Sequence[Message]) -> None:
        """A group whose content was refused is halved until the bad message is alone."""
        error = await self._try(group)
        if not (isinstance(error, RefusedError) and error.permanent and len(group) > 1):
            self._note(group, error)
            return
        middle = len(group) // 2
        for half in (group[:middle], group[middle:]):
            left = self._sendable(half)
            if left and not self._tally.is_stopped:
                await self._group(left)

    def _sendable(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Without those whose predecessor in the stream was refused."""
        return [one for one in messages if one.stream not in self._tally.refusals]

    async def one(self, message: Message) -> bool:
        """Whether the receiver took it."""
        error = await self._try([message])
        self._note([message], error)
        return error is None

    async def _try(self, group: Sequence[Message]) -> DeliveryError | None:
        try:
            await self._channel.send(group)
        except DeliveryError as error:
            return error
        except Exception as error:
            # A bug in drawing one message must not stop the others. Its own words may hold anything, a secret too.
            return RefusedError(f"{type(error).__name__} while it was being sent.")
        return None

    def _note(self, group: Sequence[Message], error: DeliveryError | None) -> None:
        for message in group:
            if error is None:
                self._tally.took(message)
            else:
                self._tally.failed(message, error)


def _bundles(messages: Sequence[Message], size: int) -> Iterator[Sequence[Message]]:
    """Messages in their order, at most `size` at a time."""
    bundle: list[Message] = []
    for message in messages:
        if bundle and (message.is_report or bundle[-1].is_report or len(bundle) == size):
            yield bundle
            bundle = []
        bundle.append(message)
    if bundle:
        yield bundle
