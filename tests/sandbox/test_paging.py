"""Paging: cursors, `next`, limits, as clients of the real API meet them."""

import base64

import pytest

from tests.sandbox.conftest import all_rows, error, span
from tests.sandbox_server import RunningSandbox

WEEK = span("2026-11-10", "2026-11-16")


def test_following_next_gives_every_row_once_whatever_the_page_size(sandbox: RunningSandbox, account: str) -> None:
    query = {"level": "ad", "time_increment": 1, "time_range": WEEK, "fields": "ad_id,impressions,date_start"}
    whole = all_rows(sandbox, f"{account}/insights", limit=5000, **query)
    pages = all_rows(sandbox, f"{account}/insights", limit=13, **query)
    assert pages == whole
    assert len({(row["ad_id"], row["date_start"]) for row in whole}) == len(whole) > 100


def test_insight_cursors_are_row_numbers_in_base64_with_zd_for_the_equals_sign(
    sandbox: RunningSandbox, account: str
) -> None:
    cursors = sandbox.get(f"{account}/insights", level="ad", time_range=WEEK).json()["paging"]["cursors"]
    assert cursors == {"before": "MAZDZD", "after": "MjQZD"}
    assert base64.b64decode("MjQ=") == b"24"


def test_the_last_page_still_has_an_after_cursor_but_no_next(sandbox: RunningSandbox, account: str) -> None:
    paging = sandbox.get(f"{account}/insights", level="ad", time_range=WEEK, limit=5000).json()["paging"]
    assert "after" in paging["cursors"]
    assert "next" not in paging


def test_a_page_after_the_last_row_is_empty_and_has_no_paging(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(f"{account}/insights", level="account", time_range=WEEK, after="MAZDZD").json()
    assert answer == {"data": []}


def test_without_a_limit_a_page_has_25_entries(sandbox: RunningSandbox, account: str) -> None:
    assert len(sandbox.get(f"{account}/ads").json()["data"]) == 25


def test_a_limit_beyond_the_maximum_is_served_as_the_maximum(sandbox: RunningSandbox, account: str) -> None:
    assert len(sandbox.get(f"{account}/ads", limit=999_999).json()["data"]) < 5000


@pytest.mark.parametrize("limit", ["0", "-5", "many"])
def test_a_senseless_limit_is_refused(sandbox: RunningSandbox, account: str, limit: str) -> None:
    assert error(sandbox.get(f"{account}/ads", limit=limit)) == (100, None)


@pytest.mark.parametrize("edge", ["ads", "insights"])
def test_a_bad_cursor_is_error_2642(sandbox: RunningSandbox, account: str, edge: str) -> None:
    assert error(sandbox.get(f"{account}/{edge}", after="nonsense!")) == (2642, None)


def test_next_holds_the_token_only_when_it_came_in_the_query(sandbox: RunningSandbox, account: str) -> None:
    in_header = sandbox.get(f"{account}/ads", limit=2).json()
    in_query = sandbox.get(f"{account}/ads", limit=2, access_token="query-token").json()
    assert "access_token" not in in_header["paging"]["next"]
    assert "access_token=query-token" in in_query["paging"]["next"]


def test_lists_of_objects_have_opaque_cursors_and_survive_an_object_leaving_the_list(
    sandbox: RunningSandbox, account: str
) -> None:
    first = sandbox.get(f"{account}/ads", limit=3).json()
    assert first["paging"]["cursors"]["after"].startswith("QVFIU")
    second = sandbox.get(first["paging"]["next"]).json()
    sandbox.fault("vanish", ad=first["data"][-1]["id"])
    assert sandbox.get(first["paging"]["next"]).json()["data"] == second["data"]


def test_previous_leads_back(sandbox: RunningSandbox, account: str) -> None:
    first = sandbox.get(f"{account}/ads", limit=4).json()
    second = sandbox.get(first["paging"]["next"]).json()
    assert sandbox.get(second["paging"]["previous"]).json()["data"] == first["data"]


def test_the_total_count_is_that_of_the_whole_list(sandbox: RunningSandbox, account: str) -> None:
    answer = sandbox.get(f"{account}/ads", limit=1, summary="total_count").json()
    assert answer["summary"]["total_count"] == len(all_rows(sandbox, f"{account}/ads"))
