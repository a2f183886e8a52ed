"""Somebody listens from one call to the next, and each call takes over from the one before."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.notify.delivery import Relay
from adtrack_pipeline.warehouse import Database, DatabaseError
from tests.notify.delivery.conftest import clicks, hook
from tests.notify.receiving import SECRET, Receiver
from tests.notify.writing import metrics, write_events

Conn = psycopg.Connection[Any]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def relay() -> Iterator[Relay]:
    one = Relay()
    yield one
    one.end()


def eventually(question: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while not question() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(question())


def listeners(conn: Conn) -> int:
    row = conn.execute(
        "select count(*) from pg_stat_activity"
        " where application_name = 'adtrack notify' and datname = current_database()"
    ).fetchone()
    return int(row[0]) if row else 0


def test_what_is_written_after_a_call_leaves_without_another_one(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver
):
    write_events(conn, metrics(n=1))
    [first] = relay.take_over(database, [hook(receiver.url)], 60)
    assert (first.delivered, clicks(receiver)) == (1, [1])
    write_events(conn, metrics(n=2))
    assert eventually(lambda: clicks(receiver) == [1, 2])


def test_a_call_tells_what_the_one_before_it_has_delivered_since(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver
):
    relay.take_over(database, [hook(receiver.url)], 60)
    write_events(conn, metrics(n=1), metrics("c2", n=2))
    assert eventually(lambda: len(receiver.got) == 2)
    told = [relay.take_over(database, [hook(receiver.url)], 60)[0].delivered for _ in range(2)]
    assert told == [2, 0]


def test_taking_over_again_and_again_sends_everything_once_and_in_order(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver
):
    for n in range(6):
        relay.take_over(database, [hook(receiver.url)], 60)
        write_events(conn, metrics(n=n))
    assert eventually(lambda: len(receiver.got) == 6)
    assert clicks(receiver) == list(range(6))
    assert listeners(conn) == 1


def test_nobody_listens_any_more_once_it_has_ended(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver
):
    relay.take_over(database, [hook(receiver.url)], 60)
    relay.end()
    assert eventually(lambda: listeners(conn) == 0)
    write_events(conn, metrics(n=1))
    assert receiver.got == []


def test_without_a_further_call_it_ends_by_itself(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver
):
    relay.take_over(database, [hook(receiver.url)], 0.1)
    assert eventually(lambda: listeners(conn) == 0)


def test_a_call_that_does_not_wait_for_the_one_before_still_sends_everything_once_in_order(
    relay: Relay, conn: Conn, database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.notify.delivery.listening.HANDOVER_SECONDS", 0.0)
    monkeypatch.setattr("adtrack_pipeline.notify.delivery.dispatcher.POLL_SECONDS", 0.1)
    for n in range(3):
        relay.take_over(database, [hook(receiver.url)], 60)  # does not wait for the one before
        write_events(conn, metrics(n=n))
    assert eventually(lambda: clicks(receiver) == [0, 1, 2])
    assert eventually(lambda: listeners(conn) == 1)


def test_a_database_that_is_away_is_told_by_the_call(relay: Relay, receiver: Receiver):
    with pytest.raises(DatabaseError):
        relay.take_over(Database("127.0.0.1", 1, "nobody", "none"), [hook(receiver.url)], 0)


def test_a_process_that_ends_while_it_listens_leaves_its_marks(conn: Conn, database: Database, receiver: Receiver):
    write_events(conn, metrics(n=1))
    code = (
        "import sys\n"
        "from pydantic import SecretStr\n"
        "from adtrack_pipeline.notify.delivery import Relay\n"
        "from adtrack_pipeline.warehouse.dsn import parse_database_url\n"
        "from tests.notify.delivery.conftest import hook\n"
        "Relay().take_over(parse_database_url(SecretStr(sys.argv[1])), [hook(sys.argv[2])], 60)\n"
    )
    url = database.url().get_secret_value()
    subprocess.run([sys.executable, "-c", code, url, receiver.url], cwd=ROOT, check=True, timeout=60)
    assert [one.verified(SECRET)["data"]["metrics"]["clicks"] for one in receiver.got] == [1]
    assert conn.execute("select seq, behind from ops.delivery_streams").fetchall() == [(1, False)]
