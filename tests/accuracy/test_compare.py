"""One prediction against what happened: errors, verdicts, statuses, windows."""

import warnings
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.accuracy import METRICS, AccuracyError, ceiling, compare
from tests.accuracy.predictions import DAY, pairs, unhurried


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def one(row=None, **options):
    return compare(pairs(row or {}), **options).iloc[0]


def test_the_percentage_error_is_over_what_was_predicted():
    found = one({"predicted_ctr": 2.5, "predicted_roas": 3.0})
    assert (found["actual_ctr"], found["ctr_percentage_error"], found["ctr_accuracy"]) == (2.75, -10.0, 90.0)
    assert found["ctr_error"] == pytest.approx(-0.25)
    assert (found["actual_roas"], found["roas_percentage_error"], found["roas_accuracy"]) == pytest.approx(
        (2.85, 5.0, 95.0)
    )
    assert found["accuracy_score"] == pytest.approx(92.5)
    assert found["status"] == "final"


def test_the_score_is_the_plain_mean_of_the_metrics_that_can_be_scored():
    found = one({"predicted_ctr": 2.75, "predicted_spend": 125.0, "predicted_conversions": 38.0})
    assert found["accuracy_score"] == pytest.approx((100 + 80 + 50) / 3)
    assert found["roas_verdict"] == "not_predicted"
    assert np.isnan(found["roas_accuracy"])


