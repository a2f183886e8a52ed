"""A day against others: late conversions on both sides or not at all, medians that one outage does not move."""

from datetime import date, timedelta
from typing import Any

import pytest

from adtrack_pipeline.reporting.account import daily_sums
from adtrack_pipeline.reporting.comparing import Compared, change, compare
from adtrack_pipeline.reporting.sums import BY_NAME
from tests.reporting.world import DAY, frames, unripe


def compared(days: dict[date, Any], **more: Any) -> dict[str, Compared]:
    return {one.metric.name: one for one in compare(daily_sums(frames(days, **more)), DAY)}


def before(**span: int) -> date:
    return DAY - timedelta(**span)


def test_each_reference_is_the_day_it_is_called():
    lines = compared({DAY: {"spend": 110.0}, before(days=1): {"spend": 55.0}, before(weeks=1): {"spend": 220.0}})
    assert lines["spend"].day_before.percent == pytest.approx(100)
    assert lines["spend"].week_before.percent == pytest.approx(-50)
    assert lines["spend"].usual.percent == pytest.approx(10)


def test_what_is_usual_is_a_median_that_one_outage_does_not_move():
    lines = compared({before(weeks=2): {"spend": 0.0}, before(weeks=3): {"spend": 9_999.0}})
    assert lines["spend"].usual.reference == 100.0


def test_one_week_alone_is_not_what_is_usual():
    gone: dict[date, Any] = {before(weeks=weeks): None for weeks in (2, 3, 4)}
    assert compared(gone)["spend"].usual.reference is None
    assert compared(gone)["spend"].week_before.reference == 100.0


def test_a_young_day_without_a_nowcast_is_compared_with_nothing_that_needs_conversions():
    lines = compared({DAY: unripe(revenue=30.0, conversions=1.0)})
    for name in ("revenue", "roas", "conversions", "cpa", "aov"):
        assert lines[name].usual.percent is None
        assert lines[name].is_unripe
    assert lines["revenue"].value == 30.0
    assert lines["spend"].usual.percent == pytest.approx(0)
    assert not lines["ctr"].is_unripe


def test_a_young_day_with_a_nowcast_is_compared_by_what_is_expected():
    lines = compared(
        {DAY: unripe(revenue=150.0, conversions=5.0, revenue_nowcast=330.0, conversions_nowcast=10.0)}
    )
    assert lines["revenue"].value == 150.0
    assert lines["revenue"].ripe == 330.0
    assert lines["revenue"].usual.percent == pytest.approx(10)
    assert lines["cpa"].usual.percent == pytest.approx(0)


def test_the_day_before_is_not_compared_with_while_it_is_unripe_itself():
    assert compared({before(days=1): unripe(revenue=10.0)})["revenue"].day_before.percent is None


def test_a_day_of_zero_spend_has_dashes_and_no_division_errors():
    zero = {"spend": 0.0, "impressions": 0.0, "clicks": 0.0, "conversions": 0.0, "revenue": 0.0}
    lines = compared({DAY: zero, before(days=1): zero, before(weeks=1): zero})
    assert lines["roas"].value is None
    assert lines["spend"].day_before.percent is None
    assert lines["spend"].usual.percent == pytest.approx(-100)


@pytest.mark.parametrize(
    ("metric", "value", "tone"),
    [
        ("revenue", 120.0, "good"),
        ("revenue", 80.0, "bad"),
        ("cpa", 120.0, "bad"),
        ("cpa", 80.0, "good"),
        ("spend", 200.0, "even"),
        ("revenue", 103.0, "even"),
    ],
)
def test_a_change_is_good_news_or_bad_by_metric_and_only_when_it_is_notable(metric: str, value: float, tone: str):
    assert change(BY_NAME[metric], value, 100.0).tone == tone


def test_a_day_that_was_not_read_is_unknown_and_one_that_was_read_and_empty_is_zero():
    assert compared({DAY: None}, is_read=False)["spend"].value is None
    assert compared({DAY: None})["spend"].value == 0.0
