"""The change log is stored once, and pictures outlive their links."""

from typing import Any

import psycopg

from adtrack_pipeline.platforms.base import Activity, ObjectKind
from adtrack_pipeline.warehouse.load import creatives_without_thumbnail, note_dead_thumbnails, store_thumbnail
from tests.warehouse_load.listing import creative, list_activities, list_objects
from tests.warehouse_load.loading import at, scalar

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


def _entry(key: str, **values: Any) -> Activity:
    base = Activity(
        "1", key, "update_campaign_budget", "2026-11-19T10:00:00+0100", "5", "Ana", None, "10", "Campaign",
        "CAMPAIGN", "Budget changed", '{"old":1,"new":2}',
    )  # fmt: skip
    return base._replace(**values)


async def test_an_entry_of_the_change_log_is_stored_once(loader: Loader, conn: Conn) -> None:
    assert (await list_activities(loader, 0, [_entry("a"), _entry("b"), _entry("a")])).rows_changed == 2
    result = await list_activities(loader, 1, [_entry("b"), _entry("c")])
    assert (result.rows_fetched, result.rows_changed) == (2, 1)
    found = conn.execute("select activity_key, extra_data ->> 'new', fetched_at from raw.activities order by 1")
    assert found.fetchall() == [("a", "2", at(0)), ("b", "2", at(0)), ("c", "2", at(1))]


async def test_a_bad_entry_is_quarantined_alone(loader: Loader, conn: Conn) -> None:
    bad = [_entry("b", event_at="soon"), _entry("c", extra_data="{"), _entry("d", object_name="\ud83d")]
    result = await list_activities(loader, 0, [_entry("a"), *bad])
    assert (result.rows_fetched, result.rows_rejected) == (1, 3)
    found = conn.execute("select object_key from raw.rejected_rows where source = 'activities' order by 1")
    assert [key for (key,) in found] == ["b", "c", "d"]


async def test_a_picture_is_kept_once_however_many_creatives_show_it(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [creative("30"), creative("31")], kind=ObjectKind.CREATIVE)
    missing = await creatives_without_thumbnail(loader, "1", at(3))
    assert sorted(missing) == [("30", "https://cdn/1"), ("31", "https://cdn/1")]
    digests = {await store_thumbnail(loader, one, b"\x89PNG\x00", "image/png", at(0)) for one, _ in missing}
    assert len(digests) == 1
    assert await creatives_without_thumbnail(loader, "1", at(3)) == []
    assert scalar(conn, "select bytes from raw.thumbnails") == b"\x89PNG\x00"


async def test_a_picture_stays_when_only_its_link_is_new_and_goes_when_the_image_is(
    loader: Loader, conn: Conn
) -> None:
    await list_objects(loader, 0, [creative()], kind=ObjectKind.CREATIVE)
    await store_thumbnail(loader, "30", b"old", "image/png", at(0))
    await list_objects(loader, 1, [creative(link="https://cdn/2")], kind=ObjectKind.CREATIVE)
    assert await creatives_without_thumbnail(loader, "1", at(3)) == []
    await list_objects(loader, 2, [creative(link="https://cdn/3", image_hash="new")], kind=ObjectKind.CREATIVE)
    assert await creatives_without_thumbnail(loader, "1", at(3)) == [("30", "https://cdn/3")]
    assert scalar(conn, "select count(*) from raw.thumbnails") == 1


async def test_a_dead_link_is_left_alone_for_a_day_unless_the_creative_shows_another_picture(
    loader: Loader, conn: Conn
) -> None:
    both = [creative("30"), creative("31")]
    await list_objects(loader, 0, both, kind=ObjectKind.CREATIVE)
    changed = conn.execute("select creative_id, changed_xid::text from raw.creatives order by 1").fetchall()
    await note_dead_thumbnails(loader, ["30", "31"], at(0))
    assert await creatives_without_thumbnail(loader, "1", at(5)) == []
    await list_objects(loader, 6, [creative("30", link="https://cdn/2"), both[1]], kind=ObjectKind.CREATIVE)
    assert await creatives_without_thumbnail(loader, "1", at(7)) == []
    assert (
        conn.execute("select creative_id, changed_xid::text from raw.creatives order by 1").fetchall() == changed
    )
    await list_objects(loader, 8, [creative("30", image_hash="new")], kind=ObjectKind.CREATIVE)
    assert [one for one, _ in await creatives_without_thumbnail(loader, "1", at(9))] == ["30"]
    assert len(await creatives_without_thumbnail(loader, "1", at(24))) == 2
