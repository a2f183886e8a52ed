"""Insight rows: shapes, levels that add up, hours, windows, filters, limits of age and size."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.conftest import HOURLY, all_rows, daily, error, span
from tests.sandbox_server import RunningSandbox, running_sandbox

DAY = "2026-11-18"
SIX = {
    "web_in_store_purchase",
    "onsite_web_app_purchase",
    "purchase",
    "onsite_web_purchase",
    "offsite_conversion.fb_pixel_purchase",
    "omni_purchase",
}


def total(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(row.get(name, "0")) for row in rows), Decimal(0))


def actions(row: dict[str, Any], name: str = "actions") -> dict[str, str]:
    return {one["action_type"]: one["value"] for one in row.get(name, [])}


def summed(rows: list[dict[str, Any]], name: str = "actions") -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        for kind, value in actions(row, name).items():
            sums[kind] = sums.get(kind, Decimal(0)) + Decimal(value)
    return sums


def test_every_number_is_text_and_ratios_follow_from_the_counts(sandbox: RunningSandbox, account: str) -> None:
    fields = "impressions,clicks,spend,ctr,cpc,cpm,reach,frequency"
    for row in daily(sandbox, account, DAY, fields=fields):
        assert all(isinstance(value, str) for value in row.values())
        if int(row.get("clicks", "0")):
            assert abs(Decimal(row["ctr"]) - Decimal(row["clicks"]) * 100 / Decimal(row["impressions"])) < Decimal(
                "1e-6"
            )
            assert abs(Decimal(row["cpc"]) - Decimal(row["spend"]) / Decimal(row["clicks"])) < Decimal("1e-6")
        if "." in row["spend"]:
            assert not row["spend"].endswith("0")
        assert int(row["reach"]) <= int(row["impressions"])


def test_zeros_are_missing_keys_and_ads_without_delivery_have_no_row(
    sandbox: RunningSandbox, account: str
) -> None:
    rows = daily(sandbox, account, DAY, fields="ad_id,clicks,cpc,ctr,actions")
    assert any(not {"clicks", "cpc", "ctr"} & set(row) for row in rows)
    assert all(row.get("clicks") != "0" and row.get("actions") != [] for row in rows)
    assert len(rows) < len(all_rows(sandbox, f"{account}/ads"))


def test_conversions_also_stand_on_days_without_delivery(sandbox: RunningSandbox, account: str) -> None:
    week = {"time_range": span("2026-08-01", "2026-11-15"), "time_increment": 1, "level": "ad"}
    rows = all_rows(sandbox, f"{account}/insights", fields="ad_id,impressions,spend,actions", limit=5000, **week)
    without = [row for row in rows if row["impressions"] == "0"]
    assert without
    assert all("omni_purchase" in actions(row) for row in without)


def test_an_accounts_total_is_the_sum_of_all_its_ads_deleted_ones_included(
    sandbox: RunningSandbox, account: str
) -> None:
    day = "2026-10-20"
    every = json.dumps([{"field": "ad.effective_status", "operator": "NOT_IN", "value": []}])
    fields = "impressions,clicks,spend,actions,action_values"
    listed, ads = (daily(sandbox, account, day, fields=fields, **more) for more in ({}, {"filtering": every}))
    (whole,) = daily(sandbox, account, day, fields=fields, level="account")
    campaigns = daily(
        sandbox,
        account,
        day,
        fields=fields,
        level="campaign",
        filtering='[{"field":"campaign.effective_status","operator":"NOT_IN","value":[]}]',
    )
    for name in ("impressions", "clicks", "spend"):
        assert total(ads, name) == Decimal(whole[name]) == total(campaigns, name)
        assert total(listed, name) < total(ads, name)
    assert summed(ads) == summed([whole])
    assert summed(ads, "action_values") == summed([whole], "action_values")


def test_a_day_is_the_sum_of_its_hours(sandbox: RunningSandbox, account: str) -> None:
    fields = "ad_id,impressions,clicks,spend,inline_link_clicks,actions"
    days, hours = (daily(sandbox, account, DAY, fields=fields, **more) for more in ({}, {"breakdowns": HOURLY}))
    for name in ("impressions", "clicks", "spend", "inline_link_clicks"):
        assert total(days, name) == total(hours, name) > 0
    on_meta = summed(hours)
    assert {kind: value for kind, value in summed(days).items() if kind in on_meta} == on_meta


def test_hours_have_labels_but_neither_reach_nor_purchases(sandbox: RunningSandbox, account: str) -> None:
    rows = daily(
        sandbox, account, DAY, fields="impressions,reach,frequency,actions,action_values", breakdowns=HOURLY
    )
    labels = {row[HOURLY] for row in rows}
    assert labels == {f"{hour:02d}:00:00 - {hour:02d}:59:59" for hour in range(24)}
    assert not any("reach" in row or "frequency" in row or "action_values" in row for row in rows)
    assert not SIX & set(summed(rows))


def test_hours_of_several_days_in_one_request_are_added_together(sandbox: RunningSandbox, account: str) -> None:
    days = ["2026-11-17", "2026-11-18"]
    both = all_rows(sandbox, f"{account}/insights", level="account", breakdowns=HOURLY, time_range=span(*days))
    single = [row for day in days for row in daily(sandbox, account, day, level="account", breakdowns=HOURLY)]
    assert len(both) == 24
    assert total(both, "impressions") == total(single, "impressions")
    assert [both[0]["date_start"], both[0]["date_stop"]] == days


def test_videos_are_refused_with_hours(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(
        f"{account}/insights", fields="video_play_actions", breakdowns=HOURLY, time_range=span(DAY)
    )
    assert error(answer) == (100, None)


def test_one_sale_is_listed_under_six_types_of_equal_value(sandbox: RunningSandbox, account: str) -> None:
    rows = daily(sandbox, account, DAY, fields="actions,action_values,purchase_roas,spend")
    sold = [row for row in rows if "omni_purchase" in actions(row)]
    assert sold
    for row in sold:
        assert {value for kind, value in actions(row).items() if kind in SIX} == {actions(row)["omni_purchase"]}
        assert set(actions(row)) >= SIX
        worth, roas = actions(row, "action_values")["omni_purchase"], row["purchase_roas"][0]["value"]
        assert abs(Decimal(worth) / Decimal(row["spend"]) - Decimal(roas)) < Decimal("1e-6")


def test_windows_come_only_when_asked_and_only_when_not_zero(sandbox: RunningSandbox, account: str) -> None:
    plain = daily(sandbox, account, DAY, fields="actions")
    windows = '["1d_click","7d_click","1d_view","7d_view","28d_view"]'
    asked = daily(sandbox, account, DAY, fields="actions", action_attribution_windows=windows)
    keys = {key for row in asked for one in row.get("actions", []) for key in one}
    assert {key for row in plain for one in row.get("actions", []) for key in one} == {"action_type", "value"}
    assert keys == {"action_type", "value", "1d_click", "7d_click", "1d_view"}
    bought = [one for row in asked for one in row.get("actions", []) if one["action_type"] == "omni_purchase"]
    assert all(int(one.get("7d_click", 0)) + int(one.get("1d_view", 0)) == int(one["value"]) for one in bought)


def test_without_a_period_the_last_thirty_days_are_one_row(sandbox: RunningSandbox, account: str) -> None:
    (row,) = sandbox.get(f"{account}/insights").json()["data"]
    assert (row["date_start"], row["date_stop"]) == ("2026-10-21", "2026-11-19")
    assert set(row) == {"account_id", "impressions", "spend", "date_start", "date_stop"}
    assert row["account_id"] == account.removeprefix("act_")


def test_increments_cut_the_period_and_add_up(sandbox: RunningSandbox, account: str) -> None:
    period = {"time_range": span("2026-09-15", "2026-11-14"), "level": "account", "fields": "spend"}
    parts = {
        cut: all_rows(sandbox, f"{account}/insights", time_increment=cut, **period)
        for cut in (1, 7, "monthly", "all_days")
    }
    assert {cut: len(rows) for cut, rows in parts.items()} == {1: 61, 7: 9, "monthly": 3, "all_days": 1}
    assert len({total(rows, "spend") for rows in parts.values()}) == 1
    assert [row["date_start"] for row in parts["monthly"]] == ["2026-09-15", "2026-10-01", "2026-11-01"]


def test_reach_over_days_is_less_than_the_sum_of_the_days(sandbox: RunningSandbox, account: str) -> None:
    period = {"time_range": span("2026-11-01", "2026-11-14"), "level": "account", "fields": "reach,impressions"}
    days = all_rows(sandbox, f"{account}/insights", time_increment=1, **period)
    (whole,) = all_rows(sandbox, f"{account}/insights", **period)
    assert max(int(row["reach"]) for row in days) < int(whole["reach"]) < total(days, "reach")


def test_filters_on_ids_and_on_numbers_choose_rows(sandbox: RunningSandbox, account: str) -> None:
    rows = daily(sandbox, account, DAY, fields="ad_id,campaign_id,spend")
    some = [row["ad_id"] for row in rows[:3]]
    by_id = json.dumps([{"field": "ad.id", "operator": "IN", "value": some}])
    dear = json.dumps([{"field": "spend", "operator": "GREATER_THAN", "value": 50}])
    assert [row["ad_id"] for row in daily(sandbox, account, DAY, fields="ad_id", filtering=by_id)] == some
    assert daily(sandbox, account, DAY, fields="ad_id,campaign_id,spend", filtering=dear) == [
        row for row in rows if Decimal(row["spend"]) > 50
    ]
    assert daily(sandbox, rows[0]["campaign_id"], DAY, fields="ad_id") == [
        {key: row[key] for key in ("ad_id", "date_start", "date_stop")}
        for row in rows
        if row["campaign_id"] == rows[0]["campaign_id"]
    ]


def test_rows_can_be_sorted_and_carry_a_summary_over_all_pages(sandbox: RunningSandbox, account: str) -> None:
    query = {"level": "ad", "time_range": span(DAY), "fields": "spend", "sort": '["spend_descending"]'}
    answer = sandbox.get(f"{account}/insights", limit=3, summary='["spend","impressions"]', **query).json()
    spends = [Decimal(row["spend"]) for row in all_rows(sandbox, f"{account}/insights", **query)]
    assert spends == sorted(spends, reverse=True)
    (whole,) = daily(sandbox, account, DAY, level="account", fields="spend")
    assert answer["summary"]["spend"] == whole["spend"]


def test_unknown_fields_fail_the_whole_request_and_all_are_named(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(f"{account}/insights", fields="spend,spemd,age_targeting")
    assert error(answer) == (100, None)
    assert "spemd, age_targeting are not valid" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"level": "adgroup"},
        {"time_range": '{"since":"2026-11-18"}'},
        {"time_range": span("2026-11-18", "2026-11-01")},
        {"time_range": "yesterday"},
        {"time_increment": "91"},
        {"date_preset": "lifetime"},
        {"breakdowns": "dma"},
        {"breakdowns": "platform_position"},
        {"filtering": '[{"field":"spend","operator":"LIKE","value":1}]'},
        {"date_format": "U"},
        {"action_attribution_windows": '["3d_click"]'},
    ],
)
def test_what_meta_refuses_is_refused(sandbox: RunningSandbox, account: str, query: dict[str, str]) -> None:
    assert error(sandbox.get(f"{account}/insights", **query))[0] == 100


def test_days_beyond_37_months_and_hours_beyond_13_are_error_3018(sandbox: RunningSandbox, account: str) -> None:
    assert sandbox.get(f"{account}/insights", time_range=span("2023-10-21")).status_code == 200
    assert error(sandbox.get(f"{account}/insights", time_range=span("2023-10-19"))) == (3018, None)
    assert error(sandbox.get(f"{account}/insights", time_range=span("2025-10-19"), breakdowns=HOURLY)) == (
        3018,
        None,
    )


def test_too_many_rows_ask_for_less_in_two_ways() -> None:
    with running_sandbox(accounts=1, ads=60, max_page_rows=20, max_sync_rows=100) as sandbox:
        account = sandbox.get("me/adaccounts").json()["data"][0]["id"]
        page = sandbox.get(f"{account}/insights", level="ad", date_preset="yesterday", limit=50)
        report = sandbox.get(f"{account}/insights", level="ad", date_preset="last_7d", time_increment=1, limit=10)
        assert (page.status_code, error(page)) == (500, (1, None))
        assert "reduce the amount of data" in page.json()["error"]["message"]
        assert error(report) == (100, 1487534)


def test_an_uncertain_detail_is_a_switch_zero_reach_by_hour_and_missing_labels() -> None:
    with running_sandbox(accounts=1, ads=9, hourly_reach="zero", hourly_key_missing=True) as sandbox:
        account = sandbox.get("me/adaccounts").json()["data"][0]["id"]
        rows = all_rows(
            sandbox, f"{account}/insights", level="ad", date_preset="yesterday", fields="reach", breakdowns=HOURLY
        )
        assert {row["reach"] for row in rows} == {"0"}
        assert any(HOURLY not in row for row in rows)


@pytest.mark.parametrize(
    "breakdowns",
    ["age", "gender", "age,gender", "country", "publisher_platform,platform_position", "device_platform"],
)
def test_the_parts_of_a_breakdown_add_up_to_the_whole(
    sandbox: RunningSandbox, account: str, breakdowns: str
) -> None:
    fields = "ad_id,impressions,clicks,spend,actions,action_values"
    whole = daily(sandbox, account, DAY, fields=fields)
    parts = daily(sandbox, account, DAY, fields=fields, breakdowns=breakdowns)
    assert len(parts) > len(whole)
    assert all(set(breakdowns.split(",")) <= set(row) for row in parts)
    assert [total(parts, name) for name in ("impressions", "clicks", "spend")] == [
        total(whole, name) for name in ("impressions", "clicks", "spend")
    ]
    assert summed(parts)["omni_purchase"] == summed(whole)["omni_purchase"]
    assert summed(parts, "action_values") == summed(whole, "action_values")


@pytest.mark.parametrize("breakdown", ["region", "comscore_market"])
def test_below_the_country_off_meta_actions_are_not_returned(
    sandbox: RunningSandbox, account: str, breakdown: str
) -> None:
    rows = daily(sandbox, account, DAY, fields="impressions,actions,action_values", breakdowns=breakdown)
    assert "link_click" in summed(rows)
    assert not SIX & set(summed(rows))
    assert not any("action_values" in row for row in rows)


def test_whether_archived_ads_are_listed_by_default_is_a_switch() -> None:
    options = {"accounts": 1, "ads": 30, "seed": 5}
    with running_sandbox(**options) as usual, running_sandbox(archived_by_default=True, **options) as other:
        account = usual.get("me/adaccounts").json()["data"][0]["id"]
        month = {"level": "ad", "date_preset": "last_90d", "fields": "ad_id,spend"}
        few, many = (all_rows(server, f"{account}/insights", **month) for server in (usual, other))
        (whole,) = all_rows(usual, f"{account}/insights", date_preset="last_90d")
        assert len(few) < len(many)
        assert total(many, "spend") == Decimal(whole["spend"])
