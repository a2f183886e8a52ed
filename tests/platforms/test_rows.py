"""Insight rows as Meta sends them, as typed rows, and which are refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.platforms.base import Account, InsightsPage, Report
from adtrack_pipeline.platforms.meta.fields import HOURLY_BREAKDOWN
from adtrack_pipeline.platforms.meta.rows import Expected, decode_page
from tests.platforms.reading import DAY, row

ACCOUNT = Account("1", "Test", "USD", "America/New_York")
ACTIONS = [{"action_type": "purchase", "value": "2", "7d_click": "1"}]


def decode(*rows: Any, report: Report = Report.DAILY) -> InsightsPage:
    data = json.dumps(rows).encode()
    return decode_page(data, Expected.window(report, ACCOUNT, DAY, DAY), b"")


def test_text_and_numbers_give_the_same_row() -> None:
    as_text = decode(row(reach="90", frequency="1.5")).rows
    as_numbers = decode(row(impressions=100, clicks=5, spend=1.5, reach=90, frequency=1.5)).rows
    assert as_text == as_numbers


def test_a_missing_count_is_zero_but_a_missing_reach_is_unknown() -> None:
    taken = decode(row(impressions=None, clicks=None, spend=None)).rows[0]
    assert (taken.impressions, taken.clicks, taken.spend, taken.link_clicks) == ("0", "0", "0", "0")
    assert (taken.reach, taken.frequency, taken.video_plays, taken.actions) == (None, None, None, None)


def test_a_trailing_point_is_read_as_the_number_it_is() -> None:
    assert decode(row(spend="144.")).rows[0].spend == "144"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spend", "NaN"), ("spend", "Infinity"), ("spend", "1e400"), ("spend", "-3.10"), ("spend", "abc"),
        ("spend", ""), ("impressions", "9223372036854775808"), ("impressions", "-1"), ("impressions", "12.5"),
        ("impressions", []),
        ("clicks", "many"), ("reach", "NaN"), ("frequency", "inf"), ("inline_link_clicks", True), ("ctr", "NaN"),
        ("outbound_clicks", [{"value": "NaN"}]), ("outbound_clicks", ["x"]),
        ("video_play_actions", [{"value": "-1"}]),
    ],
)  # fmt: skip
def test_a_row_with_an_impossible_figure_is_refused_by_name_and_all_others_load(column: str, value: Any) -> None:
    bad = row("bad", **{column: value, **({"clicks": None} if column == "ctr" else {})})
    page = decode(row("11"), bad, row("12"))
    assert [one.ad_id for one in page.rows] == ["11", "12"]
    assert len(page.rejected) == 1
    assert page.rejected[0].reason.startswith(column)
    assert page.rejected[0].object_key == f"bad/{DAY}"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ad_id": None}, "ad_id is missing"),
        ({"ad_id": ""}, "ad_id is missing"),
        ({"ad_id": {"x": 1}}, "ad_id is no identifier"),
        ({"account_id": "2"}, "is not the account that was asked"),
        ({"date_stop": "2026-11-03"}, "not one day"),
        ({"date_start": "2026-10-01", "date_stop": "2026-10-01"}, "was not asked for"),
        ({"date_start": None}, "date_start is missing"),
        ({"ad_name": ["x"]}, "ad_name is no text"),
    ],
)
def test_a_row_that_belongs_elsewhere_is_refused(changed: dict[str, Any], reason: str) -> None:
    page = decode(row("11"), row(**changed))
    assert len(page.rows) == 1
    assert reason in page.rejected[0].reason


@pytest.mark.parametrize("entry", [None, "text", 5, [], True])
def test_an_entry_that_is_no_object_is_refused(entry: Any) -> None:
    page = decode(entry, row())
    assert len(page.rows) == 1
    assert "no JSON object" in page.rejected[0].reason


def test_unknown_fields_are_ignored() -> None:
    assert decode(row(brand_new_metric={"a": [1]}, other="x")) == decode(row())


def test_actions_are_stored_as_they_came() -> None:
    text = decode(row(actions=ACTIONS)).rows[0].actions
    assert text is not None
    assert json.loads(text) == ACTIONS


def test_actions_have_the_same_text_on_the_fast_and_the_strict_path() -> None:
    fast = decode(row(actions=ACTIONS)).rows[0]
    strict = decode(row(actions=ACTIONS, spend="1.50")).rows[0]
    assert fast == strict


@pytest.mark.parametrize(
    "actions",
    [
        [{"action_type": "purchase", "value": "NaN"}],
        [{"action_type": "purchase", "value": "1e400"}],
        [{"action_type": "purchase", "value": "-2"}],
        [{"action_type": "purchase", "value": "2", "7d_click": "x"}],
        [{"value": "2"}],
        ["purchase"],
        "purchase",
        {"purchase": 2},
    ],
)
def test_a_row_with_impossible_actions_is_refused(actions: Any) -> None:
    page = decode(row("11"), row("bad", actions=actions))
    assert [one.ad_id for one in page.rows] == ["11"]
    assert page.rejected[0].reason.startswith("actions")


def test_a_refund_may_make_an_action_value_negative() -> None:
    values = [{"action_type": "purchase", "value": "-29.90"}]
    assert json.loads(decode(row(action_values=values)).rows[0].action_values or "") == values


def test_an_action_with_further_keys_keeps_the_plain_ones() -> None:
    actions = [{"action_type": "purchase", "value": "2", "action_device": "ios", "deep": {"x": [1]}}]
    stored = json.loads(decode(row(actions=actions)).rows[0].actions or "")
    assert stored == [{"action_type": "purchase", "value": "2", "action_device": "ios"}]


def test_clicks_follow_from_ctr_where_an_account_sends_no_clicks() -> None:
    taken = decode(row(clicks=None, ctr="15.726609", impressions="6028")).rows[0]
    assert taken.clicks == "948"


def test_clicks_that_follow_from_an_absurd_ctr_are_refused() -> None:
    page = decode(row(clicks=None, ctr="99999999999", impressions="9223372036854775807"))
    assert page.rejected[0].reason.startswith("ctr")


def test_sent_clicks_win_over_ctr() -> None:
    assert decode(row(clicks="5", ctr="50")).rows[0].clicks == "5"


def test_listed_metrics_give_their_single_value() -> None:
    taken = decode(
        row(
            outbound_clicks=[{"action_type": "outbound_click", "value": "125"}],
            video_play_actions=[{"action_type": "video_view", "value": "7"}],
            video_avg_time_watched_actions=[{"action_type": "video_view", "value": "3.5"}],
        )
    ).rows[0]
    assert (taken.outbound_clicks, taken.video_plays, taken.video_avg_seconds) == ("125", "7", "3.5")


@pytest.mark.parametrize(("label", "hour"), [("00:00:00 - 00:59:59", 0), ("23:00:00 - 23:59:59", 23), (None, -1)])
def test_the_hour_label_becomes_a_number_and_a_missing_one_is_marked(label: str | None, hour: int) -> None:
    page = decode(row(**{HOURLY_BREAKDOWN: label}), report=Report.HOURLY)
    assert page.rows[0].hour == hour


@pytest.mark.parametrize("label", ["24:00:00 - 24:59:59", "noon", "", 5])
def test_an_unknown_hour_label_is_refused(label: Any) -> None:
    page = decode(row(**{HOURLY_BREAKDOWN: label}), report=Report.HOURLY)
    assert "hour label" in page.rejected[0].reason


def test_the_zero_reach_of_hourly_rows_is_unknown_not_zero() -> None:
    strange = row(**{HOURLY_BREAKDOWN: "01:00:00 - 01:59:59"}, reach="0", spend="1.50")
    for sent in (strange, {**strange, "spend": "1.5"}):
        assert decode(sent, report=Report.HOURLY).rows[0].reach is None


def test_account_rows_need_no_ad() -> None:
    taken = decode(row(ad_id=None), report=Report.ACCOUNT_DAILY).rows[0]
    assert taken.ad_id == ""


def test_the_accounts_currency_stands_in_where_a_row_names_none() -> None:
    assert decode(row(account_currency=None)).rows[0].currency == "USD"


def test_names_in_any_script_and_of_any_length_are_kept() -> None:
    name = "Ад 広告 🎉 é " + "x" * 400
    assert decode(row(ad_name=name)).rows[0].ad_name == name


@given(
    st.text(max_size=30),
    st.one_of(st.text(max_size=12), st.floats(allow_nan=False, allow_infinity=False), st.integers()),
)
def test_whatever_a_row_holds_it_is_taken_or_refused_never_lost(name: str, spend: Any) -> None:
    page = decode(row(ad_name=name, spend=spend), row("12"))
    assert len(page.rows) + len(page.rejected) == 2
