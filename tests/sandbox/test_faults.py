"""Faults on demand: what goes wrong on the wire, in answers, in rows, and that it ends when told."""

import json
import time

import httpx
import pytest

from tests.sandbox.conftest import all_rows, daily, error, span
from tests.sandbox_server import RunningSandbox

DAY = "2026-11-18"
WEEK = {"level": "ad", "time_increment": "1", "time_range": span("2026-11-10", "2026-11-16"), "limit": "30"}


def test_a_fault_happens_as_often_as_told_to_the_calls_it_names(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("error", path=r"insights$", code=2, status=500, times=2, skip=1, transient=True)
    statuses = [sandbox.get(f"{account}/insights").status_code for _ in range(4)]
    assert statuses == [200, 500, 500, 200]
    sandbox.fault("error", account="404")
    assert sandbox.get(f"{account}/ads").status_code == 200


def test_a_fault_can_happen_at_a_rate(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("unavailable", path="ads$", every=3, times=-1)
    statuses = [sandbox.get(f"{account}/ads").status_code for _ in range(7)]
    assert statuses == [200, 200, 503, 200, 200, 503, 200]


@pytest.mark.parametrize(
    ("kind", "status", "start"), [("unavailable", 503, "Service"), ("html", 500, "<html"), ("empty", 200, "")]
)
def test_bodies_that_are_no_json(
    sandbox: RunningSandbox, account: str, kind: str, status: int, start: str
) -> None:
    sandbox.fault(kind)
    answer = sandbox.get(f"{account}/ads")
    assert answer.status_code == status
    assert answer.text.startswith(start)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_error_can_come_with_http_200(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("ok_error", code=2, subcode=1504044)
    answer = sandbox.get(f"{account}/insights")
    assert (answer.status_code, error(answer)) == (200, (2, 1504044))


def test_json_can_be_cut_in_half(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("truncated")
    answer = sandbox.get(f"{account}/ads")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_connection_can_break_before_or_within_an_answer(
    sandbox: RunningSandbox, account: str, kind: str
) -> None:
    sandbox.fault(kind)
    with pytest.raises(httpx.TransportError):
        sandbox.get(f"{account}/ads")
    assert sandbox.get(f"{account}/ads").status_code == 200


def test_an_answer_can_be_slow(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("slow", seconds=0.15)
    started = time.monotonic()
    assert sandbox.get(f"{account}/ads").status_code == 200
    assert time.monotonic() - started >= 0.15


def test_a_cursor_can_expire_in_the_middle_of_a_listing(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("expired_cursor", path="insights")
    first = sandbox.get(f"{account}/insights", **WEEK).json()
    assert error(sandbox.get(first["paging"]["next"])) == (2642, None)
    assert sandbox.get(first["paging"]["next"]).status_code == 200


def test_a_page_can_come_twice_and_the_listing_still_ends(sandbox: RunningSandbox, account: str) -> None:
    whole = all_rows(sandbox, f"{account}/insights", **WEEK)
    sandbox.fault("duplicate_page", path="insights", skip=1)
    again = all_rows(sandbox, f"{account}/insights", **WEEK)
    assert len(again) == len(whole) + 30
    assert [row for place, row in enumerate(again) if not 60 <= place < 90] == whole


def test_a_cursor_can_lead_in_a_circle(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("cursor_loop", path="insights")
    first = sandbox.get(f"{account}/insights", **WEEK).json()
    second = sandbox.get(first["paging"]["next"]).json()
    assert second["paging"]["next"] == sandbox.get(second["paging"]["next"]).json()["paging"]["next"]


def test_an_expired_token_can_last(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("expired_token", times=-1)
    assert [error(sandbox.get(path)) for path in ("me", f"{account}/ads")] == [(190, 463)] * 2
    sandbox.no_faults()
    assert sandbox.get("me").status_code == 200


def test_the_permission_for_one_account_can_be_lost(sandbox: RunningSandbox, account: str) -> None:
    sandbox.fault("permission", account=account)
    others = [one["id"] for one in sandbox.get("me/adaccounts").json()["data"]]
    assert account not in others
    assert error(sandbox.get(f"{account}/insights")) == (200, None)
    assert error(sandbox.get(account)) == (200, None)
    assert sandbox.get(f"{others[0]}/insights").status_code == 200


def test_a_deleted_ad_vanishes_from_answers_but_not_from_its_parents_totals(
    sandbox: RunningSandbox, account: str
) -> None:
    rows = daily(sandbox, account, DAY, fields="ad_id,spend")
    (before,) = daily(sandbox, account, DAY, fields="spend", level="account")
    gone = max(rows, key=lambda row: float(row["spend"]))
    sandbox.fault("vanish", ad=gone["ad_id"])
    assert daily(sandbox, account, DAY, fields="ad_id,spend") == [row for row in rows if row != gone]
    assert daily(sandbox, account, DAY, fields="spend", level="account") == [before]
    assert error(sandbox.get(gone["ad_id"])) == (100, 33)
    assert gone["ad_id"] not in {one["id"] for one in all_rows(sandbox, f"{account}/ads")}


def test_a_past_day_can_be_restated_everywhere_at_once(sandbox: RunningSandbox, account: str) -> None:
    (before,) = daily(sandbox, account, DAY, fields="spend,impressions", level="account")
    sandbox.fault("restate", account=account, day=DAY, factor=0.5)
    (after,) = daily(sandbox, account, DAY, fields="spend,impressions", level="account")
    ads = daily(
        sandbox,
        account,
        DAY,
        fields="impressions",
        filtering='[{"field":"ad.effective_status","operator":"NOT_IN","value":[]}]',
    )
    books = sandbox.ledger(DAY, DAY, account)[account.removeprefix("act_")]
    assert 0.45 < float(after["spend"]) / float(before["spend"]) < 0.5
    assert sum(int(row["impressions"]) for row in ads) == int(after["impressions"])
    assert sum(int(entry["impressions"]) for entry in books) == int(after["impressions"])


def test_a_row_can_be_withdrawn(sandbox: RunningSandbox, account: str) -> None:
    rows = daily(sandbox, account, DAY, fields="ad_id,spend")
    sandbox.fault("restate", account=account, day=DAY, ad=rows[0]["ad_id"], factor=0)
    assert daily(sandbox, account, DAY, fields="ad_id,spend") == rows[1:]


HOSTILE = {
    "nan": '"NaN"',
    "overflow": '"1e400"',
    "int64": '"9223372036854775808"',
    "negative": '"-1.5"',
    "text": '"twelve"',
    "nul": "\\u0000",
    "surrogate": "\\ud800",
    "long_name": "n" * 400,
    "formula": "=HYPERLINK(",
    "unknown_field": "brand_new_metric",
    "unknown_currency": '"ZZZ"',
    "bad_date": "2026-13-45",
    "action_nan": '"NaN"',
}


@pytest.mark.parametrize("variant", HOSTILE)
def test_rows_can_hold_hostile_values(sandbox: RunningSandbox, account: str, variant: str) -> None:
    sandbox.fault("hostile", path="insights", variant=variant)
    answer = sandbox.get(
        f"{account}/insights", level="ad", time_range=span(DAY), fields="ad_id,ad_name,spend,account_currency"
    )
    assert HOSTILE[variant] in answer.text
    assert HOSTILE[variant] not in sandbox.get(f"{account}/insights", level="ad", time_range=span(DAY)).text


def test_a_hostile_row_can_be_that_of_one_ad_and_objects_can_be_hostile_too(
    sandbox: RunningSandbox, account: str
) -> None:
    ads = all_rows(sandbox, f"{account}/ads", fields="name")
    sandbox.fault("hostile", path="/ads", variant="nul", ad=ads[2]["id"])
    names = [one["name"] for one in all_rows(sandbox, f"{account}/ads", fields="name")]
    assert ["\x00" in name for name in names[:4]] == [False, False, True, False]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "typo"},
        {"kind": "hostile", "variant": "x"},
        {"kind": "error", "path": "("},
        {"kind": "restate"},
        {"kind": "job", "status": "x"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_reason(
    sandbox: RunningSandbox, fault: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"known|regular|needs|one of"):
        sandbox.control("POST", "faults", fault)


def test_the_call_log_names_every_call_and_no_token(sandbox: RunningSandbox, account: str) -> None:
    sandbox.forget_calls()
    sandbox.get(f"{account}/ads", access_token="very-secret", limit=1)
    sandbox.get("me")
    log = sandbox.calls()
    assert log["by_account"] == {account.removeprefix("act_"): 1, "app": 1}
    assert log["calls"][0]["params"] == {"limit": "1"}
    assert "very-secret" not in json.dumps(log)
