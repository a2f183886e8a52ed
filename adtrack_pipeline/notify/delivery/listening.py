"""A delivery that goes on in a thread of its own between two calls, so that somebody always listens.

Each call takes over from the one before; without a further call it ends by itself. Does not belong here:
delivering (`dispatcher.py`), who calls (`defs/notify/delivering.py`).
"""

import asyncio
import atexit
import threading
from collections.abc import Sequence
from dataclasses import replace

from adtrack_pipeline.notify.delivery.dispatcher import Following, deliver
from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.worker import Drained
from adtrack_pipeline.warehouse import Database

HANDOVER_SECONDS = 1.0  # a channel whose receiver is slow is taken over when it has answered
OFFER_SECONDS = 10.0  # longer than this a call does not wait for what was due to arrive
EXIT_SECONDS = 1.5  # what is being sent is finished and marked; later it would be sent twice


class Relay:
    """Listens from one call to the next. A process needs one."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._listener: _Listener | None = None

    def take_over(self, database: Database, lanes: Sequence[Lane], seconds: float) -> list[Drained]:
        """Listen on these lanes for so long; returns what was done since the last call, and what is due now.

        Raises:
            DatabaseError: the outbox cannot be read.
        """
        with self._turn:
            before, self._listener = self._listener, _Listener(database, lanes, seconds)
            if before:
                before.end(HANDOVER_SECONDS)
            self._listener.start()
            self._listener.wait(OFFER_SECONDS)
            return _together([*(before.news() if before else []), *self._listener.news()])

    def end(self) -> None:
        """Listen no more."""
        with self._turn:
            before, self._listener = self._listener, None
            if before:
                before.end(HANDOVER_SECONDS)


class _Listener:
    """One thread with one delivery."""

    def __init__(self, database: Database, lanes: Sequence[Lane], seconds: float) -> None:
        self._following = Following()
        self._told: dict[str, Drained] = {}
        self._error: BaseException | None = None
        self._work = deliver(database, lanes, follow_seconds=seconds, following=self._following)
        # Not waited for when the process ends for other reasons; `end` then says so first.
        self._thread = threading.Thread(target=self._run, name="adtrack notify", daemon=True)

    def start(self) -> None:
        atexit.register(self.end, EXIT_SECONDS)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until what was due was offered, or has failed."""
        self._following.caught_up.wait(seconds)
        if self._error:
            raise self._error

    def end(self, seconds: float) -> None:
        atexit.unregister(self.end)
        self._following.stop.set()
        self._thread.join(seconds)

    def news(self) -> list[Drained]:
        """What came since the last time, per channel."""
        found = [replace(one) for one in self._following.totals]
        news = [_less(one, self._told.get(one.channel)) for one in found]
        self._told = {one.channel: one for one in found}
        return news

    def _run(self) -> None:
        try:
            asyncio.run(self._work)
        except BaseException as error:  # told by the call that waits; a thread has nobody else to tell
            self._error = error
        finally:
            self._following.caught_up.set()


def _less(one: Drained, told: Drained | None) -> Drained:
    if told is None:
        return one
    return replace(
        one,
        delivered=one.delivered - told.delivered,
        refused=one.refused - told.refused,
        given_up=one.given_up - told.given_up,
    )


def _together(records: Sequence[Drained]) -> list[Drained]:
    """One record per channel; whether it is in trouble, the last one knows."""
    found: dict[str, Drained] = {}
    for one in records:
        before = found.get(one.channel, Drained(one.channel))
        found[one.channel] = replace(
            one,
            delivered=before.delivered + one.delivered,
            refused=before.refused + one.refused,
            given_up=before.given_up + one.given_up,
        )
    return list(found.values())
