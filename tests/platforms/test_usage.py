"""The usage headers, whatever is in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.platforms.meta.usage import Usage, parse_usage

NAMES = ["X-App-Usage", "X-Ad-Account-Usage", "X-FB-Ads-Insights-Throttle", "X-Business-Use-Case-Usage"]
JSON_TEXT = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["call_count", "acc_id_util_pct", "estimated_time_to_regain_access", "x"]), inner
        ),
    ),
    max_leaves=6,
).map(json.dumps)


@given(st.dictionaries(st.sampled_from(NAMES), st.one_of(st.text(max_size=20), JSON_TEXT)))
def test_no_header_can_make_reading_it_fail(headers: dict[str, str]) -> None:
    usage = parse_usage(headers)
    assert usage.account_wait >= 0
    assert usage.worst is None or usage.worst >= 0


@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_the_worst_of_all_use_cases_of_all_ids_counts(percents: list[int], minutes: list[int]) -> None:
    entries = [{"type": "ads_insights", "call_count": pct, "total_time": 0} for pct in percents]
    entries += [{"type": "ads_management", "estimated_time_to_regain_access": wait} for wait in minutes]
    header = json.dumps({"1": entries[:1], "2": entries[1:]})
    usage = parse_usage({"x-business-use-case-usage": header})
    assert usage.account_pct == max(percents)
    assert usage.account_wait == max(minutes) * 60


def test_minutes_and_seconds_are_told_apart() -> None:
    usage = parse_usage(
        {
            "X-Ad-Account-Usage": '{"acc_id_util_pct":9.67,"reset_time_duration":100}',
            "X-Business-Use-Case-Usage": '{"5":[{"call_count":1,"estimated_time_to_regain_access":2}]}',
        }
    )
    assert usage.account_reset == 100
    assert usage.account_wait == 120


def test_percents_above_a_hundred_and_fractions_are_kept() -> None:
    usage = parse_usage({"x-fb-ads-insights-throttle": '{"app_id_util_pct":0.01,"acc_id_util_pct":118.5}'})
    assert usage == Usage(app_pct=0.01, account_pct=118.5)


def test_the_app_is_at_its_worst_of_three_counters() -> None:
    assert parse_usage({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":91}'}).app_pct == 91


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"call_count":"NaN"}', '{"call_count":-5}', '{"call_count":{}}']
)
def test_a_header_that_says_nothing_changes_nothing(text: str) -> None:
    assert parse_usage({"x-app-usage": text}) == Usage()
