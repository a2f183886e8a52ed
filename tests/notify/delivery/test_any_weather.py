"""Random refusals, outages, kills and late commits: every event arrives, in order, and none is forgotten."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.notify.channels.errors import RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.delivery import Lane, Wanted, deliver, outbox, worker
from adtrack_pipeline.notify.routing.decision import DROP, SEND, Decision
from adtrack_pipeline.warehouse import Database
from tests.notify.delivery.conftest import FakeClock
from tests.notify.writing import metrics, write_events

TYPES = ("campaign.metrics_updated", "pipeline.alert")


class PowerCutError(BaseException):
    """The process ends here."""


class Weather:
    """A receiver with moods. What it took is in `got`, also when nobody heard its answer."""

    name, kind, for_people, in_flight, batch = "weather", "webhook", False, 4, 1

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.got = chance, list[Message]()
        self.calm = False

    async def send(self, messages: Sequence[Message]) -> None:
        [message] = messages
        mood = 1.0 if self.calm else self.chance.random()
        if mood < 0.1:
            raise RefusedError("no")
        if mood < 0.15:
            raise UnavailableError("away", retry_after=self.chance.choice([None, 30.0]))
        self.got.append(message)
        if mood < 0.2:
            raise RefusedError("took it, but the answer was lost")
        if mood < 0.23:
            raise PowerCutError

    async def close(self) -> None:
        """Nothing is open."""


def unwanted(message: Message) -> bool:
    return message.seq % 7 == 3


def decide(message: Message, _now: Any) -> Decision:
    return DROP if unwanted(message) else SEND


@pytest.mark.parametrize("seed", range(3))
async def test_every_wanted_event_arrives_in_order(
    conn: psycopg.Connection[Any], database: Database, seed: int, monkeypatch: pytest.MonkeyPatch
):
    chance, clock = random.Random(seed), FakeClock.at_present()
    for module in (outbox, worker):
        monkeypatch.setattr(module, "MAX_STREAMS", chance.choice([2, 500]))
        monkeypatch.setattr(module, "MAX_PER_STREAM", chance.choice([1, 3, 40]))
    monkeypatch.setattr(outbox, "MAX_ROWS", chance.choice([3, 10_000]))
    channel = Weather(chance)
    lane = Lane(channel, Wanted(TYPES), decide)
    with database.connect() as slow:
        for step in range(40):
            writer = slow if chance.random() < 0.3 else conn
            streams = ("s", "t") if writer is slow else ("a", "b", "c", "d")
            write_events(writer, *(metrics(chance.choice(streams), step) for _ in range(chance.randint(1, 6))))
            if chance.random() < 0.2:
                slow.commit()
            await attempt(database, lane, clock)
            clock.now += timedelta(seconds=chance.choice([0, 1, 6, 400]))
        slow.commit()
    channel.calm = True
    for _ in range(6):
        await attempt(database, lane, clock)
        clock.forward(hours=30)
    assert_all_arrived(conn, channel)


async def attempt(database: Database, lane: Lane, clock: FakeClock) -> None:
    try:
        await deliver(database, [lane], clock=clock)
    except PowerCutError:
        return


def assert_all_arrived(conn: psycopg.Connection[Any], channel: Weather) -> None:
    written = conn.execute("select stream_key, seq, event_id::text from ops.event_outbox order by 1, 2").fetchall()
    wanted: dict[str, list[int]] = {}
    for stream, seq, _ in written:
        if seq % 7 != 3:
            wanted.setdefault(stream, []).append(seq)
    first: dict[str, list[int]] = {}
    for message in channel.got:
        seen = first.setdefault(message.stream, [])
        if message.seq not in seen:
            assert not seen or message.seq > seen[-1], "overtaken"
            seen.append(message.seq)
    assert first == wanted
    ids = {(stream, seq): event_id for stream, seq, event_id in written}
    assert all(ids[one.stream, one.seq] == one.event_id for one in channel.got)
    assert conn.execute("select count(*) from ops.deliveries").fetchone() == (0,)
