"""Listings over many pages, and what can be wrong with a page."""

import json

import pytest

from adtrack_pipeline.platforms.base import Account, ErrorClass, ObjectKind, PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from tests.platforms.conftest import MakeClient
from tests.platforms.reading import INSIGHTS, read_insights, read_objects, row
from tests.platforms.scripted import Call, Reply, ScriptedGraph, failure, rows

TOO_MUCH = failure(1, None, "Please reduce the amount of data you're asking for, then retry", status=500)


async def test_a_listing_ends_where_next_is_missing_though_a_cursor_is_there(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    last = Reply({"data": [row("12")], "paging": {"cursors": {"before": "MAZDZD", "after": "MjMZD"}}})
    graph.on(INSIGHTS, rows(row("11"), after="MAZDZD"), last)
    assert (await read_insights(client, account)).ads == ["11", "12"]
    assert len(graph.calls) == 2


async def test_an_empty_page_in_the_middle_does_not_end_a_listing(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row("11"), after="A"), rows(after="B"), rows(row("12")))
    assert (await read_insights(client, account)).ads == ["11", "12"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v25.0/act_1/insights?access_token=EAAother&after=AA&fields=x",
        "http://169.254.169.254/v25.0/act_1/insights?after=AA&fields=x",
        "//evil.example/v25.0/act_1/insights?after=AA&fields=x",
        "https://graph.facebook.com/some/prefix/v25.0/act_1/insights?after=AA&fields=x",
    ],
)
async def test_the_next_page_is_asked_of_our_own_host_whatever_the_link_says(
    graph: ScriptedGraph, client: MetaClient, account: Account, link: str
) -> None:
    graph.on(INSIGHTS, Reply({"data": [row("11")], "paging": {"next": link}}), rows(row("12")))
    assert (await read_insights(client, account)).ads == ["11", "12"]
    second = graph.calls[1]
    assert second.path == "/v25.0/act_1/insights"
    assert second.params == {"after": "AA", "fields": "x", "limit": "100"}


async def test_a_cursor_that_comes_twice_restarts_the_listing(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(
        INSIGHTS,
        rows(row("11"), after="A"),
        rows(row("12"), after="A"),
        rows(row("11"), after="B"),
        rows(row("13")),
    )
    assert (await read_insights(client, account)).ads == ["11", "12", "11", "13"]


async def test_a_listing_that_only_goes_in_circles_fails_with_a_sentence(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row("11"), after="A"))
    with pytest.raises(PlatformError, match="in a circle"):
        await read_insights(client, account)
    assert len(graph.calls) < 20


async def test_an_expired_cursor_restarts_that_listing_from_its_first_page(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row("11"), after="A"), failure(2642), rows(row("11"), after="C"), rows(row("12")))
    reading = await read_insights(client, account)
    assert reading.ads == ["11", "11", "12"]
    assert "after" not in graph.calls[2].params


async def test_a_listing_does_not_restart_for_ever(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, failure(2642))
    with pytest.raises(PlatformError) as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.RESTART
    assert len(graph.calls) == 4


async def test_too_much_data_halves_the_page_at_the_same_cursor_and_the_size_is_remembered(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row("11"), after="A"), TOO_MUCH, TOO_MUCH, rows(row("12")))
    assert (await read_insights(client, account)).ads == ["11", "12"]
    assert [call.params["limit"] for call in graph.calls] == ["100", "100", "50", "25"]
    assert [call.params.get("after") for call in graph.calls] == [None, "A", "A", "A"]
    graph.on(INSIGHTS, rows(row("11")))
    await read_insights(client, account)
    assert graph.calls[-1].params["limit"] == "25"


async def test_the_size_that_works_is_remembered_for_that_account_only(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, TOO_MUCH, rows(row()))
    await read_insights(client, account)
    graph.on("/act_2/insights", rows(row(account_id="2")))
    await read_insights(client, Account("2", "Other", "USD", "UTC"))
    assert graph.calls[-1].params["limit"] == "100"


class CreativeList:
    """A list of 20 creatives of which some cannot be read with the fields named."""

    def __init__(self, unreadable: dict[int, str]) -> None:
        self.unreadable = unreadable

    def __call__(self, call: Call) -> Reply:
        start, limit = int(call.params.get("after", 0)), int(call.params["limit"])
        asked = call.params["fields"]
        span = range(start, min(20, start + limit))
        for number, needs in self.unreadable.items():
            if number in span and needs in asked:
                return failure(100, 2446289, "The creative cannot be read")
        found = [{"id": str(number), "name": f"c{number}"} for number in span]
        path = "/v25.0/act_1/adcreatives"
        link = f"{path}?fields=id,object_story_spec&limit={limit}&after={start + limit}&access_token=EAAx"
        paging = {"next": f"https://graph.facebook.com{link}"} if start + limit < 20 else {}
        return Reply({"data": found, "paging": paging})


async def test_one_unreadable_creative_is_read_with_fewer_fields_and_all_others_in_full(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on("/adcreatives", CreativeList({7: "object_story_spec"}))
    objects, _ = await read_objects(client, account, ObjectKind.CREATIVE)
    assert [one.object_id for one in objects] == [str(number) for number in range(20)]
    poorer = [call for call in graph.calls if "object_story_spec" not in call.params["fields"]]
    assert [call.params["limit"] for call in poorer] == ["1"]
    assert poorer[0].params["after"] == "7"
    assert [one.object_id for one in objects if one.is_partial] == ["7"]


async def test_a_creative_of_which_nothing_but_the_id_is_readable_does_not_fail_the_list(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on("/adcreatives", CreativeList({0: "name", 19: "object_story_spec"}))
    objects, _ = await read_objects(client, account, ObjectKind.CREATIVE)
    assert {one.object_id for one in objects} == {str(number) for number in range(20)}


async def test_full_lists_name_every_status_so_that_archived_and_deleted_objects_are_there(
    graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    graph.on("/act_1/ads", rows({"id": "5"}))
    await read_objects(make_client(), account, ObjectKind.AD)
    statuses = json.loads(graph.calls[0].params["effective_status"])
    assert {"ARCHIVED", "DELETED", "ADSET_PAUSED", "DISAPPROVED"} <= set(statuses)
