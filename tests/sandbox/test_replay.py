"""The replayed world: what was recorded is what is served, with the API's own paging and filters."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.recorded import FOLDER, needs_recorded_accounts
from tests.sandbox.conftest import HOURLY, REPLAY, all_rows, span
from tests.sandbox_server import RunningSandbox, running_sandbox

ALL_TIME = span("2019-01-01", "2021-06-30")
SHOP, EURO, YEN, EMPTY = "act_1001", "act_1002", "act_1003", "act_1004"
SCALARS = "account_id,account_currency,campaign_id,adset_id,ad_id,ad_name,impressions,clicks,spend,reach,frequency"
FIELDS = SCALARS + ",ctr,cpc,cpm,cpp,inline_link_clicks,unique_inline_link_clicks,actions,action_values"
STATUSES = ["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "CAMPAIGN_PAUSED"]
EVERY_STATUS = json.dumps([{"field": "ad.effective_status", "operator": "IN", "value": STATUSES}])


def rows(sandbox: RunningSandbox, account: str, **more: Any) -> list[dict[str, Any]]:
    query = {
        "level": "ad",
        "time_increment": 1,
        "time_range": ALL_TIME,
        "fields": FIELDS,
        "filtering": EVERY_STATUS,
    }
    return all_rows(sandbox, f"{account}/insights", **{**query, **more})


def recorded(account: str) -> list[dict[str, Any]]:
    lines = (REPLAY / "insights.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["account_id"] == account.removeprefix("act_")]


def total(found: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row.get(name, "0")) for row in found), Decimal(0))


@pytest.mark.parametrize("account", [SHOP, EURO, YEN, EMPTY])
def test_recorded_rows_are_served_as_they_were_recorded(replay: RunningSandbox, account: str) -> None:
    assert rows(replay, account) == recorded(account)
    assert rows(replay, account, limit=1) == recorded(account)


def test_names_stay_as_recorded(replay: RunningSandbox) -> None:
    accounts = all_rows(replay, "me/adaccounts", fields="name,currency,timezone_name")
    assert [one["name"] for one in accounts] == ["recorded-shop", "recorded-eur", "recorded-yen", "recorded-empty"]


def test_ads_that_no_list_mentions_are_served_whatever_the_status_filter(replay: RunningSandbox) -> None:
    listed = {one["id"] for one in all_rows(replay, f"{SHOP}/ads")}
    assert {row["ad_id"] for row in rows(replay, SHOP)} - listed == {"4998", "4999"}
    assert {row["ad_id"] for row in rows(replay, SHOP, filtering="[]")} >= {"4998", "4999"}


def test_rows_of_unknown_campaigns_pass_a_filter_on_campaign_status(replay: RunningSandbox) -> None:
    active = json.dumps([{"field": "campaign.effective_status", "operator": "IN", "value": ["PAUSED"]}])
    assert [row["ad_id"] for row in rows(replay, SHOP, filtering=active)] == ["4999", "4998"]


def test_a_conversion_without_delivery_keeps_its_zero_impressions(replay: RunningSandbox) -> None:
    (lead,) = [row for row in rows(replay, SHOP) if row["ad_id"] == "4002"]
    assert (lead["impressions"], lead["actions"][0]["value"]) == ("0", "2.0")


def test_a_deleted_ad_is_left_out_by_default_but_its_account_includes_it(replay: RunningSandbox) -> None:
    assert rows(replay, YEN, filtering="[]") == []
    assert len(rows(replay, YEN)) == 1
    (whole,) = rows(replay, YEN, level="account", filtering="[]")
    assert (whole["impressions"], whole["spend"]) == ("900", "1200")


@pytest.mark.parametrize(
    ("account", "impressions", "spend"), [(SHOP, 14934, "220.53"), (EURO, 6028, "26.32"), (YEN, 900, "1200")]
)
def test_higher_levels_and_longer_periods_are_sums_of_the_rows(
    replay: RunningSandbox, account: str, impressions: int, spend: str
) -> None:
    for more in (
        {"level": "account"},
        {"level": "account", "time_increment": "all_days"},
        {"time_increment": "monthly"},
    ):
        found = rows(replay, account, **more)
        assert (total(found, "impressions"), total(found, "spend")) == (impressions, Decimal(spend))
    (whole,) = rows(replay, account, level="account", time_increment="all_days")
    assert "reach" not in whole
    assert "ad_id" not in whole


def test_summed_actions_keep_types_and_windows_apart(replay: RunningSandbox) -> None:
    (whole,) = rows(replay, SHOP, level="account", time_increment="all_days")
    found = {one["action_type"]: one for one in whole["actions"]}
    assert found["omni_purchase"] == {
        "action_type": "omni_purchase",
        "value": "3",
        "7d_click": "2",
        "1d_view": "1",
    }
    assert found["offsite_conversion.fb_pixel_lead"]["value"] == "2"
    assert found["link_click"]["value"] == "80"
    worth = {one["action_type"]: one["value"] for one in whole["action_values"]}
    assert worth == {**dict.fromkeys(found.keys() & worth.keys(), "251.7"), "view_content": "46787.82"}


def test_ratios_are_recomputed_from_sums_only_where_both_parts_are_there(replay: RunningSandbox) -> None:
    (shop,) = rows(replay, SHOP, level="account", time_increment="all_days")
    (euro,) = rows(replay, EURO, level="account", time_increment="all_days")
    assert shop["ctr"] == "0.770055"
    assert (euro["clicks"], euro["ctr"]) == ("948", "15.726609")  # recorded with a rate, without the clicks
    assert euro["cpm"] == "4.366291"
    assert "inline_link_click_ctr" not in euro


def test_hourly_reports_are_empty_and_nothing_is_too_old(replay: RunningSandbox) -> None:
    assert rows(replay, SHOP, breakdowns=HOURLY, time_range=span("2020-12-01")) == []
    assert replay.get(f"{SHOP}/insights", time_range=span("2015-01-01", "2016-01-01")).json() == {"data": []}


def test_a_period_or_a_node_cuts_the_rows(replay: RunningSandbox) -> None:
    assert len(rows(replay, SHOP, time_range=span("2020-12-02"))) == 3
    assert {row["ad_id"] for row in rows(replay, "4001")} == {"4001"}
    assert {row["ad_id"] for row in rows(replay, "2001")} == {"4001", "4002"}


def test_report_runs_work_on_recordings(replay: RunningSandbox) -> None:
    query = {"level": "ad", "time_increment": 1, "time_range": ALL_TIME, "fields": "ad_id"}
    run = replay.post(f"{SHOP}/insights", **query).json()["report_run_id"]
    while replay.get(run).json()["async_status"] != "Job Completed":
        pass
    assert all_rows(replay, f"{run}/insights") == all_rows(replay, f"{SHOP}/insights", **query)


def test_recorded_objects_keep_every_field_even_unknown_ones(replay: RunningSandbox) -> None:
    campaign = replay.get("2001", fields="name,daily_budget,profile_id").json()
    assert campaign == {"name": "Autumn – Café ☕", "daily_budget": "1540", "profile_id": "7", "id": "2001"}
    assert [one["id"] for one in all_rows(replay, f"{SHOP}/campaigns")] == ["2001"]
    (ad,) = all_rows(replay, f"{SHOP}/ads", fields="creative{name,video_id}", limit=1)[:1]
    assert ad["creative"] == {"name": "Sofa", "video_id": "6001", "id": "5001"}


def test_recorded_changes_are_served_by_their_time(replay: RunningSandbox) -> None:
    query = {"since": "2020-12-02", "until": "2020-12-31", "fields": "event_type,object_id"}
    assert all_rows(replay, f"{SHOP}/activities", **query) == [
        {"event_type": "update_campaign_budget", "object_id": "2001"}
    ]


def test_hostile_recorded_values_are_served_as_they_are(tmp_path: Any) -> None:
    (tmp_path / "accounts.json").write_text(
        '[{"id":"act_1","account_id":"1","name":"\\ud800 odd","currency":"ZZZ"}]'
    )
    numbers = '"impressions":1e400,"spend":NaN,"clicks":36893488147419103232'
    row = '{"account_id":"1","ad_id":"7","date_start":"2020-01-01",' + numbers + "}\n"
    (tmp_path / "insights.jsonl").write_text(row)
    with running_sandbox(replay=tmp_path) as sandbox:
        answer = sandbox.get(
            "act_1/insights", level="ad", time_range=span("2020-01-01"), fields="impressions,spend,clicks"
        ).json()
        assert answer["data"][0]["impressions"] == "1e400"
        assert answer["data"][0]["spend"] == "NaN"
        assert answer["data"][0]["clicks"] == 2**65
        assert sandbox.get("act_1", fields="name").json()["name"] == "\ud800 odd"
        assert sandbox.get("act_1/insights", time_range=span("2020-01-01")).status_code == 200


@needs_recorded_accounts
def test_the_recorded_accounts_hold_what_their_sources_say() -> None:
    with running_sandbox(replay=FOLDER) as sandbox:
        found = {one["id"]: rows(sandbox, one["id"], filtering="[]") for one in all_rows(sandbox, "me/adaccounts")}
        totals = {
            account: (total(one, "impressions"), total(one, "spend")) for account, one in found.items() if one
        }
        edges = ("campaigns", "adsets", "ads", "adcreatives")
        counts = [sum(len(all_rows(sandbox, f"{account}/{edge}")) for account in found) for edge in edges]
    assert totals == {
        "act_239806958894192": (3496, Decimal("3.31")),
        "act_317713803626305": (57689, Decimal("511.06")),
        "act_1700252260223815": (37275, Decimal("643.63")),
    }
    assert counts == [38, 166, 361, 196]
