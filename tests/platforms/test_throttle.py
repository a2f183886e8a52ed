"""Pacing by Meta's headers: slowing down, waiting, and for how long."""

import asyncio
import json

import pytest

from adtrack_pipeline.platforms.base import Account, CallStats, ErrorClass, PlatformError
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.throttle import Work
from tests.platforms.conftest import MakeClient, VirtualClock
from tests.platforms.reading import INSIGHTS, read_insights, row
from tests.platforms.scripted import Reply, ScriptedGraph, failure, rows

GOOD = rows(row())


def business(percent: float, minutes: float = 0) -> dict[str, str]:
    entries = [
        {"type": "ads_management", "call_count": 1},
        {"type": "ads_insights", "call_count": percent, "estimated_time_to_regain_access": minutes},
    ]
    return {"X-Business-Use-Case-Usage": json.dumps({"5": entries})}


def with_headers(headers: dict[str, str]) -> Reply:
    return Reply({"data": [row()]}, headers=headers)


async def test_a_block_is_waited_out_for_the_minutes_the_header_names(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, failure(80000, 2446079, headers=business(118, 7)), GOOD)
    reading = await read_insights(client, account)
    assert reading.ads == ["11"]
    assert sum(virtual.slept) == pytest.approx(420)
    assert reading.stats.rate_limit_hits == 1
    assert reading.stats.quota_used_pct == 118


async def test_the_account_header_counts_in_seconds(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    usage = {"X-Ad-Account-Usage": '{"acc_id_util_pct":100,"reset_time_duration":90}'}
    graph.on(INSIGHTS, failure(17, 2446079, headers=usage), GOOD)
    await read_insights(client, account)
    assert sum(virtual.slept) == pytest.approx(90)


async def test_without_a_hint_the_table_says_how_long(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, failure(17, 2446079), GOOD)
    await read_insights(client, account)
    assert sum(virtual.slept) == pytest.approx(600)


async def test_a_block_longer_than_the_deadline_defers_the_work_with_its_time(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, failure(80000, 2446079, headers=business(100, 50)))
    with pytest.raises(PlatformError, match="next run goes on") as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.WAIT
    assert caught.value.retry_at is not None
    assert len(graph.calls) == 1
    assert virtual.slept == []


async def test_no_call_is_made_before_a_deferred_account_is_free_again(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, failure(80000, 2446079, headers=business(100, 50)))
    for _ in range(3):
        with pytest.raises(PlatformError):
            await read_insights(client, account)
    assert len(graph.calls) == 1


async def test_a_blocked_account_does_not_hold_up_another(
    graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    client = make_client(max_calls=1)
    other = Account("2", "Other", "USD", "America/New_York")
    graph.on(INSIGHTS, failure(17, 2446079, headers=business(100, 50)))
    graph.on("/act_2/insights", Reply({"data": [row(account_id="2")]}))
    first, second = await asyncio.gather(
        read_insights(client, account), read_insights(client, other), return_exceptions=True
    )
    assert isinstance(first, PlatformError)
    assert not isinstance(second, BaseException)
    assert second.ads == ["11"]


async def test_an_app_wide_block_stops_every_account(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    long = {"Retry-After": "5000"}
    graph.on(INSIGHTS, failure(4, 1504022, headers=long))
    with pytest.raises(PlatformError):
        await read_insights(client, account)
    with pytest.raises(PlatformError, match="quota"):
        await read_insights(client, Account("2", "Other", "USD", "America/New_York"))
    assert len(graph.calls) == 1


async def test_a_nearly_used_up_quota_of_the_app_stops_the_other_accounts_too(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, with_headers({"X-App-Usage": '{"call_count":99}'}))
    graph.on("/act_2/insights", Reply({"data": []}))
    await read_insights(client, account)
    await read_insights(client, Account("2", "Other", "USD", "America/New_York"))
    assert sum(virtual.slept) == pytest.approx(300)


async def test_a_nearly_used_up_quota_stops_the_next_call_though_none_has_failed(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, with_headers(business(96, 3)), GOOD)
    await read_insights(client, account)
    assert virtual.slept == []
    await read_insights(client, account)
    assert sum(virtual.slept) == pytest.approx(180)


@pytest.mark.parametrize("percent", [0, 50, 74])
async def test_below_three_quarters_nothing_is_slowed_down(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock, percent: int
) -> None:
    graph.on(INSIGHTS, with_headers(business(percent)))
    for _ in range(4):
        await read_insights(client, account)
    assert virtual.slept == []


async def test_from_three_quarters_on_calls_are_spaced_out_more_and_more(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    async def pause(percent: int) -> float:
        graph.on(INSIGHTS, with_headers(business(percent)))
        await read_insights(client, account)
        virtual.now += 100
        before = virtual.now
        await asyncio.gather(read_insights(client, account), read_insights(client, account))
        virtual.now += 100
        return virtual.now - before - 100

    gentle, strong = await pause(80), await pause(92)
    assert 0 < gentle < strong


async def test_an_old_percent_is_forgotten_after_an_hour(
    graph: ScriptedGraph, client: MetaClient, account: Account, virtual: VirtualClock
) -> None:
    graph.on(INSIGHTS, with_headers(business(90)), GOOD)
    await read_insights(client, account)
    virtual.now += 3700
    await asyncio.gather(*(read_insights(client, account) for _ in range(3)))
    assert virtual.slept == []


def test_waits_that_overlap_count_once_towards_the_deadline() -> None:
    work = Work("1", CallStats())
    work.wait(100, now=0, deadline=150)
    work.wait(100, now=20, deadline=150)
    assert work.waited == 120
    with pytest.raises(PlatformError):
        work.wait(60, now=120, deadline=150)


async def test_not_more_calls_at_once_than_allowed(
    graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    client = make_client(max_calls_per_account=2)
    graph.on(INSIGHTS, Reply({"data": [row()]}, slow=0.02))
    await asyncio.gather(*(read_insights(client, account) for _ in range(6)))
    assert graph.most_at_once == 2
