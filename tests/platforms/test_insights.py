"""What is asked for when insights are read, and how a window is split when it is too much."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from adtrack_pipeline.platforms.base import Account, ErrorClass, PlatformError, Report
from adtrack_pipeline.platforms.meta import MetaClient
from adtrack_pipeline.platforms.meta.fields import AD_STATUSES, HOURLY_BREAKDOWN
from tests.platforms.conftest import MakeClient
from tests.platforms.reading import DAY, INSIGHTS, read_insights, row
from tests.platforms.scripted import Call, Reply, ScriptedGraph, failure, rows

TOO_MANY_ROWS = failure(100, 1487534, "The report has too many rows")


class World:
    """Ads of some campaigns, one row per ad and day; refuses requests as a function of what they ask."""

    def __init__(self, campaigns: int = 4, ads_each: int = 3) -> None:
        self.ads = {f"{c}{a}": (f"c{c}", f"s{c}{a % 2}") for c in range(campaigns) for a in range(ads_each)}
        self.max_rows = 10**9
        self.oldest = date.min
        self.poison: dict[str, str] = {}

    def __call__(self, call: Call) -> Reply:
        span = call.json("time_range")
        since, until = (date.fromisoformat(span[end]) for end in ("since", "until"))
        if since < self.oldest:
            return failure(3018, None, "The start date of the time range cannot be beyond 37 months")
        fields, level = call.params["fields"].split(","), call.params["level"]
        found = list(self._rows(call, since, until, level))
        if "impressions" in fields and len(found) > self.max_rows:
            return TOO_MANY_ROWS
        if any(self.poison.get(one["ad_id"]) in fields for one in found):
            return TOO_MANY_ROWS
        return Reply(
            {
                "data": [
                    {name: one[name] for name in [*fields, "date_start", "date_stop"] if name in one}
                    for one in found
                ]
            }
        )

    def _rows(self, call: Call, since: date, until: date, level: str) -> Iterable[dict[str, Any]]:
        filters = {one["field"]: one["value"] for one in json.loads(call.params.get("filtering", "[]"))}
        for offset in range((until - since).days + 1):
            for ad, (campaign, adset) in self.ads.items():
                ids = {"campaign.id": campaign, "adset.id": adset, "ad.id": ad}
                if all(ids[name] in wanted for name, wanted in filters.items() if name in ids):
                    entry = row(ad, since + timedelta(days=offset), campaign_id=campaign, adset_id=adset)
                    yield {**entry, "actions": [{"action_type": "purchase", "value": "1"}], "reach": "7"}

    def everything(self, days: int = 1) -> list[tuple[str, str]]:
        return sorted((ad, (DAY + timedelta(days=n)).isoformat()) for ad in self.ads for n in range(days))


@pytest.fixture
def world(graph: ScriptedGraph) -> World:
    world = World()
    graph.on(INSIGHTS, world)
    return world


def keys(reading: Any) -> list[tuple[str, str]]:
    return sorted({(one.ad_id, one.date_day) for one in reading.rows})


async def test_a_request_names_level_days_windows_and_every_status(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    await read_insights(client, account, DAY, DAY + timedelta(days=1))
    (call,) = graph.calls
    assert (call.params["level"], call.params["time_increment"]) == ("ad", "1")
    assert call.json("time_range") == {"since": "2026-11-01", "until": "2026-11-02"}
    assert call.json("filtering")[0]["value"] == list(AD_STATUSES)
    assert not {"7d_view", "28d_view"} & set(call.json("action_attribution_windows"))
    assert "breakdowns" not in call.params


async def test_the_hourly_report_asks_one_day_per_request_and_no_video(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    await read_insights(client, account, DAY, DAY + timedelta(days=2), Report.HOURLY)
    assert sorted(call.json("time_range")["since"] for call in graph.calls) == [
        "2026-11-01",
        "2026-11-02",
        "2026-11-03",
    ]
    for call in graph.calls:
        assert call.params["breakdowns"] == HOURLY_BREAKDOWN
        assert call.json("time_range")["since"] == call.json("time_range")["until"]
        assert not [name for name in call.params["fields"].split(",") if name.startswith(("video_", "reach"))]


async def test_account_totals_are_not_filtered_since_they_hold_all_ads(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows(row(ad_id=None, spend="3")))
    reading = await read_insights(client, account, report=Report.ACCOUNT_DAILY)
    assert "filtering" not in graph.calls[0].params
    assert graph.calls[0].params["level"] == "account"
    assert reading.rows[0].spend == "3"


def test_a_dead_attribution_window_is_refused_in_the_configuration(make_client: MakeClient) -> None:
    with pytest.raises(ValueError, match="7d_view"):
        make_client(attribution_windows=("7d_click", "7d_view"))


async def test_a_long_window_is_read_in_pieces_without_a_hole(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    reading = await read_insights(client, account, DAY, DAY + timedelta(days=59))
    assert keys(reading) == world.everything(60)
    spans = sorted((call.json("time_range")["since"], call.json("time_range")["until"]) for call in graph.calls)
    assert spans == [("2026-11-01", "2026-11-22"), ("2026-11-23", "2026-12-23"), ("2026-12-24", "2026-12-30")]


async def test_a_window_that_ends_before_it_begins_holds_nothing(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    for mode in ("auto", "sync", "async"):
        assert (await read_insights(client, account, DAY, DAY - timedelta(days=1), mode=mode)).rows == []
    assert graph.calls == []


@pytest.mark.parametrize("address", ["graph.facebook.com", "ftp://x.test", "https://", "http://a b"])
def test_an_address_that_is_none_is_refused_in_the_configuration(make_client: MakeClient, address: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        make_client(base_url=address)


async def test_a_quiet_account_costs_few_calls_for_a_long_window(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, rows())
    await read_insights(client, account, DAY - timedelta(days=365), DAY)
    assert len(graph.calls) == 13


async def test_too_many_rows_are_split_by_days_first(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    world.max_rows = 24
    reading = await read_insights(client, account, DAY, DAY + timedelta(days=3))
    assert keys(reading) == world.everything(4)
    assert all("campaign.id" not in call.params["filtering"] for call in graph.calls)


@pytest.mark.parametrize("max_rows", [1, 2, 5, 11])
async def test_a_day_with_too_many_rows_is_split_by_objects_and_keeps_the_status_filter(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World, max_rows: int
) -> None:
    world.max_rows = max_rows
    reading = await read_insights(client, account)
    assert keys(reading) == world.everything()
    for call in graph.calls:
        assert call.json("filtering")[0]["field"] == "ad.effective_status"


async def test_the_objects_to_split_by_are_listed_without_breakdowns(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    world.max_rows = 5
    await read_insights(client, account, report=Report.HOURLY)
    discovery = [call for call in graph.calls if call.params["level"] != "ad"]
    assert discovery
    assert all("breakdowns" not in call.params for call in discovery)


async def test_an_ad_that_always_fails_is_read_field_by_field(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    world.poison = {"21": "reach"}
    reading = await read_insights(client, account)
    assert keys(reading) == world.everything()
    reach = {one.ad_id: one.reach for one in reading.rows}
    assert reach["21"] is None
    assert reach["11"] == "7"
    assert "reach" in reading.stats.warnings[0]


async def test_a_row_without_its_actions_is_refused_rather_than_stored_as_no_sales(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    world.poison = {"21": "actions"}
    reading = await read_insights(client, account)
    assert "21" not in reading.ads
    assert len(keys(reading)) == len(world.ads) - 1
    assert reading.rejected[0].object_key == f"21/{DAY}"
    assert "actions" in reading.rejected[0].reason


async def test_an_account_total_that_is_too_large_for_one_day_fails_with_its_error(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, TOO_MANY_ROWS)
    with pytest.raises(PlatformError) as caught:
        await read_insights(client, account, report=Report.ACCOUNT_DAILY)
    assert caught.value.code == 100


async def test_an_unknown_error_that_does_not_pass_is_split(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    def script(call: Call) -> Reply:
        span = call.json("time_range")
        return world(call) if span["since"] == span["until"] else failure(1, 99, "An unknown error", status=500)

    graph.on(INSIGHTS, script)
    reading = await read_insights(client, account, DAY, DAY + timedelta(days=1))
    assert keys(reading) == world.everything(2)


@pytest.mark.parametrize("oldest", [0, 1, 3, 6])
async def test_days_that_meta_no_longer_keeps_are_learned_and_the_rest_is_read(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World, oldest: int
) -> None:
    world.oldest = DAY + timedelta(days=oldest)
    reading = await read_insights(client, account, DAY, DAY + timedelta(days=6))
    expected = [(ad, day) for ad, day in world.everything(7) if day >= world.oldest.isoformat()]
    assert keys(reading) == sorted(expected)
    assert reading.stats.unavailable_until == (world.oldest - timedelta(days=1) if oldest else None)
    assert len(graph.calls) <= 10


async def test_a_day_known_to_be_gone_is_not_asked_for_again(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    world.oldest = DAY + timedelta(days=2)
    await read_insights(client, account, DAY, DAY + timedelta(days=3))
    before = len(graph.calls)
    reading = await read_insights(client, account, DAY, DAY + timedelta(days=1))
    assert len(graph.calls) == before
    assert reading.rows == []
    assert reading.stats.unavailable_until == DAY + timedelta(days=1)
    await read_insights(client, account, DAY, DAY + timedelta(days=3))
    assert [call.json("time_range")["since"] for call in graph.calls[before:]] == ["2026-11-03"]


async def test_a_refused_field_is_left_out_told_and_never_asked_for_again(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    def script(call: Call) -> Reply:
        if "optimization_goal" in call.params["fields"]:
            return failure(100, None, "(#100) optimization_goal is not valid for fields param.")
        return world(call)

    graph.on(INSIGHTS, script)
    reading = await read_insights(client, account)
    assert keys(reading) == world.everything()
    assert "optimization_goal" in reading.stats.warnings[0]
    await read_insights(client, account, DAY + timedelta(days=1))
    assert len(graph.calls) == 3


async def test_a_wrong_parameter_is_not_retried(
    graph: ScriptedGraph, client: MetaClient, account: Account
) -> None:
    graph.on(INSIGHTS, failure(100, None, "(#100) param time_range must be non-empty"))
    with pytest.raises(PlatformError) as caught:
        await read_insights(client, account)
    assert caught.value.error_class is ErrorClass.PERMANENT
    assert len(graph.calls) == 1


async def test_a_failure_in_one_piece_fails_the_window_and_stops_the_others(
    graph: ScriptedGraph, client: MetaClient, account: Account, world: World
) -> None:
    def script(call: Call) -> Reply:
        return failure(200, None, "no") if call.json("time_range")["since"] == "2026-11-01" else world(call)

    graph.on(INSIGHTS, script)
    with pytest.raises(PlatformError):
        await read_insights(client, account, DAY, DAY + timedelta(days=200))
    assert len(graph.calls) <= 33


async def test_a_slow_reader_is_not_flooded_with_pages(
    graph: ScriptedGraph, make_client: MakeClient, account: Account
) -> None:
    client = make_client(prefetch_pages=2)
    graph.on(INSIGHTS, lambda call: rows(row(), after=str(int(call.params.get("after", "0")) + 1)))
    reading = client.insights(account, Report.DAILY, DAY, DAY, stats=(await read_nothing()))
    async for _ in reading:
        break
    await reading.aclose()
    assert len(graph.calls) <= 6


async def read_nothing() -> Any:
    from adtrack_pipeline.platforms.base import CallStats

    return CallStats()
