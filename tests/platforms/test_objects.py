"""Campaigns, ad sets, ads and creatives as Meta lists them, as rows of our own."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.platforms.base import Account, ObjectKind, PlatformObject
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.objects import read_object
from tests.platforms.reading import read_objects
from tests.platforms.scripted import Reply, ScriptedGraph, rows

ACCOUNT = Account("1", "Test", "USD", "America/Sao_Paulo")


def one(kind: ObjectKind, account: Account = ACCOUNT, **source: Any) -> PlatformObject:
    taken = read_object({"id": "9", **source}, kind, account)
    assert isinstance(taken, list)
    return taken[0]


def test_budgets_of_a_campaign_are_in_major_units_of_the_account() -> None:
    sent = {
        "daily_budget": "2000",
        "budget_remaining": "194",
        "lifetime_budget": "0",
        "spend_cap": "922337203685478",
    }
    dollars = one(ObjectKind.CAMPAIGN, **sent).columns
    assert (dollars["daily_budget"], dollars["budget_remaining"]) == ("20", "1.94")
    assert (dollars["lifetime_budget"], dollars["spend_cap"]) == (None, None)
    yen = one(ObjectKind.CAMPAIGN, Account("1", None, "JPY", "Asia/Tokyo"), **sent).columns
    assert yen["daily_budget"] == "2000"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2019-11-12T12:09:31-0300", "2019-11-12T12:09:31-03:00"),
        ("2019-08-18T02:48:43+00:00", "2019-08-18T02:48:43+00:00"),
        ("2019-11-12T12:09:31", "2019-11-12T12:09:31-03:00"),
        (1573571371, "2019-11-12T15:09:31+00:00"),
        ("1970-01-01T00:00:00", None),
        ("1969-12-31T16:00:00-0800", None),
        ("soon", None),
        (None, None),
        (10**30, None),
    ],
)
def test_times_keep_their_offset_and_metas_never_is_none(sent: Any, stored: str | None) -> None:
    assert one(ObjectKind.CAMPAIGN, start_time=sent).columns["start_at"] == stored


def test_an_ad_set_has_its_learning_state_and_bid() -> None:
    columns = one(
        ObjectKind.ADSET, learning_stage_info={"status": "LEARNING"}, bid_amount=125, end_time=None
    ).columns
    assert (columns["learning_status"], columns["bid_amount"], columns["end_at"]) == ("LEARNING", "1.25", None)


@pytest.mark.parametrize(
    "source",
    [
        {"video_id": "77"},
        {"object_story_spec": {"video_data": {"video_id": "77"}}},
        {"asset_feed_spec": {"videos": [{"video_id": "77"}, {"video_id": "78"}]}},
        {"video_id": 77, "object_story_spec": {"video_data": {"video_id": "78"}}},
    ],
)
def test_the_video_is_found_wherever_a_creative_keeps_it(source: dict[str, Any]) -> None:
    assert one(ObjectKind.CREATIVE, **source).columns["video_id"] == "77"


def test_link_image_and_button_come_from_the_story_when_the_creative_has_none() -> None:
    story = {"link_data": {"link": "https://x.test", "image_hash": "h", "call_to_action": {"type": "SHOP_NOW"}}}
    columns = one(ObjectKind.CREATIVE, object_story_spec=story).columns
    assert (columns["link_url"], columns["image_hash"], columns["call_to_action_type"]) == (
        "https://x.test",
        "h",
        "SHOP_NOW",
    )


@given(
    st.dictionaries(
        st.sampled_from(["video_id", "object_story_spec", "asset_feed_spec", "name", "creative", "daily_budget"]),
        st.recursive(
            st.one_of(st.none(), st.text(), st.integers()), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
        ),
    ),
    st.sampled_from(list(ObjectKind)),
)
def test_objects_of_any_shape_are_read_without_failing(source: dict[str, Any], kind: ObjectKind) -> None:
    taken = one(kind, **source)
    json.loads(taken.payload)
    assert all(value is None or isinstance(value, str | int) for value in taken.columns.values())


def test_an_ad_is_the_same_object_in_full_and_incremental_lists() -> None:
    full = one(ObjectKind.AD, name="a", creative={"id": "5"})
    nested = one(
        ObjectKind.AD, name="a", creative={"id": "5", "name": "c", "thumbnail_url": "https://x.test/?oe=1"}
    )
    assert full == nested
    assert full.columns["creative_id"] == "5"


def test_what_changes_by_itself_is_named_so_that_it_makes_no_history() -> None:
    assert "budget_remaining" in one(ObjectKind.CAMPAIGN).volatile
    assert "thumbnail_url" in one(ObjectKind.CREATIVE).volatile
    assert {"amount_spent", "balance"} <= one(ObjectKind.ACCOUNT).volatile


async def test_an_incremental_list_of_ads_yields_their_creatives_too(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on("/act_1/ads", rows({"id": "5", "creative": {"id": "9", "name": "c", "account_id": "1"}}))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    objects, _ = await read_objects(client, account, ObjectKind.AD, updated_since=since)
    assert [(found.kind, found.object_id) for found in objects] == [
        (ObjectKind.AD, "5"),
        (ObjectKind.CREATIVE, "9"),
    ]
    call = graph.calls[0]
    assert call.json("filtering") == [
        {"field": "ad.updated_time", "operator": "GREATER_THAN", "value": 1767225600}
    ]
    assert "creative{id," in call.params["fields"]
    assert "ARCHIVED" in call.params["effective_status"]


async def test_an_incremental_list_of_creatives_costs_no_call(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert await read_objects(client, account, ObjectKind.CREATIVE, updated_since=since) == ([], [])
    assert graph.calls == []


async def test_hostile_payloads_come_out_safe_for_the_database(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    body = rb'{"data":[{"id":"5","name":"a\u0000\ud800b","x":NaN,"targeting":{"y":[Infinity]}}]}'
    graph.on("/act_1/campaigns", Reply(body))
    (taken,), rejected = await read_objects(client, account, ObjectKind.CAMPAIGN)
    assert json.loads(taken.payload)["name"] == "a\ufffd\ufffdb" == taken.columns["name"]
    assert b"u0000" not in taken.payload
    assert json.loads(taken.payload)["x"] == "NaN"
    assert rejected == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("null", "no JSON object"),
        ("[]", "no JSON object"),
        ('{"name":"x"}', "no id"),
        ('{"id":"6","account_id":"2"}', "not the account that was asked"),
    ],
)
async def test_an_entry_that_is_no_object_of_the_account_is_refused_alone(
    graph: ScriptedGraph, client: MetaClient, account: Account, entry: str, reason: str
) -> None:
    graph.on("/act_1/campaigns", Reply(b'{"data":[' + entry.encode() + b',{"id":"5"}]}'))
    objects, rejected = await read_objects(client, account, ObjectKind.CAMPAIGN)
    assert [found.object_id for found in objects] == ["5"]
    assert reason in rejected[0].reason


@pytest.mark.parametrize("odd", [b'"daily_budget":1e400', b'"name":"a\xff"', rb'"name":"\ud800"'])
async def test_an_odd_value_does_not_cost_its_object(
    graph: ScriptedGraph, client: MetaClient, account: Account, odd: bytes
) -> None:
    graph.on("/act_1/campaigns", Reply(b'{"data":[{"id":"6",' + odd + b"}]}"))
    (taken,), rejected = await read_objects(client, account, ObjectKind.CAMPAIGN)
    assert (taken.object_id, rejected) == ("6", [])
    assert taken.columns["daily_budget"] is None
    json.loads(taken.payload)


async def test_the_account_itself_is_an_object_with_its_money_in_major_units(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(
        "/act_1",
        Reply(
            {"id": "act_1", "account_id": "1", "amount_spent": "1104257", "spend_cap": "0", "account_status": 1}
        ),
    )
    (taken,), _ = await read_objects(client, account, ObjectKind.ACCOUNT)
    assert taken.object_id == "1"
    assert taken.columns["amount_spent"] == "11042.57"
    assert taken.columns["spend_cap"] is None
    assert taken.columns["account_status"] == 1
