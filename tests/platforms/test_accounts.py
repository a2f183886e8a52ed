"""Which accounts a token reads, and what one that fails does to the others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adtrack_pipeline.platforms.base import ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from tests.platforms.conftest import TOKEN, MakeClient
from tests.platforms.scripted import Reply, ScriptedGraph, failure, rows


def node(account_id: str, **changed: Any) -> dict[str, Any]:
    base = {"id": f"act_{account_id}", "account_id": account_id, "name": f"Shop {account_id}", "currency": "EUR",
            "timezone_name": "Pacific/Apia"}  # fmt: skip
    return {**base, **changed}


async def test_all_accounts_of_the_token_are_found_over_several_pages(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    graph.on(
        "/me/adaccounts",
        rows(node("1"), node("2"), after="A", path="/v25.0/me/adaccounts"),
        rows(node("2"), node("3")),
    )
    found = await client.discover_accounts()
    assert [one.account_id for one in found.accounts] == ["1", "2", "3"]
    assert found.accounts[0].timezone_name == "Pacific/Apia"
    assert found.failed == {}


async def test_named_accounts_are_read_one_by_one_and_one_that_fails_does_not_stop_the_others(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    graph.on("/act_1", Reply(node("1")))
    graph.on("/act_2", failure(200, None, "no role"))
    graph.on("/act_3", Reply(node("3")))
    found = await client.discover_accounts(["act_3", "2", "1", "9"])
    assert [one.account_id for one in found.accounts] == ["3", "1"]
    assert found.failed["2"].error_class is ErrorClass.ALERT
    assert found.failed["9"].subcode == 33


@pytest.mark.parametrize(("code", "subcode"), [(190, 463), (102, None), (2635, None)])
async def test_a_token_or_version_that_is_refused_fails_discovery_as_a_whole(
    graph: ScriptedGraph, client: MetaClient, code: int, subcode: int | None
) -> None:
    graph.on("", failure(code, subcode, "no"))
    for only in ([], ["1", "2"]):
        with pytest.raises(PlatformError) as caught:
            await client.discover_accounts(only)
        assert caught.value.error_class is ErrorClass.ALERT


@pytest.mark.parametrize(
    "broken",
    [{"timezone_name": "Mars/Base"}, {"timezone_name": None}, {"currency": None}, {"timezone_name": "../etc"}],
)
async def test_an_account_whose_days_or_money_cannot_be_understood_fails_with_a_sentence(
    graph: ScriptedGraph, client: MetaClient, broken: dict[str, Any]
) -> None:
    graph.on("/me/adaccounts", rows(node("1", **broken), node("2")))
    found = await client.discover_accounts()
    assert [one.account_id for one in found.accounts] == ["2"]
    assert "Ad account 1 cannot be read" in str(found.failed["1"])


async def test_a_token_without_any_account_finds_none(graph: ScriptedGraph, client: MetaClient) -> None:
    graph.on("/me/adaccounts", Reply({"data": []}))
    assert (await client.discover_accounts()).accounts == []


async def test_the_tokens_end_is_read_without_putting_the_token_into_a_url(
    graph: ScriptedGraph, client: MetaClient
) -> None:
    end = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    graph.on(
        "/debug_token", Reply({"data": {"is_valid": True, "expires_at": end, "scopes": ["ads_read"], "app_id": 5}})
    )
    info = await client.token_info()
    assert info.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert (info.is_valid, info.scopes, info.app_id) == (True, ("ads_read",), "5")
    (call,) = graph.calls
    assert TOKEN not in call.url
    assert (call.method, call.params["method"], call.params["input_token"]) == ("POST", "get", TOKEN)


async def test_a_token_without_an_end_has_none(graph: ScriptedGraph, client: MetaClient) -> None:
    graph.on("/debug_token", Reply({"data": {"is_valid": True, "expires_at": 0}}))
    assert (await client.token_info()).expires_at is None


async def test_a_ping_says_why_an_account_cannot_be_read(graph: ScriptedGraph, make_client: MakeClient) -> None:
    graph.on("/act_1", failure(100, 33, "Unsupported get request"))
    with pytest.raises(PlatformError, match="does not exist, or the token may not see it"):
        await make_client().ping("act_1")
