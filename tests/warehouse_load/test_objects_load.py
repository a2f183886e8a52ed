"""What users rely on when accounts, campaigns, ad sets, ads and creatives are loaded."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.platforms.base import ObjectKind, PlatformObject, RejectedRow
from adtrack_pipeline.warehouse.load import FencedOut, load_objects, revoke
from adtrack_pipeline.warehouse.load.object_tables import OBJECT_TABLES
from tests.warehouse_load.listing import Objects, account, campaign, creative, list_objects
from tests.warehouse_load.loading import RUN, at, scalar, stored

Loader = psycopg.AsyncConnection[Any]
Conn = psycopg.Connection[Any]


async def test_every_version_of_an_object_is_kept(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [campaign(name="Old"), campaign("11")])
    result = await list_objects(loader, 1, [campaign(name="New"), campaign("11")])
    assert (result.rows_fetched, result.rows_changed) == (2, 1)
    current = conn.execute("select name, daily_budget, first_seen_at, fetched_at from raw.campaigns order by 1")
    assert current.fetchall() == [
        ("Campaign", Decimal("20.5"), at(0), at(1)),
        ("New", Decimal("20.5"), at(0), at(1)),
    ]
    versions = conn.execute(
        "select payload ->> 'name', observed_at from raw.object_history"
        " where object_type = 'campaign' and object_id = '10' order by observed_at"
    )
    assert versions.fetchall() == [("Old", at(0)), ("New", at(1))]


async def test_what_changes_by_itself_is_current_but_makes_no_version(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [campaign(left="5")])
    before = scalar(conn, "select changed_xid::text from raw.campaigns")
    result = await list_objects(loader, 1, [campaign(left="4")])
    assert result.rows_changed == 0
    found = conn.execute(
        "select budget_remaining, payload ->> 'budget_remaining', changed_xid::text from raw.campaigns"
    )
    assert found.fetchall() == [(4, "4", before)]
    assert scalar(conn, "select count(*) from raw.object_history") == 1


async def test_a_change_of_currency_or_time_zone_shows_in_the_history(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [account()], kind=ObjectKind.ACCOUNT)
    await list_objects(loader, 1, [account(currency="USD", timezone_name="Asia/Tokyo")], kind=ObjectKind.ACCOUNT)
    versions = conn.execute(
        "select payload ->> 'currency', payload ->> 'timezone_name' from raw.object_history order by observed_at"
    )
    assert versions.fetchall() == [("EUR", "Europe/Berlin"), ("USD", "Asia/Tokyo")]
    assert stored(conn, "currency, timezone_name", "accounts") == [("USD", "Asia/Tokyo")]


async def test_only_a_full_list_withdraws_what_it_lacks(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [campaign("10"), campaign("11"), campaign("12")])
    assert (await list_objects(loader, 1, [campaign("10")])).rows_withdrawn == 0
    refused = RejectedRow("11", "name: no text", "{}")
    result = await list_objects(loader, 2, [campaign("10")], complete=True, rejected=[refused])
    assert (result.rows_withdrawn, result.rows_rejected) == (1, 1)
    assert stored(conn, "campaign_id, name", "campaigns") == [("10", "Campaign"), ("11", "Campaign")]
    assert (await list_objects(loader, 3, [campaign("12")])).rows_changed == 1
    assert len(stored(conn, "campaign_id, name", "campaigns")) == 3


async def test_a_refused_object_without_an_id_withdraws_nothing(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [campaign("10")])
    result = await list_objects(loader, 1, [], complete=True, rejected=[RejectedRow(None, "no id", "{}")])
    assert result.rows_withdrawn == 0


async def test_a_creative_read_in_part_keeps_what_an_earlier_full_answer_said(loader: Loader, conn: Conn) -> None:
    full = creative(name="Spring", title="Sale", link_url="https://shop.test")
    await list_objects(loader, 0, [full], kind=ObjectKind.CREATIVE)
    part = creative(link="https://cdn/2", name="Spring")._replace(is_partial=True)
    part = part._replace(columns={**part.columns, "image_hash": None})
    new = creative("31")._replace(is_partial=True)
    result = await list_objects(loader, 1, [part, new], kind=ObjectKind.CREATIVE)
    assert (result.rows_fetched, result.rows_changed) == (2, 1)
    found = conn.execute(
        "select name, title, link_url, image_hash, thumbnail_url, payload ->> 'title', fetched_at"
        " from raw.creatives where creative_id = '30'"
    )
    assert found.fetchall() == [("Spring", "Sale", "https://shop.test", "abc", "https://cdn/2", "Sale", at(1))]


async def test_what_a_part_says_anew_is_a_version_that_keeps_the_rest(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 0, [creative(title="Sale", status="ACTIVE")], kind=ObjectKind.CREATIVE)
    part = creative(status="DELETED")._replace(is_partial=True)
    assert (await list_objects(loader, 1, [part], kind=ObjectKind.CREATIVE)).rows_changed == 1
    assert stored(conn, "status, title", "creatives") == [("DELETED", "Sale")]
    versions = conn.execute(
        "select payload ->> 'status', payload ->> 'title' from raw.object_history order by observed_at"
    )
    assert versions.fetchall() == [("ACTIVE", "Sale"), ("DELETED", "Sale")]


async def test_other_accounts_keep_their_objects(loader: Loader, conn: Conn) -> None:
    conn.execute(
        "insert into raw.campaigns"
        " (platform, account_id, campaign_id, payload, content_hash, first_seen_at, fetched_at)"
        " values ('meta', '2', '20', '{}', 'x', now() - interval '10 years', now() - interval '10 years')"
    )
    assert (await list_objects(loader, 0, [], complete=True)).rows_withdrawn == 0
    result = await list_objects(loader, 1, [campaign(account_id="2")])
    assert (result.rows_fetched, result.rows_rejected) == (0, 1)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (campaign("11", start_at="yesterday-ish"), "start_at: "),
        (campaign("11", daily_budget="lots"), "daily_budget: "),
        (campaign("11", name="a\x00b"), "0x00|u0000|Unicode escape"),
        (campaign("11", name="half \ud83d"), "surrogate|Unicode"),
        (campaign("11")._replace(payload=b"[1]"), "not a JSON object"),
        (campaign("11")._replace(payload=b"{"), "truncated|json"),
    ],
)
async def test_a_bad_object_is_quarantined_alone(
    loader: Loader, conn: Conn, bad: PlatformObject, reason: str
) -> None:
    result = await list_objects(loader, 0, [campaign("10"), bad, campaign("12")])
    assert (result.rows_fetched, result.rows_rejected) == (2, 1)
    kept = conn.execute("select object_key, source from raw.rejected_rows where reason ~* %s", [reason]).fetchall()
    assert kept == [("11", "campaigns")]


async def test_of_an_object_listed_twice_the_last_form_counts(loader: Loader, conn: Conn) -> None:
    result = await list_objects(loader, 0, [campaign(name="First"), campaign(name="Second")])
    assert result.rows_fetched == 1
    assert stored(conn, "campaign_id, name", "campaigns") == [("10", "Second")]


async def test_an_answer_asked_for_earlier_does_not_overwrite_a_later_one(loader: Loader, conn: Conn) -> None:
    await list_objects(loader, 5, [campaign(name="New")])
    result = await list_objects(loader, 1, [campaign(name="Old")], complete=True)
    assert result.rows_changed == 0
    assert stored(conn, "campaign_id, name", "campaigns") == [("10", "New")]


async def test_creatives_nested_in_ads_are_stored_as_creatives(loader: Loader, conn: Conn) -> None:
    ad = PlatformObject(ObjectKind.AD, "1", "40", {"creative_id": "30", "name": "Ad"}, b'{"id":"40"}')
    await list_objects(loader, 0, [creative("29")], kind=ObjectKind.CREATIVE)
    await list_objects(loader, 1, [ad, creative()], kind=ObjectKind.AD, complete=True)
    assert stored(conn, "ad_id, creative_id", "ads") == [("40", "30")]
    assert [one[0] for one in stored(conn, "creative_id, name", "creatives")] == ["29", "30"]


async def test_an_answer_that_breaks_off_changes_nothing(loader: Loader, conn: Conn) -> None:
    async def broken() -> AsyncIterator[Objects]:
        yield Objects([campaign("11")], [])
        raise ConnectionResetError

    await list_objects(loader, 0, [campaign("10")])
    with pytest.raises(ConnectionResetError):
        await load_objects(loader, "1", ObjectKind.CAMPAIGN, broken(), at(1), RUN, complete=True)
    assert stored(conn, "campaign_id, name", "campaigns") == [("10", "Campaign")]


async def test_a_revoked_run_cannot_store_objects(loader: Loader, aconn: Loader, conn: Conn) -> None:
    await revoke(aconn, RUN, "replaced")
    with pytest.raises(FencedOut, match="replaced"):
        await list_objects(loader, 0, [campaign()])
    assert stored(conn, "campaign_id, name", "campaigns") == []


def test_the_column_lists_name_exactly_what_the_tables_have(conn: Conn) -> None:
    own = {"platform", "payload", "content_hash", "first_seen_at", "fetched_at", "withdrawn_at", "changed_xid"}
    for table in OBJECT_TABLES.values():
        found = conn.execute(
            "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s",
            [table.kind.value],
        )
        expected = (
            own
            | {*table.ids, *table.columns}
            | ({"thumbnail_hash", "thumbnail_tried_at"} if table.picture_of else set())
        )
        assert {name for (name,) in found.fetchall()} == expected
