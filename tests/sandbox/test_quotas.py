"""Quotas: the four headers, the errors of a used-up quota, faults of pace."""

import json
from typing import Any

import httpx
import pytest

from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.throttle import Quota, Throttle
from tests.sandbox.conftest import error
from tests.sandbox_server import RunningSandbox, running_sandbox


def usage(answer: httpx.Response, account: str) -> dict[str, dict[str, Any]]:
    """The business use cases of an account by type."""
    found = json.loads(answer.headers["x-business-use-case-usage"])[account.removeprefix("act_")]
    return {one["type"]: one for one in found}


def test_every_answer_for_an_account_tells_usage_in_four_headers(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(f"{account}/insights")
    assert set(json.loads(answer.headers["x-app-usage"])) == {"call_count", "total_time", "total_cputime"}
    assert set(json.loads(answer.headers["x-ad-account-usage"])) == {
        "acc_id_util_pct",
        "reset_time_duration",
        "ads_api_access_tier",
    }
    assert "acc_id_util_pct" in json.loads(answer.headers["x-fb-ads-insights-throttle"])
    assert set(usage(answer, account)) == {"ads_insights", "ads_management"}


@pytest.mark.parametrize(("edge", "code"), [("insights", 80000), ("ads", 80004)])
def test_a_used_up_quota_is_http_400_with_the_minutes_to_wait_on_the_failed_call(
    sandbox: RunningSandbox, account: str, edge: str, code: int
) -> None:
    sandbox.fault("quota", path=edge, code=code, minutes=7, percent=118)
    answer = sandbox.get(f"{account}/{edge}")
    assert (answer.status_code, error(answer)) == (400, (code, 2446079))
    case = usage(answer, account)["ads_insights"]
    assert (case["call_count"], case["estimated_time_to_regain_access"]) == (118, 7)
    assert json.loads(answer.headers["x-ad-account-usage"])["reset_time_duration"] == 420
    assert sandbox.get(f"{account}/{edge}").status_code == 200


@pytest.mark.parametrize(("code", "subcode"), [(4, None), (17, 2446079), (613, None)])
def test_the_other_limits_have_their_own_codes(
    sandbox: RunningSandbox, account: str, code: int, subcode: int | None
) -> None:
    sandbox.fault("quota", code=code)
    answer = sandbox.get(f"{account}/ads")
    assert error(answer) == (code, subcode)
    assert answer.json()["error"]["is_transient"] is True


def test_one_exhausted_account_does_not_stop_another(sandbox: RunningSandbox) -> None:
    first, second = (one["id"] for one in sandbox.get("me/adaccounts", limit=2).json()["data"])
    sandbox.control("POST", "quota", {"account": first, "percent": 100})
    assert error(sandbox.get(f"{first}/insights")) == (80000, 2446079)
    assert sandbox.get(f"{second}/insights").status_code == 200
    sandbox.control("POST", "quota", {"account": first, "percent": None})
    assert sandbox.get(f"{first}/insights").status_code == 200


def test_an_exhausted_app_stops_everybody(sandbox: RunningSandbox, account: str) -> None:
    sandbox.control("POST", "quota", {"account": "app", "percent": 100})
    assert error(sandbox.get(f"{account}/insights")) == (4, None)


def test_calls_use_up_the_quota_of_a_small_app_and_the_hour_gives_it_back() -> None:
    now = 0.0
    throttle = Throttle("development_access", ads_of=lambda _: 0, clock=lambda: now)
    for _ in range(600):
        throttle.check("1", "ads_insights")
        throttle.charge("1", "ads_insights")
    with pytest.raises(GraphError) as refused:
        throttle.check("1", "ads_insights")
    assert refused.value.code == 80000
    now = 1800.0
    throttle.check("1", "ads_insights")
    assert json.loads(throttle.headers("1")["X-FB-Ads-Insights-Throttle"])["acc_id_util_pct"] == 50.0


def test_calling_on_while_limited_makes_the_wait_longer() -> None:
    quota = Quota(limit=100, used=100)
    short = quota.seconds_over(0.0)
    quota.used += 50
    assert quota.seconds_over(0.0) > short


def test_every_call_counts_even_those_in_a_batch() -> None:
    with running_sandbox(accounts=1, ads=3, tier="development_access") as sandbox:
        account = sandbox.get("me/adaccounts").json()["data"][0]["id"]
        items = [{"method": "GET", "relative_url": f"{account}?fields=name"}] * 42
        before = usage(sandbox.get(account), account)["ads_management"]["call_count"]
        sandbox.post("", batch=json.dumps(items))
        after = usage(sandbox.get(account), account)["ads_management"]["call_count"]
        assert after - before >= 42 * 100 // 420
