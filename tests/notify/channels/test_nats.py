"""A real nats-server: what is stored, in which order, how often."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nats
import psycopg
import pytest
from nats.js.api import StreamConfig
from pydantic import SecretStr

from adtrack_pipeline.notify.channels.errors import ChannelError, UnavailableError
from adtrack_pipeline.notify.channels.message import SANDBOX
from adtrack_pipeline.notify.channels.nats import STREAM, NatsChannel
from adtrack_pipeline.notify.delivery import deliver
from adtrack_pipeline.notify.delivery.lanes import make_lane
from adtrack_pipeline.warehouse import Database
from tests.notify.delivery.conftest import FakeClock
from tests.notify.natsd import NatsServer, running_nats
from tests.notify.sample import message
from tests.notify.writing import metrics, write_alert, write_events

Conn = psycopg.Connection[Any]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with running_nats(tmp_path / "js") as one:
        yield one


@pytest.fixture
async def channel(server: NatsServer) -> AsyncIterator[NatsChannel]:
    one = NatsChannel("nats", SecretStr(server.url))
    yield one
    await one.close()


async def stored(server: NatsServer) -> list[Any]:
    """Every message of the stream, in its order."""
    client = await nats.connect(server.url)
    try:
        context = client.jetstream()
        last = (await context.stream_info(STREAM)).state.last_seq
        return [await context.get_msg(STREAM, seq) for seq in range(1, last + 1)]
    finally:
        await client.close()


async def test_an_event_is_stored_as_a_cloudevent_in_binary_mode(server: NatsServer, channel: NatsChannel):
    sent = message(campaign="c1", data={"metrics": {"clicks": 7}})
    await channel.send([sent])
    [got] = await stored(server)
    assert got.subject == "events.meta.111.c1.metrics_updated"
    assert json.loads(got.data) == {"metrics": {"clicks": 7}}
    headers = {name: unquote(value) for name, value in got.headers.items()}
    assert headers["ce-id"] == headers["Nats-Msg-Id"] == sent.event_id
    assert headers["ce-type"] == "campaign.metrics_updated"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-source"].endswith("meta/111/c1") or "meta" in headers["ce-source"]
    assert int(headers["ce-sequence"]) == sent.seq
    assert "ce-environment" not in headers


async def test_the_same_event_sent_twice_is_stored_once(server: NatsServer, channel: NatsChannel):
    sent = message()
    await channel.send([sent])
    await channel.close()
    await channel.send([sent])
    assert len(await stored(server)) == 1


async def test_simulated_data_says_so(server: NatsServer, channel: NatsChannel):
    await channel.send([message(is_sandbox=True)])
    [got] = await stored(server)
    assert got.headers["ce-environment"] == SANDBOX


async def test_the_stream_takes_every_event_and_an_existing_one_is_left_alone(
    server: NatsServer, channel: NatsChannel
):
    client = await nats.connect(server.url)
    await client.jetstream().add_stream(StreamConfig(name=STREAM, subjects=["events.>"], max_msgs=3))
    for n in range(5):
        await channel.send([message(seq=n + 1)])
    info = await client.jetstream().stream_info(STREAM)
    await client.close()
    assert (info.config.max_msgs, info.state.messages) == (3, 3)


async def test_a_server_that_is_away_is_unavailable_and_its_login_is_told_to_nobody():
    channel = NatsChannel("nats", SecretStr("nats://me:hunter2@127.0.0.1:9"))
    with pytest.raises(UnavailableError) as caught:
        await channel.send([message()])
    assert "127.0.0.1:9" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(caught.value)


async def test_a_login_that_is_refused_is_unavailable(tmp_path: Path):
    with running_nats(tmp_path / "js", "--user", "me", "--pass", "right") as server:
        wrong = NatsChannel("nats", SecretStr(f"nats://me:wrong@127.0.0.1:{server.port}"))
        with pytest.raises(UnavailableError) as caught:
            await wrong.send([message()])
        assert "wrong" not in str(caught.value)
        right = NatsChannel("nats", SecretStr(f"nats://me:right@127.0.0.1:{server.port}"))
        await right.send([message()])
        await right.close()


def test_an_address_that_is_none_is_a_mistake_in_one_sentence():
    with pytest.raises(ChannelError, match="url must be an address such as nats://"):
        NatsChannel("bus", SecretStr("http://host:4222"))


async def test_restarting_nats_loses_nothing_and_keeps_the_order(
    conn: Conn, database: Database, server: NatsServer, monkeypatch: pytest.MonkeyPatch
):
    """Killed in the middle of a drain, started again on the same store."""
    monkeypatch.setattr("adtrack_pipeline.notify.channels.nats.PUBLISH_SECONDS", 0.5)
    for n in range(0, 3000, 100):
        write_events(conn, *(metrics(f"c{i % 10}", n + i) for i in range(100)))
    clock = FakeClock.at_present()

    async def drain() -> int:
        lane = make_lane(NatsChannel("nats", SecretStr(server.url)))
        [drained] = await deliver(database, [lane], clock=clock)
        return drained.delivered

    first = asyncio.create_task(drain())
    while not conn.execute("select 1 from ops.delivery_channels where delivered > 0").fetchone():
        await asyncio.sleep(0.01)
        if first.done():
            break
    server.stop()
    sent = await first
    clock.forward(minutes=6)
    assert await drain() == 0
    server.start()
    clock.forward(minutes=6)
    sent += await drain()
    assert sent >= 3000
    messages = await stored(server)
    numbers: dict[str, list[int]] = {}
    for one in messages:
        numbers.setdefault(one.subject, []).append(json.loads(one.data)["metrics"]["clicks"])
    assert sum(len(seen) for seen in numbers.values()) == 3000
    assert all(seen == sorted(seen) for seen in numbers.values())


async def test_alerts_and_health_reach_machines_too(conn: Conn, database: Database, server: NatsServer):
    write_alert(conn, campaign="c9")
    write_events(conn, {"event_type": "pipeline.alert", "platform": None, "account_id": None, "campaign_id": None})
    await deliver(database, [make_lane(NatsChannel("nats", SecretStr(server.url)))])
    subjects = {one.subject for one in await stored(server)}
    assert "events.meta.111.c9.performance_alert" in subjects
    assert any(subject.startswith("events.pipeline.") for subject in subjects)
