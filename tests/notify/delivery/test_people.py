"""Channels to people: few messages, at the right time, and a storm that stays readable."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from adtrack_pipeline.notify.channels import slack
from adtrack_pipeline.notify.channels.slack import SlackChannel
from adtrack_pipeline.notify.delivery import Lane
from adtrack_pipeline.notify.delivery.lanes import make_lane
from adtrack_pipeline.notify.routing.config import RoutingSection
from adtrack_pipeline.warehouse import Database
from tests.notify.delivery.conftest import Deliver, FakeClock, row
from tests.notify.receiving import Receiver
from tests.notify.writing import metrics, write_alert, write_events

Conn = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def _no_pause_between_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack, "SECONDS_BETWEEN", 0.0)


def team(receiver: Receiver, rules: Sequence[dict[str, Any]] = (), *, is_sandbox: bool = False) -> Lane:
    channel = SlackChannel("team", SecretStr(receiver.url + "/services/SECRETTOKEN"), allow_private=True)
    section = RoutingSection.model_validate([{"channels": "team", **rule} for rule in rules])
    return make_lane(channel, section.root, is_sandbox=is_sandbox)


def headlines(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["text"] for one in receiver.got]


async def test_people_get_alerts_and_no_metrics(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_events(conn, *(metrics(f"c{n}") for n in range(50)))
    write_alert(conn)
    assert (await delivered(team(receiver))).delivered == 1
    assert headlines(receiver) == ["HIGH CTR drop: Spring sale"]
    assert row(conn, "select count(*) from ops.delivery_streams") == (1,)


async def test_a_thousand_alerts_at_once_are_one_message(conn: Conn, receiver: Receiver, delivered: Deliver):
    for n in range(1000):
        write_alert(conn, campaign=f"c{n}", name=f"Campaign {n}", money=float(n))
    assert (await delivered(team(receiver))).delivered == 1000
    assert headlines(receiver) == ["1,000 alerts"]
    assert "Campaign 999" in receiver.got[0].body.decode()
    assert (await delivered(team(receiver))).delivered == 0


async def test_the_worst_of_a_digest_are_those_that_cost_most_in_the_reporting_currency(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    conn.execute(
        "insert into raw.fx_rates values (%s, 'EUR', 'USD', 1.1), (%s, 'JPY', 'USD', 0.0065)", [clock.now] * 2
    )
    for n in range(11):
        write_alert(conn, campaign=f"y{n}", name=f"Yen {n}", money=10_000.0 + n)
    conn.execute("update ops.alerts set currency = 'JPY'")
    write_alert(conn, campaign="e", name="Euro", money=500.0)
    write_alert(conn, campaign="s", name="Crown", money=900_000.0)
    conn.execute("update ops.alerts set currency = 'SEK' where campaign_id = 's'")
    await delivered(team(receiver))
    told = receiver.got[0].body.decode()
    assert told.index("Euro") < told.index("Yen 10") < told.index("Yen 2")
    assert "Yen 1:" not in told
    assert "Crown" not in told


async def test_a_thousand_alerts_that_trickle_in_within_an_hour_are_few_messages_and_all_are_told(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    clock.now = datetime(2026, 3, 9, 12, 0, 30, tzinfo=UTC)
    for n in range(60):
        for i in range(17):
            write_alert(conn, campaign=f"c{n}-{i}")
        await delivered(team(receiver))
        clock.forward(minutes=1)
    clock.forward(minutes=10)
    await delivered(team(receiver))
    assert len(receiver.got) <= 20
    told = sum(int(line.split()[0].replace(",", "")) for line in headlines(receiver))
    assert told == 60 * 17


async def test_in_a_storm_what_is_critical_still_leaves_at_once(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    for n in range(13):
        write_alert(conn, campaign=f"c{n}")
        await delivered(team(receiver))
    assert len(receiver.got) == 12
    write_alert(conn, campaign="worst", severity="critical", name="Worst")
    await delivered(team(receiver))
    assert headlines(receiver)[-1] == "CRITICAL CTR drop: Worst"


async def test_an_alert_that_came_and_went_before_anything_was_sent_is_told_once(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    alert_id = write_alert(conn)
    write_alert(conn, alert_id=alert_id, change="resolved")
    assert (await delivered(team(receiver))).delivered == 1
    assert headlines(receiver) == ["RESOLVED CTR drop: Spring sale"]
    assert (await delivered(team(receiver))).delivered == 0


async def test_quiet_hours_hold_messages_until_morning_and_let_the_critical_pass(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    lane = team(receiver, [{"quiet_hours": {"from": "22:00", "to": "07:00"}}])
    clock.now = datetime(2026, 3, 9, 23, tzinfo=UTC)
    write_alert(conn, campaign="c1", name="One")
    write_alert(conn, campaign="c2", name="Two")
    write_alert(conn, campaign="c1", name="Urgent", severity="critical")
    await delivered(lane)
    assert headlines(receiver) == ["CRITICAL CTR drop: Urgent"]
    assert row(conn, "select count(*), min(reason) from ops.deliveries where state = 'held'") == (2, "quiet hours")
    clock.forward(hours=7, minutes=59)
    await delivered(lane)
    assert len(receiver.got) == 1
    clock.forward(minutes=2)
    await delivered(lane)
    assert headlines(receiver)[1:] == ["2 alerts"]
    assert row(conn, "select count(*) from ops.deliveries") == (0,)


async def test_what_was_held_is_told_once_though_another_transaction_stays_open(
    conn: Conn, database: Database, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    lane = team(receiver, [{"quiet_hours": {"from": "22:00", "to": "07:00"}}])
    clock.now = datetime(2026, 3, 9, 23, tzinfo=UTC)
    with database.connect() as other:
        other.execute("select pg_current_xact_id()")  # as a long build of the marts, or a dump
        for n in range(3):
            write_alert(conn, campaign=f"c{n}")
        for hours in (0, 1, 8, 1):
            clock.forward(hours=hours)
            await delivered(lane)
    assert headlines(receiver) == ["3 alerts"]
    assert row(conn, "select count(*) from ops.deliveries") == (0,)


async def test_what_is_held_waits_in_line_behind_a_message_that_did_not_arrive(
    conn: Conn, database: Database, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    lane = team(receiver, [{"quiet_hours": {"from": "22:00", "to": "07:00"}}])
    clock.now = datetime(2026, 3, 9, 23, tzinfo=UTC)
    receiver.answers = [503]
    with database.connect() as other:
        other.execute("select pg_current_xact_id()")
        write_alert(conn, name="Held before")
        write_alert(conn, name="Urgent", severity="critical")
        write_alert(conn, name="Held after")
        for hours in (0, 1, 8, 1):
            clock.forward(hours=hours)
            await delivered(lane)
    assert headlines(receiver) == [*["CRITICAL CTR drop: Urgent"] * 2, "2 alerts"]


async def test_a_digest_tells_only_the_newest_word_about_each_alert(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    lane = team(receiver, [{"digest": {"at": ["08:00"]}}])
    clock.now = datetime(2026, 3, 9, 9, tzinfo=UTC)
    first = write_alert(conn, campaign="c1", name="One")
    await delivered(lane)
    write_alert(conn, alert_id=first, campaign="c1", change="resolved")
    write_alert(conn, campaign="c2", name="Two")
    await delivered(lane)
    assert receiver.got == []
    clock.forward(hours=23, minutes=1)
    await delivered(lane)
    assert headlines(receiver) == ["1 alerts, 1 resolved"]


async def test_a_digest_waits_for_a_channel_that_is_down(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    lane = team(receiver, [{"digest": {"at": ["08:00"]}}])
    clock.now = datetime(2026, 3, 9, 7, tzinfo=UTC)
    write_alert(conn)
    await delivered(lane)
    clock.forward(hours=1, minutes=1)
    receiver.otherwise = 503
    await delivered(lane)
    receiver.otherwise = 200
    receiver.got.clear()
    clock.forward(seconds=10)
    await delivered(lane)
    assert headlines(receiver) == ["HIGH CTR drop: Spring sale"]


async def test_what_a_rule_drops_is_never_sent_and_never_blocks(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    lane = team(receiver, [{"accounts": ["222"]}])
    for _ in range(60):
        write_alert(conn, campaign="c1", account="111")
    write_alert(conn, campaign="c9", account="222", name="Mine")
    await delivered(lane)
    assert headlines(receiver) == ["HIGH CTR drop: Mine"]
    assert (await delivered(lane)).delivered == 0


async def test_one_alert_the_service_cannot_show_does_not_take_the_others_with_it(
    conn: Conn, receiver: Receiver, delivered: Deliver
):
    for name in ("Good", "Bad", "Fine"):
        write_alert(conn, campaign=name, name=name)
    receiver.otherwise = lambda one: _status(400 if b"Bad" in one.body else 200)
    drained = await delivered(team(receiver))
    assert (drained.delivered, drained.given_up) == (2, 1)
    assert [line for line in headlines(receiver) if "alerts" not in line] == [
        f"HIGH CTR drop: {name}" for name in ("Good", "Bad", "Fine")
    ]


async def test_secrets_are_in_no_row_and_no_result_after_every_kind_of_failure(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    seen = ""
    for n, status in enumerate((500, 400, 429, 302, 404)):
        write_alert(conn, campaign=f"c{n}")
        receiver.otherwise = status
        seen += str(await delivered(team(receiver)))
        clock.forward(hours=1)
    for table in ("delivery_channels", "delivery_streams", "deliveries", "event_outbox"):
        seen += str(conn.execute(f"select * from ops.{table}".encode()).fetchall())
    assert "SECRETTOKEN" not in seen
    assert "SECRETTOKEN" not in caplog.text


async def test_simulated_alerts_say_sandbox(conn: Conn, receiver: Receiver, delivered: Deliver):
    write_alert(conn)
    await delivered(team(receiver, is_sandbox=True))
    assert headlines(receiver) == ["SANDBOX HIGH CTR drop: Spring sale"]


async def test_an_hour_later_the_brake_is_off_again(
    conn: Conn, receiver: Receiver, delivered: Deliver, clock: FakeClock
):
    for n in range(13):
        write_alert(conn, campaign=f"c{n}")
        await delivered(team(receiver))
    clock.now += timedelta(hours=1, minutes=1)
    await delivered(team(receiver))
    receiver.got.clear()
    write_alert(conn, campaign="new", name="New")
    await delivered(team(receiver))
    assert headlines(receiver) == ["HIGH CTR drop: New"]


def _status(code: int) -> Any:
    from starlette.responses import Response

    return Response(status_code=code)
