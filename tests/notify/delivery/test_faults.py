"""Receivers that are down, slow, rude or gone, and dispatchers that are killed or two: nothing is lost."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from starlette.responses import Response

from adtrack_pipeline.notify.delivery import deliver
from adtrack_pipeline.notify.delivery.dispatcher import DELIVERING
from adtrack_pipeline.warehouse import Database
from tests.notify.delivery.conftest import Deliver, FakeClock, clicks, hook, row
from tests.notify.receiving import Receiver
from tests.notify.writing import metrics, write_events

Conn = psycopg.Connection[Any]

PAUSED = "select failures, paused_until, last_error from ops.delivery_channels"


async def test_a_receiver_that_is_down_rests_the_channel_and_charges_no_message(
    conn: Conn, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics(n=1))
    drained = await delivered(hook("http://127.0.0.1:9/secret-path"))
    assert drained.trouble == "127.0.0.1 does not answer on port 9."
    failures, until, reason = row(conn, PAUSED)
    assert (failures, reason) == (1, drained.trouble)
    assert 5 <= (until - clock.now).total_seconds() < 6
    assert row(conn, "select count(*) from ops.delivery_streams") == (0,)


async def test_a_slow_receiver_is_given_up_on_and_the_message_sent_again(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics(n=1))
    with silent_server() as url:
        drained = await delivered(hook(url, timeout=0.1))
    assert drained.refused == 1
    assert "took longer than" in row(conn, "select last_error from ops.delivery_streams")[0]
    clock.forward(seconds=6)
    assert (await delivered()).delivered == 1


async def test_a_connection_closed_in_the_middle_means_the_message_is_sent_again_under_its_key(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics(n=1))
    with silent_server(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nabc") as url:
        assert (await delivered(hook(url))).refused == 1
    clock.forward(seconds=6)
    assert (await delivered()).delivered == 1
    assert receiver.got[0].event_id == str(row(conn, "select event_id from ops.event_outbox")[0])


async def test_410_switches_the_channel_off_for_good(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics(n=1))
    receiver.otherwise = 410
    assert "410 Gone" in ((await delivered()).trouble or "")
    receiver.otherwise = 204
    clock.forward(days=30)
    assert (await delivered()).delivered == 0
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_throttling_receiver_is_left_alone_as_long_as_it_asks(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock, status: int
):
    write_events(conn, metrics("c1", 1), metrics("c2", 2))
    receiver.otherwise = lambda _: Response(status_code=status, headers={"Retry-After": "90"})
    await delivered()
    calls = len(receiver.got)
    receiver.otherwise = 204
    clock.forward(seconds=89)
    assert (await delivered()).delivered == 0
    assert len(receiver.got) == calls
    clock.forward(seconds=2)
    assert (await delivered()).delivered == 2
    assert row(conn, PAUSED)[0] == 0


async def test_a_redirect_is_not_followed(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, metrics(n=1))
    receiver.otherwise = lambda _: Response(status_code=302, headers={"Location": receiver.url + "/elsewhere"})
    assert (await delivered()).refused == 1
    assert [one.path for one in receiver.got] == ["/"]
    assert "redirects are not followed" in row(conn, "select last_error from ops.delivery_streams")[0]


async def test_a_receiver_that_answers_500_to_everything_is_not_asked_for_every_campaign(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, *(metrics(f"c{n}", n) for n in range(100)))
    receiver.otherwise = 500
    await delivered()
    assert len(receiver.got) < 20
    receiver.otherwise = 204
    receiver.got.clear()
    clock.forward(seconds=7)
    await delivered()
    assert sorted(one.verified()["data"]["metrics"]["clicks"] for one in receiver.got) == list(range(100))


async def test_after_an_outage_one_message_is_the_probe(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, *(metrics(f"c{n}", n) for n in range(30)))
    receiver.otherwise = 503
    await delivered()
    receiver.got.clear()
    clock.forward(seconds=7)
    await delivered()
    assert len(receiver.got) == 1


async def test_two_dispatchers_at_once_send_everything_once(
    conn: Conn, database: Database, receiver: Receiver, clock: FakeClock
):
    write_events(conn, *(metrics(f"c{n % 7}", n) for n in range(200)))
    results = await asyncio.gather(*(deliver(database, [hook(receiver.url)], clock=clock) for _ in range(3)))
    assert sum(drained.delivered for [drained] in results) == 200
    assert len({one.event_id for one in receiver.got}) == len(receiver.got) == 200


async def test_a_dispatcher_killed_between_send_and_mark_sends_again_under_the_same_key(
    conn: Conn, database: Database, receiver: Receiver, delivered: Deliver
):
    """A real process and a real SIGKILL, at the moment the receiver has the message and has not answered yet."""
    write_events(conn, metrics(n=1))
    arrived, process = threading.Event(), []

    def kill(_: Any) -> Response:
        process[0].send_signal(signal.SIGKILL)
        process[0].wait()
        arrived.set()
        return Response(status_code=204)

    receiver.answers = [kill]
    process.append(
        subprocess.Popen([sys.executable, "-c", _CHILD, database.url().get_secret_value(), receiver.url])
    )
    assert await asyncio.to_thread(arrived.wait, 60)
    assert row(conn, "select count(*) from ops.delivery_streams") == (0,)
    drained = await delivered()
    assert drained.delivered == 1
    first, second = receiver.got
    assert first.event_id == second.event_id
    assert first.verified() == second.verified()


async def test_events_written_while_a_dispatcher_listens_leave_at_once(
    conn: Conn, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.notify.delivery.dispatcher.POLL_SECONDS", 30.0)
    listening = asyncio.create_task(deliver(database, [hook(receiver.url)], follow_seconds=60))
    for _ in range(300):
        if row(conn, "select 1 from ops.delivery_channels"):
            break
        await asyncio.sleep(0.02)
    write_events(conn, metrics(n=5))
    for _ in range(300):
        if receiver.got:
            break
        await asyncio.sleep(0.02)
    listening.cancel()
    assert clicks(receiver) == [5]


async def test_a_database_that_ends_the_connection_costs_a_reconnect(
    conn: Conn, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.notify.delivery.dispatcher.POLL_SECONDS", 0.1)
    listening = asyncio.create_task(deliver(database, [hook(receiver.url)], follow_seconds=60))
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'adtrack notify'"
    for _ in range(500):
        if row(conn, kill):
            break
        await asyncio.sleep(0.02)
    write_events(conn, metrics(n=5))
    for _ in range(500):
        if receiver.got:
            break
        await asyncio.sleep(0.02)
    listening.cancel()
    assert clicks(receiver) == [5]


async def test_a_database_restored_into_another_cluster_goes_on_delivering(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    """Transactions count anew there: the old watermark lies beyond all that will ever be written."""
    write_events(conn, metrics(n=1))
    await delivered()
    conn.execute("update ops.delivery_channels set seen_xid = '99999999999'::xid8")
    write_events(conn, metrics(n=2))
    await delivered()
    assert clicks(receiver) == [1, 2]


async def test_while_one_process_delivers_another_leaves_the_channel_to_it(
    conn: Conn, database: Database, receiver: Receiver
):
    with database.connect(autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s, hashtext('hook'))", [DELIVERING])
        write_events(conn, metrics(n=1))
        [drained] = await deliver(database, [hook(receiver.url)])
    assert drained.is_served_elsewhere
    assert drained.is_fine
    assert receiver.got == []


async def test_a_mistake_in_the_program_on_one_channel_does_not_end_the_others(
    conn: Conn, database: Database, receiver: Receiver
):
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    write_events(conn, metrics(n=1))
    bad = replace(hook(receiver.url, name="bad"), decide=broken)
    with pytest.raises(ZeroDivisionError):
        await deliver(database, [bad, hook(receiver.url)])
    assert clicks(receiver) == [1]


_CHILD = """
import asyncio, sys
from pydantic import SecretStr
from adtrack_pipeline.notify.delivery import deliver
from adtrack_pipeline.notify.delivery.dispatcher import DELIVERING
from adtrack_pipeline.warehouse.dsn import parse_database_url
from tests.notify.delivery.conftest import hook

asyncio.run(deliver(parse_database_url(SecretStr(sys.argv[1])), [hook(sys.argv[2])]))
"""


@contextmanager
def silent_server(answer: bytes = b"") -> Iterator[str]:
    """Takes connections, says `answer`, and closes them if there was one; says nothing for ever otherwise."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    taken, _ = listener.accept()
                except OSError:
                    return
                taken.recv(65536)
                if answer:
                    taken.sendall(answer)
                    taken.close()
                else:
                    kept.append(taken)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    for one in kept:
        one.close()
