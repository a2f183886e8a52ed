"""Two at once, killed in between, a thousand at once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.notify.alerts import apply_scan
from adtrack_pipeline.notify.outbox import CHANNEL, OutboxEvent, append
from adtrack_pipeline.warehouse.database import Database
from tests.notify.alerts.conditions import ACCOUNT, START, Scans, ad, at, campaign, condition
from tests.notify.events.published import METRICS


def metrics_event(campaign_id: str | None = "c1", number: int = 0) -> OutboxEvent:
    data = {"project_id": "p", "campaign_id": campaign_id or "-", "platform": "meta"}
    metrics = {**METRICS, "impressions": number}
    return OutboxEvent(
        "campaign.metrics_updated", {**data, "metrics": metrics}, START, "meta", ACCOUNT, campaign_id
    )


def in_threads(database: Database, jobs: int, work: Callable[[psycopg.Connection[Any], int], object]) -> None:
    """Run work(conn, number) in that many threads, which begin together."""
    gate = threading.Barrier(jobs)

    def one(number: int) -> None:
        with database.connect(autocommit=True) as conn:
            gate.wait(10)
            work(conn, number)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(jobs)))


def test_two_scans_at_once_open_one_alert_and_tell_it_once(scans: Scans, database: Database) -> None:
    def scan(conn: psycopg.Connection[Any], number: int) -> None:
        apply_scan(conn, Scan("detection", frozenset({ACCOUNT}), at(0)), [condition(), condition(campaign("c2"))])

    in_threads(database, 4, scan)
    assert [alert["object_id"] for alert in scans.alerts()] == ["a", "c2"]
    assert scans.news() == [("a", "opened"), ("c2", "opened")]


def test_a_scan_waits_for_the_one_that_is_under_way(scans: Scans, database: Database) -> None:
    with database.connect(autocommit=True) as other, other.transaction():
        apply_scan(other, Scan("detection", frozenset({ACCOUNT}), at(0)), [condition()])
        scans.conn.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            scans(0, [condition()])
    assert scans(1, [condition()]).opened == ()


def test_a_scan_that_is_rolled_back_leaves_nothing(scans: Scans, database: Database) -> None:
    with database.connect() as conn, conn.transaction(force_rollback=True):
        changes = apply_scan(conn, Scan("detection", frozenset({ACCOUNT}), at(0)), [condition()])
        assert changes.events == 1
    assert (scans.alerts(), scans.events(), scans.sql("select count(*) from ops.event_sequences")) == ([], [], 0)


def test_a_process_killed_in_the_middle_of_a_scan_leaves_nothing(scans: Scans, database: Database) -> None:
    with database.connect() as victim, suppress(psycopg.OperationalError), victim.transaction():
        apply_scan(victim, Scan("detection", frozenset({ACCOUNT}), at(0)), [condition()])
        scans.sql("select pg_terminate_backend(%s)", victim.info.backend_pid)
    assert (scans.alerts(), scans.events()) == ([], [])
    scans(1, [condition()])
    assert [event["seq"] for event in scans.events()] == [1]


def test_an_alert_whose_event_cannot_be_written_is_not_written_either(scans: Scans) -> None:
    with scans.conn.transaction(force_rollback=True):
        scans.conn.execute("alter function ops.append_events rename to lost")
        with pytest.raises(psycopg.errors.UndefinedFunction), scans.conn.transaction():
            scans(0, [condition()])
        assert (scans.alerts(), scans.events()) == ([], [])


def test_a_scan_of_older_data_does_not_end_what_a_newer_one_saw(scans: Scans) -> None:
    scans(2, [condition()], source="policies")
    assert scans(1, [], source="policies").resolved == ()
    assert scans.alert()["last_seen_at"] == at(2)


def test_numbers_are_contiguous_however_many_write_at_once(scans: Scans, database: Database) -> None:
    def write(conn: psycopg.Connection[Any], number: int) -> None:
        for turn in range(10):
            with conn.transaction(force_rollback=turn % 3 == 2):
                campaigns = ["c1", "c2", "c1", None] if number % 2 else [None, "c1", "c2", "c1"]
                append(conn, [metrics_event(one, turn) for one in campaigns])

    in_threads(database, 6, write)
    for stream, per_call in (("meta:100:c1", 2), ("meta:100:c2", 1), ("meta:100:-", 1)):
        numbers = sorted(event["seq"] for event in scans.events(stream_key=stream))
        assert numbers == list(range(1, 6 * 7 * per_call + 1))


def test_events_of_one_call_keep_their_order(scans: Scans) -> None:
    append(scans.conn, [metrics_event(f"c{n % 3}", n) for n in range(30)])
    for campaign_id in ("c0", "c1", "c2"):
        events = sorted(scans.events(campaign_id=campaign_id), key=lambda event: event["seq"])
        written = [event["data"]["metrics"]["impressions"] for event in events]
        assert written == sorted(written)
        assert len(written) == 10


def test_whoever_listens_hears_of_new_events_at_the_commit(scans: Scans, database: Database) -> None:
    with database.connect(autocommit=True) as listener, database.connect() as writer:
        listener.execute(f"listen {CHANNEL}".encode())
        append(writer, [metrics_event()])
        assert list(listener.notifies(timeout=0.05)) == []
        writer.commit()
        assert [heard.channel for heard in listener.notifies(timeout=5, stop_after=1)] == [CHANNEL]


def test_subjects_hold_no_character_that_means_something_to_a_broker(scans: Scans) -> None:
    strange = replace(metrics_event(), account_id="1 0.0", campaign_id="*>ü\n")
    append(scans.conn, [strange, metrics_event(None)])
    subjects = [written["subject"] for written in scans.events()]
    assert subjects == ["events.meta.1_0_0.____.metrics_updated", "events.meta.100.-.metrics_updated"]


def test_a_thousand_alerts_in_one_scan_are_a_handful_of_statements(scans: Scans) -> None:
    many: list[Condition] = [
        condition(ad(f"a{n}", f"s{n}", f"c{n}"), evidence={"series": {"actual": [1.0] * 48}}) for n in range(1000)
    ]
    started = time.perf_counter()
    changes = scans(0, many)
    scans(1, many)
    print(f"two scans of 1,000 alerts: {time.perf_counter() - started:.2f} s")
    assert (len(changes.opened), changes.events, len(scans.alerts())) == (1000, 1000, 1000)
    assert len(scans(9, []).resolved) == 0
