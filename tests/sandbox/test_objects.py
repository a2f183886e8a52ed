"""Accounts, campaigns, ad sets, ads, creatives: fields, links, filters, statuses, money."""

import json
from datetime import datetime

import pytest

from tests.sandbox.conftest import NOW, all_rows, error
from tests.sandbox_server import RunningSandbox

EVERY_STATUS = json.dumps(
    ["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "CAMPAIGN_PAUSED", "ADSET_PAUSED", "DISAPPROVED", "PENDING_REVIEW"]
)


def test_every_account_says_by_name_that_it_is_a_sandbox(sandbox: RunningSandbox) -> None:
    accounts = all_rows(sandbox, "me/adaccounts", fields="name,currency,timezone_name,account_status")
    assert all(one["name"].startswith("SANDBOX") for one in accounts)
    assert {one["currency"] for one in accounts} == {"USD", "EUR", "JPY"}
    assert "Pacific/Auckland" in {one["timezone_name"] for one in accounts}


def test_an_account_without_ads_gives_empty_lists_not_errors(sandbox: RunningSandbox) -> None:
    empty = all_rows(sandbox, "me/adaccounts")[-1]["id"]
    for edge in ("campaigns", "adsets", "ads", "adcreatives", "activities", "insights"):
        answer = sandbox.get(f"{empty}/{edge}")
        assert (answer.status_code, answer.json()) == (200, {"data": []})


def test_only_the_fields_asked_for_and_the_id_come_back(sandbox: RunningSandbox, account: str) -> None:
    assert set(sandbox.get(f"{account}/campaigns", limit=1).json()["data"][0]) == {"id"}
    asked = sandbox.get(f"{account}/campaigns", limit=1, fields="name,objective").json()["data"][0]
    assert set(asked) == {"id", "name", "objective"}


def test_an_unknown_field_fails_the_request_and_is_named(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(f"{account}/ads", fields="name,nmae")
    assert error(answer) == (100, None)
    assert "nmae" in answer.json()["error"]["message"]


def test_the_tree_can_be_read_from_any_of_its_nodes(sandbox: RunningSandbox, account: str) -> None:
    ad = sandbox.get(f"{account}/ads", fields="campaign_id,adset_id,creative", limit=1).json()["data"][0]
    campaign_ads = {one["id"] for one in all_rows(sandbox, f"{ad['campaign_id']}/ads")}
    adset_ads = {one["id"] for one in all_rows(sandbox, f"{ad['adset_id']}/ads")}
    assert ad["id"] in adset_ads < campaign_ads
    assert ad["adset_id"] in {one["id"] for one in all_rows(sandbox, f"{ad['campaign_id']}/adsets")}
    assert all_rows(sandbox, f"{ad['id']}/adcreatives") == [ad["creative"]]
    assert sandbox.get(ad["id"], fields="adset_id").json()["adset_id"] == ad["adset_id"]


def test_links_and_lists_expand_inside_other_lists(sandbox: RunningSandbox, account: str) -> None:
    fields = (
        "name,adsets.limit(2){name,ads.limit(1){name,creative{id,name},insights.date_preset(yesterday){spend}}}"
    )
    campaigns = sandbox.get(f"{account}/campaigns", fields=fields, limit=3).json()["data"]
    adset = next(one for campaign in campaigns for one in campaign["adsets"]["data"] if "ads" in one)
    ad = adset["ads"]["data"][0]
    assert "paging" in adset["ads"]
    assert ad["creative"]["name"].startswith("SANDBOX")
    assert "insights" not in ad or set(ad["insights"]["data"][0]) == {"spend", "date_start", "date_stop"}


def test_unfiltered_lists_leave_archived_and_deleted_objects_out(sandbox: RunningSandbox, account: str) -> None:
    listed = all_rows(sandbox, f"{account}/ads", fields="effective_status")
    every = all_rows(sandbox, f"{account}/ads", fields="effective_status", effective_status=EVERY_STATUS)
    assert {one["effective_status"] for one in listed}.isdisjoint({"ARCHIVED", "DELETED"})
    assert {"ARCHIVED", "DELETED"} <= {one["effective_status"] for one in every}
    deleted = next(one for one in every if one["effective_status"] == "DELETED")
    assert sandbox.get(deleted["id"], fields="effective_status").json() == deleted


def test_incremental_reads_by_unix_time_give_what_changed_since(sandbox: RunningSandbox, account: str) -> None:
    week_ago = int(NOW.timestamp()) - 7 * 86_400
    where = json.dumps([{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": week_ago}])
    ads = all_rows(sandbox, f"{account}/ads", fields="updated_time")
    changed = [one for one in ads if datetime.fromisoformat(one["updated_time"]).timestamp() > week_ago]
    assert all_rows(sandbox, f"{account}/ads", fields="updated_time", filtering=where) == changed
    assert all_rows(sandbox, f"{account}/ads", fields="updated_time", updated_since=week_ago) == changed
    assert 0 < len(changed) < len(ads)


def test_a_time_filter_with_text_instead_of_unix_seconds_is_ignored(sandbox: RunningSandbox, account: str) -> None:
    where = json.dumps([{"field": "ad.updated_time", "operator": "GREATER_THAN", "value": "2026-11-19"}])
    assert all_rows(sandbox, f"{account}/ads", filtering=where) == all_rows(sandbox, f"{account}/ads")


def test_budgets_are_minor_units_by_metas_own_table(sandbox: RunningSandbox) -> None:
    usd, _, yen, _ = all_rows(sandbox, "me/adaccounts")
    for account, low, high in ((usd["id"], 100, 5_000_00), (yen["id"], 100, 5_000_00)):
        adsets = all_rows(sandbox, f"{account}/adsets", fields="daily_budget,budget_remaining")
        budgets = [int(one["daily_budget"]) for one in adsets if "daily_budget" in one]
        assert all(low <= budget <= high for budget in budgets)
        assert all(
            int(one["budget_remaining"]) <= int(one["daily_budget"]) for one in adsets if "daily_budget" in one
        )


def test_a_budget_sits_on_the_campaign_or_on_its_ad_sets_never_on_both(
    sandbox: RunningSandbox, account: str
) -> None:
    with_budget = {
        one["id"]
        for one in all_rows(sandbox, f"{account}/campaigns", fields="daily_budget")
        if "daily_budget" in one
    }
    adsets = all_rows(sandbox, f"{account}/adsets", fields="campaign_id,daily_budget")
    assert all((one["campaign_id"] in with_budget) != ("daily_budget" in one) for one in adsets)
    assert with_budget


def test_times_are_local_with_an_offset_without_a_colon(sandbox: RunningSandbox, account: str) -> None:
    created = sandbox.get(f"{account}/ads", fields="created_time", limit=1).json()["data"][0]["created_time"]
    assert created[19:] in {"-0800", "-0700"}


def test_several_ads_share_a_video_and_some_a_creative(sandbox: RunningSandbox, account: str) -> None:
    creatives = all_rows(sandbox, f"{account}/adcreatives", fields="video_id")
    videos = [one["video_id"] for one in creatives if "video_id" in one]
    used = [one["creative"]["id"] for one in all_rows(sandbox, f"{account}/ads", fields="creative")]
    assert len(set(videos)) < len(videos)
    assert len(set(used)) < len(used)
    assert set(used) <= {one["id"] for one in creatives}


@pytest.mark.parametrize("path", ["act_404", "404", "act_404/campaigns", "1000730100000000001/insights"])
def test_an_object_that_is_not_there_is_100_33(sandbox: RunningSandbox, path: str) -> None:
    assert error(sandbox.get(path)) == (100, 33)


def test_the_minimum_budgets_come_per_currency(sandbox: RunningSandbox, account: str) -> None:
    least = {
        one["currency"]: one["min_daily_budget_imp"]
        for one in sandbox.get(f"{account}/minimum_budgets").json()["data"]
    }
    assert least["USD"] == 100
    assert least["JPY"] == 150


def test_writing_is_refused_in_so_many_words(sandbox: RunningSandbox, account: str) -> None:
    assert error(sandbox.post(f"{account}/campaigns", name="x")) == (3, None)
