"""What is over goes after a while, what is left over is ended."""

from datetime import timedelta

from adtrack_pipeline.notify.alerts import AlertOptions, expire_unwatched
from adtrack_pipeline.warehouse.database import Database
from adtrack_pipeline.warehouse.load import sweep
from tests.notify.alerts.conditions import Scans, ad, at, condition

WEEK = 7 * 24


def test_an_alert_nobody_looks_at_any_more_is_ended_and_that_is_told(scans: Scans) -> None:
    scans(0, [condition(), condition(ad("b", account_id="200"))], source="policies")
    for hour in (WEEK - 1, WEEK + 1):
        scans(hour, [condition()], source="policies")
    assert expire_unwatched(scans.conn, at(WEEK + 1), AlertOptions()) == [2]
    gone = scans.alert(alert_id=2)
    assert (gone["status"], gone["resolved_reason"], gone["resolved_at"]) == ("resolved", "expired", at(WEEK + 1))
    assert scans.news() == [("a", "opened"), ("b", "opened"), ("b", "resolved")]
    assert expire_unwatched(scans.conn, at(WEEK + 1), AlertOptions()) == []


def test_an_alert_that_was_only_recorded_expires_without_a_word(scans: Scans) -> None:
    scans(0, [condition(pages=False)])
    assert expire_unwatched(scans.conn, at(WEEK + 1), AlertOptions()) == [1]
    assert scans.events() == []


async def test_old_events_and_resolved_alerts_go_and_open_ones_stay(scans: Scans, database: Database) -> None:
    scans(0, [condition(), condition(ad("b"))], source="policies")
    scans(1, [condition()], source="policies")
    scans.conn.execute("update ops.event_outbox set created_at = %s", [at(1)])
    days = {"ops.event_outbox": 14, "ops.alerts": 30}
    async with await database.connect_async() as conn:
        early = await sweep(conn, at(24), days)
        deleted = await sweep(conn, at(1) + timedelta(days=31), days)
    assert (early["ops.event_outbox"], early["ops.alerts"]) == (0, 0)
    assert (deleted["ops.event_outbox"], deleted["ops.alerts"]) == (3, 1)
    assert scans.alert()["object_id"] == "a"


async def test_numbers_go_on_after_a_purge(scans: Scans, database: Database) -> None:
    scans(0, [condition()], source="policies")
    scans.conn.execute("update ops.event_outbox set created_at = %s", [at(1)])
    async with await database.connect_async() as conn:
        await sweep(conn, at(1) + timedelta(days=15))
    scans(2, [condition(severity="critical")], source="policies")
    assert [event["seq"] for event in scans.events()] == [2]
