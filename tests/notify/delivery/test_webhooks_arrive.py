"""From an outbox row to a real HTTP receiver that checks the signature with the library."""

import asyncio
from typing import Any

import psycopg

from tests.notify.delivery.conftest import Deliver, FakeClock, clicks, hook, row
from tests.notify.receiving import Receiver, running_receiver
from tests.notify.writing import metrics, write_alert, write_events

Conn = psycopg.Connection[Any]


async def test_an_event_arrives_signed_with_its_id_as_key(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, metrics(n=7))
    drained = await delivered()
    assert (drained.delivered, drained.trouble) == (1, None)
    [got] = receiver.got
    body = got.verified()
    assert body["type"] == "campaign.metrics_updated"
    assert body["data"]["metrics"]["clicks"] == 7
    assert got.event_id == body["id"] == str(row(conn, "select event_id from ops.event_outbox")[0])


async def test_what_was_delivered_is_not_sent_again(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, metrics(n=1), metrics(n=2))
    await delivered()
    assert (await delivered()).delivered == 0
    write_events(conn, metrics(n=3))
    assert (await delivered()).delivered == 1
    assert clicks(receiver) == [1, 2, 3]


async def test_events_of_a_campaign_arrive_in_their_order_however_many(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    for n in range(0, 120, 6):
        write_events(conn, *(metrics(f"c{n // 6 % 2}", n + i) for i in range(6)))
    await delivered()
    assert clicks(receiver, "c0") == [n + i for n in range(0, 120, 12) for i in range(6)]
    assert len(receiver.got) == 120


async def test_an_event_committed_late_is_not_skipped(
    conn: Conn, database: Any, receiver: Receiver, delivered: Deliver
):
    """Its position and its transaction are older than those of an event that was delivered before it."""
    with database.connect() as slow:
        write_events(slow, metrics("slow", 1))
        write_events(conn, metrics("fast", 1))
        assert (await delivered()).delivered == 1
        slow.commit()
    assert (await delivered()).delivered == 1
    assert clicks(receiver, "slow") == [1]


async def test_one_refused_campaign_waits_and_the_others_go_on(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics("bad", 1), metrics("bad", 2), metrics("good", 1))
    receiver.otherwise = lambda one: _answer(500 if one.verified()["data"]["campaign_id"] == "bad" else 204)
    drained = await delivered()
    assert (drained.delivered, drained.refused) == (1, 1)
    assert clicks(receiver, "bad") == [1]
    receiver.otherwise = 204
    write_events(conn, metrics("bad", 3), metrics("good", 2))
    await delivered()
    assert clicks(receiver, "bad") == [1]
    assert clicks(receiver, "good") == [1, 2]
    clock.forward(seconds=6)
    await delivered()
    assert clicks(receiver, "bad") == [1, 1, 2, 3]


async def test_a_refused_message_is_tried_on_the_advised_schedule_and_then_given_up(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    write_events(conn, metrics(n=1), metrics(n=2))
    receiver.otherwise = lambda one: _answer(500 if one.verified()["data"]["metrics"]["clicks"] == 1 else 204)
    waits = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    for attempt, wait in enumerate(waits, start=1):
        assert len(receiver.got) == attempt - 1
        await delivered()
        assert len(receiver.got) == attempt
        clock.forward(seconds=wait - 1)
        await delivered()
        assert len(receiver.got) == attempt, "tried before its time"
        clock.forward(seconds=wait * 0.1 + 2)
    drained = await delivered()
    assert (drained.given_up, drained.delivered) == (1, 1)
    assert clicks(receiver) == [1] * 10 + [2]
    state, reason = row(conn, "select state, reason from ops.deliveries")
    assert state == "dead"
    assert "500" in reason


async def test_a_channel_that_does_not_want_an_event_writes_nothing_about_it(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    write_events(conn, *(metrics(f"c{n}", n) for n in range(300)))
    lane = hook(receiver.url)
    only_alerts = type(lane)(lane.channel, type(lane.wanted)(("campaign.performance_alert",)))
    await delivered(only_alerts)
    assert row(conn, "select count(*) from ops.delivery_streams") == (0,)
    write_alert(conn, campaign="c5")
    assert (await delivered(only_alerts)).delivered == 1
    assert row(conn, "select stream_key, seq from ops.delivery_streams") == ("meta:111:c5", 2)


async def test_a_new_channel_gets_the_last_hour_and_no_history(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, metrics(n=1))
    conn.execute("update ops.event_outbox set created_at = now() - interval '2 hours'")
    await _nothing_older_is_open(conn)
    write_events(conn, metrics(n=2))
    await delivered()
    assert clicks(receiver) == [2]


async def _nothing_older_is_open(conn: Conn) -> None:
    """Tests beside this one write in the same cluster; what they began before is read with everything since."""
    while not row(
        conn, "select bool_and(written_xid < pg_snapshot_xmin(pg_current_snapshot())) from ops.event_outbox"
    )[0]:
        await asyncio.sleep(0.05)


async def test_each_channel_goes_its_own_way(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, metrics(n=1))
    await delivered(hook("http://127.0.0.1:9/none", name="down"))
    await delivered()
    assert clicks(receiver) == [1]
    assert row(conn, "select delivered from ops.delivery_channels where channel = 'down'") == (0,)


async def test_a_channel_that_was_down_for_two_hours_gets_everything_in_order(
    conn: Conn, delivered: Deliver, clock: FakeClock
):
    with running_receiver() as first:
        port = first.port
    lane = hook(f"http://127.0.0.1:{port}/in")
    for n in range(24):
        write_events(conn, metrics("c1", n), metrics("c2", n))
        drained = await delivered(lane)
        assert drained.delivered == 0
        clock.forward(minutes=5, seconds=31)
    assert row(conn, "select count(*) from ops.delivery_streams") == (0,), "an outage charges no message"
    with running_receiver(port) as back:
        drained = await delivered(lane)
        assert (drained.delivered, drained.trouble) == (48, None)
        assert clicks(back, "c1") == clicks(back, "c2") == list(range(24))


async def test_ten_thousand_waiting_events_are_read_in_bounded_pieces(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    write_events(conn, *(metrics(f"c{n % 3}", n) for n in range(300)))
    await delivered()
    assert sorted(clicks(receiver, "c0")) == clicks(receiver, "c0")
    assert len(receiver.got) == 300


def _answer(status: int) -> Any:
    from starlette.responses import Response

    return Response(status_code=status)
