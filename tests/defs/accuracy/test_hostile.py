"""Predictions nobody would make on purpose: one of them must not cost the others their comparison."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.defs.accuracy.world import START, Shop

DAY = {"impressions": 4000, "clicks": 110, "spend": 100, "conversions": 20, "revenue": 285}
NOW = "2026-11-04 08:00"


@pytest.mark.parametrize(
    "values",
    [
        {"predicted_ctr": 0, "predicted_roas": 0, "predicted_conversions": 0, "predicted_spend": 0},
        {"predicted_ctr": "1e-300", "predicted_spend": "999999999999999"},
        {"predicted_ctr": 2.5, "predicted_ctr_lower": "-1e14", "predicted_ctr_upper": "1e14"},
        {"predicted_ctr": 2.5, "interval_level": 1e-300},
        {"model_name": 'a "b",\n\\ ;\t☕', "model_version": "NULL", "object_id": "a"},
        {"object_id": "' or 1=1 --", "prediction_id": 'x,"y"\nNA'},
    ],
    ids=[
        "all zero",
        "tiny and huge",
        "endless bounds",
        "hardly any level",
        "names with markup",
        "ids with markup",
    ],
)
def test_odd_values_are_compared_or_told_why_not_and_stop_nobody(shop: Shop, values: dict[str, Any]):
    shop.predict("good")
    shop.predict(**{"prediction_id": "odd", **values})
    shop.day("ad", "a", START, **DAY)
    shop.run(NOW)
    assert shop.newest("good")["ctr_accuracy"] == 90
    odd = shop.newest(values.get("prediction_id", "odd"))
    assert (odd["model_name"], odd["object_id"]) == (values.get("model_name", "net"), values.get("object_id", "a"))
    for metric in ("ctr", "roas", "conversions", "spend"):
        accuracy = odd[f"{metric}_accuracy"]
        assert (accuracy is not None) == (odd[f"{metric}_verdict"] == "scored")
        assert accuracy is None or 0 <= accuracy <= 100


@pytest.mark.parametrize(
    "day",
    [
        {"impressions": 4000},
        {"spend": 100},
        {"conversions": 3, "revenue": 200},
        {"impressions": 10, "clicks": 30, "spend": -1, "revenue": -50},
    ],
    ids=["nobody clicked", "money for nothing", "orders without delivery", "more clicks than views"],
)
def test_odd_actuals_are_never_a_division_error_or_a_fake_number(shop: Shop, day: dict[str, int]):
    shop.predict(predicted_ctr=2.5, predicted_roas=3, predicted_conversions=5, predicted_spend=100)
    shop.day("ad", "a", START, **day)
    shop.run(NOW)
    found = shop.newest()
    assert found["status"] == "provisional"
    assert all(found[f"{metric}_accuracy"] not in {100} for metric in ("ctr", "roas", "conversions"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.integers(0, 200), min_size=1, max_size=6),
    moments=st.lists(st.integers(0, 60), min_size=1, max_size=4),
)
def test_in_whatever_steps_it_is_looked_at_the_end_is_the_same(shop: Shop, days: list[int], moments: list[int]):
    """The newest result depends on what is known now, not on when was looked before."""
    shop.conn.execute(
        "truncate raw.predictions, ops.prediction_comparisons, ops.model_watermarks, ops.model_changes"
    )
    shop.conn.execute("truncate marts.ad_performance_daily")
    for name in ("stepwise", "once"):
        shop.predict(name, window_end=START.replace(day=START.day + 2), predicted_ctr=2.5, predicted_spend=30)
    for n, clicks in enumerate(days):
        shop.day("ad", "a", START.replace(day=START.day + n % 4), impressions=1000, clicks=clicks, spend=10)
        if n < len(moments):
            shop.look(f"2026-11-0{2 + moments[n] // 24} {moments[n] % 24:02}:00")
    shop.look("2026-11-06 12:00")
    stepwise = shop.newest("stepwise")
    shop.conn.execute("delete from ops.prediction_comparisons where prediction_id = 'once'")
    shop.conn.execute("update ops.model_watermarks set seen_xid = '0'")
    shop.look("2026-11-06 12:00")
    told = {"prediction_id", "comparison_version", "change", "compared_at"}
    once = shop.newest("once")
    assert {name: value for name, value in stepwise.items() if name not in told} == {
        name: value for name, value in once.items() if name not in told
    }
