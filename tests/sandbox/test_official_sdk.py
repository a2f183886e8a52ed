"""The proof of honesty: Meta's own SDK, unmodified except for its base URL, reads from the sandbox."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.adobjects.adreportrun import AdReportRun
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from tests.sandbox_server import RunningSandbox, running_sandbox

pytestmark = pytest.mark.filterwarnings("ignore:.*does not allow field")

SECRET = "sandbox-secret"
TOKEN = "sdk-token"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    now = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
    with running_sandbox(accounts=3, ads=60, days=60, now=now, app_secret=SECRET, tokens=(TOKEN,)) as server:
        yield server


@pytest.fixture
def api(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> FacebookAdsApi:
    monkeypatch.setattr(FacebookSession, "GRAPH", sandbox.base_url)
    return FacebookAdsApi.init("1000000001", SECRET, TOKEN, api_version=sandbox.version)


def first_account(api: FacebookAdsApi) -> AdAccount:
    return next(iter(User("me", api=api).get_ad_accounts(fields=["id", "name", "currency", "timezone_name"])))


def test_the_official_sdk_lists_all_ad_accounts(api: FacebookAdsApi) -> None:
    accounts = list(User("me", api=api).get_ad_accounts(fields=["id", "name", "currency"], params={"limit": 1}))
    assert len(accounts) == 3
    assert all(account["name"].startswith("SANDBOX") for account in accounts)


def test_the_official_sdk_reads_one_account_with_typed_fields(api: FacebookAdsApi) -> None:
    found = first_account(api)
    account = AdAccount(found["id"], api=api).api_get(fields=["currency", "timezone_name", "business"])
    assert account[AdAccount.Field.currency] == "USD"
    assert account[AdAccount.Field.timezone_name] == "America/Los_Angeles"


@pytest.mark.parametrize("edge", ["get_campaigns", "get_ad_sets", "get_ads", "get_ad_creatives"])
def test_the_official_sdk_pages_through_every_list_of_objects(api: FacebookAdsApi, edge: str) -> None:
    account = first_account(api)
    whole = [one["id"] for one in getattr(account, edge)(fields=["id", "name"], params={"limit": 500})]
    paged = [one["id"] for one in getattr(account, edge)(fields=["id", "name"], params={"limit": 2})]
    assert paged == whole
    assert len(set(whole)) == len(whole) > 2


def test_the_official_sdk_follows_ads_to_their_creatives(api: FacebookAdsApi) -> None:
    ad = next(iter(first_account(api).get_ads(fields=["name", "creative{id,name,thumbnail_url}", "adset{name}"])))
    creative = next(iter(ad.get_ad_creatives(fields=["name"])))
    assert ad["creative"]["id"] == creative["id"]
    assert ad["creative"]["name"] == creative["name"]


def daily(account: AdAccount, **more: Any) -> list[dict[str, Any]]:
    params = {
        "level": "ad",
        "time_increment": 1,
        "time_range": {"since": "2026-11-10", "until": "2026-11-19"},
        "filtering": [{"field": "spend", "operator": "GREATER_THAN", "value": 0}],
        **more,
    }
    fields = ["ad_id", "impressions", "spend", "actions", "action_values"]
    return [dict(row) for row in account.get_insights(fields=fields, params=params)]


def test_the_official_sdk_reads_synchronous_insights_over_several_pages(api: FacebookAdsApi) -> None:
    account = first_account(api)
    rows = daily(account, limit=500)
    assert daily(account, limit=7) == rows
    assert len(rows) > 20
    assert all(isinstance(row["impressions"], str) for row in rows)


def test_the_official_sdk_runs_an_asynchronous_report_with_the_same_rows(api: FacebookAdsApi) -> None:
    account = first_account(api)
    params = {"level": "ad", "time_increment": 1, "time_range": {"since": "2026-11-10", "until": "2026-11-19"}}
    fields = ["ad_id", "impressions", "spend"]
    run: AdReportRun = account.get_insights(fields=fields, params=params, is_async=True)
    for _ in range(10):
        run = run.api_get()
        if run["async_status"] == "Job Completed" and run["async_percent_completion"] == 100:
            break
        time.sleep(0.01)
    rows = [dict(row) for row in run.get_insights(params={"limit": 9})]
    assert rows == [dict(row) for row in account.get_insights(fields=fields, params={**params, "limit": 500})]


def test_the_official_sdk_raises_its_own_error_with_code_and_subcode(api: FacebookAdsApi) -> None:
    with pytest.raises(FacebookRequestError) as raised:
        AdAccount("act_404", api=api).api_get(fields=["name"])
    assert (raised.value.api_error_code(), raised.value.api_error_subcode()) == (100, 33)
    assert raised.value.http_status() == 400


def test_the_official_sdk_reads_through_a_batch(api: FacebookAdsApi) -> None:
    account = first_account(api)
    names: list[str] = []
    batch = api.new_batch()
    for node in (account["id"], "act_404"):
        request = FacebookRequest(node_id=node, method="GET", endpoint="/", api=api)
        request.add_fields(["name"])
        batch.add_request(
            request,
            success=lambda response: names.append(response.json()["name"]),
            failure=lambda response: names.append(f"error {response.error().api_error_code()}"),
        )
    assert batch.execute() is None
    assert names == [account["name"], "error 100"]