@pytest.mark.parametrize(
    ("row", "metric", "verdict"),
    [
        ({"predicted_ctr": float("inf")}, "ctr", "invalid_prediction"),
        ({"predicted_ctr": -1.0}, "ctr", "invalid_prediction"),
        ({"predicted_ctr": 2.0, "is_due": False}, "ctr", "pending"),
        ({"predicted_ctr": 2.0, "is_matched": False}, "ctr", "unmatched"),
        (
            {"predicted_spend": 9.0, "impressions": 0, "clicks": 0, "spend": 0, "conversions": 0, "revenue": 0},
            "spend",
            "no_delivery",
        ),
        ({"predicted_ctr": 2.0, "impressions": 0.0}, "ctr", "no_actual"),
        ({"predicted_roas": 2.0, "spend": 0.0}, "roas", "no_actual"),
        ({"predicted_roas": 2.0, "revenue": None}, "roas", "no_actual"),
        ({"predicted_roas": 2.0, "revenue": float("nan")}, "roas", "no_actual"),
        ({"predicted_roas": 2.0, "revenue": float("inf")}, "roas", "no_actual"),
        ({"predicted_ctr": 2.0, "impressions": 20.0, "clicks": 1.0}, "ctr", "too_few_events"),
        ({"predicted_ctr": 2.0, "impressions": 20.0, "clicks": 0.0}, "ctr", "too_few_events"),
        ({"predicted_roas": 1.0, "conversions": 0.0, "revenue": 0.0}, "roas", "too_few_events"),
        ({"predicted_conversions": 0.0, "conversions": 3.0}, "conversions", "too_few_events"),
        ({"predicted_ctr": 0.0}, "ctr", "zero_prediction"),
        ({"predicted_ctr": 5e-324}, "ctr", "zero_prediction"),
        ({"predicted_spend": 0.0}, "spend", "zero_prediction"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_has_no_accuracy_says_why_and_is_neither_0_nor_100(row, metric, verdict):
    found = one(row)
    assert found[f"{metric}_verdict"] == verdict
    assert np.isnan(found[f"{metric}_accuracy"])
    assert np.isnan(found[f"{metric}_percentage_error"])
    assert np.isnan(found[f"{metric}_ceiling"])
    assert np.isnan(found["accuracy_score"])


def test_no_click_where_many_were_promised_is_a_real_miss():
    found = one({"predicted_ctr": 2.0, "impressions": 1_000.0, "clicks": 0.0})
    assert (found["ctr_verdict"], found["ctr_percentage_error"], found["ctr_accuracy"]) == ("scored", 100.0, 0.0)


def test_a_model_that_predicts_fractions_does_not_escape_by_expecting_few_events():
    assert one({"predicted_ctr": 0.0275})["ctr_verdict"] == "scored"


def test_a_roas_without_orders_is_judged_by_the_order_value_of_the_last_7_days():
    row = {"predicted_roas": 3.0, "conversions": 0.0, "revenue": 0.0}
    before = {"baseline_revenue": 600.0, "baseline_conversions": 40.0}
    assert one(row)["roas_verdict"] == "too_few_events"
    assert one({**row, **before})["roas_accuracy"] == 0.0


def test_a_roas_of_orders_that_have_values_and_no_counts_is_scored_by_its_clicks_and_has_no_ceiling():
    value = {"predicted_roas": 3.0, "conversions": 0.0, "revenue": 285.0}
    found = one({**value, "clicks": 200.0})
    assert (found["roas_verdict"], found["roas_accuracy"]) == ("scored", pytest.approx(95))
    assert np.isnan([found["roas_events"], found["roas_ceiling"]]).all()
    assert one({**value, "clicks": 199.0})["roas_verdict"] == "too_few_events"
    before = {"baseline_conversions": 0.0, "baseline_revenue": 500.0}
    assert one({**value, **before, "revenue": 0.0, "clicks": 200.0})["roas_accuracy"] == 0.0
    counted = {**before, "baseline_conversions": 20.0}
    assert one({**value, **counted, "predicted_roas": 0.5, "clicks": 900.0})["roas_verdict"] == "too_few_events"


def test_errors_stay_known_where_only_sums_may_use_them():
    found = one({"predicted_ctr": 2.0, "impressions": 20.0, "clicks": 1.0})
    assert (found["ctr_error"], found["actual_ctr"]) == (-3.0, 5.0)
    assert one({"predicted_ctr": 0.0})["ctr_error"] == -2.75


def test_unfinished_days_are_compared_on_nowcasts_and_final_ones_on_what_is_known():
    row = {"predicted_roas": 3.0, "conversions_nowcast": 38.0, "revenue_nowcast": 570.0}
    unripe, final = one({**row, "is_final": False}), one(row)
    assert (unripe["status"], unripe["actual_roas"]) == ("provisional", pytest.approx(5.7))
    assert (final["status"], final["actual_roas"]) == ("final", pytest.approx(2.85))
    assert unripe["roas_events"] == 19.0


def test_an_unripe_roas_without_a_nowcast_is_not_compared():
    found = one({"predicted_roas": 3.0, "is_final": False, "revenue_nowcast": None, "conversions_nowcast": None})
    assert (found["status"], found["roas_verdict"]) == ("provisional", "no_actual")


def test_a_window_that_has_not_begun_is_pending_even_if_the_object_is_unknown():
    ahead = {"window_start": DAY + timedelta(days=5), "window_end": DAY + timedelta(days=6)}
    assert one({"predicted_ctr": 2.0, **ahead}, today=DAY)["status"] == "pending"
    assert one({"predicted_ctr": 2.0, **ahead, "is_matched": False}, today=DAY)["status"] == "pending"


def test_rates_of_a_running_window_are_compared_and_totals_are_left_out():
    row = {"predicted_ctr": 2.5, "predicted_spend": 700.0, "predicted_conversions": 130.0, "is_final": False}
    found = one({**row, "window_end": DAY + timedelta(days=6)}, today=DAY + timedelta(days=2))
    assert found["ctr_accuracy"] == 90.0
    assert (found["spend_verdict"], found["conversions_verdict"]) == ("window_running", "window_running")
    assert np.isnan(found["actual_spend"])
    assert found["spend"] == 100.0
    assert not found["is_window_over"]
    assert found["accuracy_score"] == 90.0


@pytest.mark.parametrize(
    ("passed", "over", "settled"), [(0, False, False), (1, True, False), (7, True, False), (8, True, True)]
)
def test_conversions_are_in_seven_full_days_after_the_window(passed, over, settled):
    row = {"predicted_ctr": 2.5, "is_final": False}
    by_call = one(row, today=DAY + timedelta(days=passed))
    by_column = one({**row, "today": DAY + timedelta(days=passed)}, today=date(2000, 1, 1))
    assert [by_call["is_window_over"], by_call["is_settled"]] == [over, settled]
    assert [by_column["is_window_over"], by_column["is_settled"]] == [over, settled]


def test_without_a_clock_only_final_windows_are_settled():
    assert one({"is_final": True})["is_settled"]
    assert not one({"is_final": False})["is_settled"]


@pytest.mark.parametrize(
    ("made", "is_ex_ante"), [(-1, True), (0, True), (1, False)], ids=["before", "first day", "after"]
)
def test_a_prediction_made_after_the_first_day_is_marked(made, is_ex_ante):
    at = datetime(2026, 10, 1, 23, tzinfo=UTC) + timedelta(days=made)
    assert one({"predicted_at": at})["is_ex_ante"] == is_ex_ante
    assert one({"predicted_at": at, "predicted_day": DAY + timedelta(days=1)})["is_ex_ante"] == False  # noqa: E712


def test_a_late_conversion_without_delivery_is_something_that_happened():
    nothing = {"impressions": 0, "clicks": 0, "spend": 0, "conversions": 0, "revenue": 0}
    assert one({**nothing, "predicted_conversions": 6.0})["status"] == "no_delivery"
    late = one({**nothing, "predicted_conversions": 6.0, "conversions": 3.0, "revenue": 30.0})
    assert (late["status"], late["conversions_accuracy"]) == ("final", 50.0)


def test_intervals_hold_their_bounds_and_need_both():
    rows = [
        {"predicted_ctr_lower": 2.75, "predicted_ctr_upper": 3.0},
        {"predicted_ctr_lower": 2.0, "predicted_ctr_upper": 2.75},
        {"predicted_ctr_lower": 2.0, "predicted_ctr_upper": 2.74},
        {"predicted_ctr_lower": 2.0},
        {"predicted_ctr_lower": 2.0, "predicted_ctr_upper": 3.0, "impressions": 20.0, "clicks": 0.0},
    ]
    found = compare(pairs(*rows, predicted_ctr=2.5))
    assert found["ctr_interval_hit"].tolist() == [True, True, False, pd.NA, pd.NA]


def test_an_interval_of_a_count_is_judged_however_small_the_count():
    row = {"predicted_conversions": 1.0, "predicted_conversions_lower": 0.0, "predicted_conversions_upper": 3.0}
    found = one({**row, "conversions": 0.0, "revenue": 0.0})
    assert (found["conversions_verdict"], found["conversions_interval_hit"]) == ("too_few_events", True)


def test_the_interval_level_is_80_percent_unless_told():
    assert compare(pairs({}, {"interval_level": 0.5}))["interval_level"].tolist() == [0.8, 0.5]


def test_the_ceiling_is_that_of_the_events_there_were():
    found = one(
        {"predicted_ctr": 2.5, "predicted_conversions": 20.0, "predicted_roas": 3.0, "predicted_spend": 9.0}
    )
    assert found["ctr_ceiling"] == pytest.approx(float(ceiling(275.0)))
    assert found["conversions_ceiling"] == pytest.approx(float(ceiling(19.0)))
    assert found["roas_ceiling"] == pytest.approx(float(ceiling(19.0 / 1.25)))
    assert np.isnan(found["spend_ceiling"])


def test_the_last_7_days_predict_rates_as_they_were_and_totals_by_day_of_delivery():
    before = {
        "baseline_impressions": 50_000.0,
        "baseline_clicks": 1_000.0,
        "baseline_spend": 400.0,
        "baseline_conversions": 60.0,
        "baseline_revenue": 800.0,
        "baseline_days": 5.0,
    }
    found = one({**before, "window_end": DAY + timedelta(days=1)})
    assert [found[f"{metric}_baseline"] for metric in METRICS] == pytest.approx([2.0, 2.0, 24.0, 160.0])
    nothing = one(dict.fromkeys(before, 0.0))
    assert np.isnan([nothing[f"{metric}_baseline"] for metric in METRICS]).all()


def test_decimals_nulls_and_any_index_are_read_as_they_come_from_a_database():
    frame = pairs(
        {"predicted_ctr": Decimal("2.5"), "clicks": Decimal(275)}, {"predicted_ctr": None}, {"is_due": None}
    )
    frame.index = pd.Index([7, 3, 5])
    found = compare(frame)
    assert found.index.tolist() == [7, 3, 5]
    assert found.loc[7, "ctr_accuracy"] == 90.0
    assert found["status"].tolist() == ["final", "final", "pending"]


def test_no_predictions_are_no_comparisons_with_the_same_columns():
    assert compare(pairs({}).iloc[:0]).columns.tolist() == compare(pairs({})).columns.tolist()


def test_a_missing_column_is_one_sentence():
    with pytest.raises(AccuracyError, match=r"^Pairs have no column window_end\.$"):
        compare(pairs({}).drop(columns="window_end"))


values = st.one_of(st.none(), st.floats(), st.floats(0, 1e6), st.just(0.0))


@unhurried
@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            (
                "predicted_ctr",
                "predicted_roas",
                "predicted_spend",
                "impressions",
                "clicks",
                "spend",
                "conversions",
                "revenue",
                "revenue_nowcast",
                "conversions_nowcast",
            ),
            values,
        )
        | {"is_final": st.booleans()}
    )
)
def test_whatever_comes_in_an_accuracy_is_between_0_and_100_exactly_where_it_is_scored(row):
    found = one(row)
    for metric in METRICS:
        accuracy = found[f"{metric}_accuracy"]
        assert (0 <= accuracy <= 100) if found[f"{metric}_verdict"] == "scored" else np.isnan(accuracy)
        assert not np.isinf(found[f"{metric}_percentage_error"])
    assert np.isnan(found["accuracy_score"]) or 0 <= found["accuracy_score"] <= 100


@unhurried
@given(st.floats(0.1, 50), st.floats(1e-3, 1e3))
def test_money_in_another_unit_changes_no_accuracy(predicted, scale):
    row = {"predicted_spend": predicted, "spend": 10.0}
    scaled = {"predicted_spend": predicted * scale, "spend": 10.0 * scale}
    assert one(row)["spend_accuracy"] == pytest.approx(one(scaled)["spend_accuracy"], abs=1e-6)
