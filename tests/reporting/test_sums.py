"""Sums and the metrics made of them: no division error, no fake zero, money in one currency."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.reporting.sums import BY_NAME, METRICS, Sums, ratio, total

SUMS = st.builds(
    Sums,
    impressions=st.floats(0, 1e9),
    clicks=st.floats(0, 1e7),
    spend=st.floats(0, 1e9),
    conversions=st.floats(0, 1e6),
    revenue=st.floats(0, 1e9),
    expected_conversions=st.none() | st.floats(0, 1e6),
    expected_revenue=st.none() | st.floats(0, 1e9),
    is_final=st.booleans(),
)


@given(SUMS)
def test_no_metric_is_ever_infinite_or_nan_whatever_the_sums(sums: Sums):
    for metric in METRICS:
        for value in (metric.of(sums), metric.ripe(sums)):
            assert value is None or math.isfinite(value)


@given(st.lists(SUMS, min_size=1, max_size=5))
def test_adding_a_quiet_day_changes_nothing(days: list[Sums]):
    assert total([*days, Sums.nothing()]).spend == total(days).spend
    assert total([*days, Sums.nothing()]).expected_revenue == total(days).__add__(Sums.nothing()).expected_revenue


@pytest.mark.parametrize("name", ["roas", "cpa", "ctr", "cpc", "cpm", "aov"])
def test_a_day_without_anything_has_no_ratios(name: str):
    assert BY_NAME[name].of(Sums.nothing()) is None


def test_the_formulas_are_those_of_the_marts():
    sums = Sums(impressions=10_000, clicks=200, spend=100, conversions=10, revenue=300)
    known = {one.name: one.of(sums) for one in METRICS}
    assert known["roas"] == 3.0
    assert known["cpa"] == 10.0
    assert known["ctr"] == 2.0
    assert known["cpc"] == 0.5
    assert known["cpm"] == 10.0
    assert known["aov"] == 30.0


def test_a_ratio_with_a_denominator_next_to_nothing_is_unknown():
    assert ratio(1e300, 1e-300) is None


def test_an_expectation_is_known_only_when_it_is_for_every_part_that_earned():
    ripe = Sums(spend=1, revenue=2, expected_revenue=3.0, expected_conversions=1.0)
    young = Sums(spend=1, revenue=2)
    assert (ripe + ripe).expected_revenue == 6.0
    assert (ripe + young).expected_revenue is None
    assert (ripe + Sums()).expected_revenue == 3.0  # an account that did nothing has nothing to come


def test_a_final_day_needs_no_nowcast():
    final = Sums(spend=1, revenue=2, conversions=1, is_final=True)
    assert BY_NAME["roas"].ripe(final) == 2.0
    assert (final + final).expected_revenue == 4.0


def test_only_money_is_converted():
    sums = Sums(impressions=10, clicks=2, spend=100, conversions=3, revenue=50, expected_revenue=60.0).times(0.5)
    assert (sums.impressions, sums.clicks, sums.conversions) == (10, 2, 3)
    assert (sums.spend, sums.revenue, sums.expected_revenue) == (50, 25, 30)


def test_a_row_of_the_warehouse_with_gaps_is_read_as_what_is_known():
    sums = Sums.of(
        {"spend": 5.0, "conversions": float("nan"), "conversions_nowcast": float("nan"), "is_final": "t"}
    )
    assert (sums.spend, sums.conversions, sums.expected_conversions, sums.is_final) == (5.0, 0.0, None, True)
