"""How good predictions were stands in each account's report, and over all of them in the one over all."""

from datetime import timedelta
from typing import Any

import pytest

from adtrack_pipeline.accuracy.columns import SETTLE_DAYS
from adtrack_pipeline.defs.reporting.predictions import SETTLED, Predictions
from tests.defs.reporting.conftest import DAY, Connection, MakeBuilder, events, insert_into

MORNING = DAY + timedelta(days=1)


def compared(conn: Connection, prediction_id: str, account_id: str, actual: float, **values: Any) -> None:
    """A prediction of CTR 2.5 against what happened; settled if it is on the morning of the report."""
    ended = values.get("window_end", DAY)
    row = {
        "prediction_id": prediction_id, "comparison_version": 1, "prediction_version": 1, "change": "first",
        "platform": "meta", "level": "ad", "object_id": prediction_id, "account_id": account_id,
        "model_name": "spring", "model_version": "1", "predicted_at": DAY - timedelta(days=40),
        "window_start": ended - timedelta(days=1), "window_end": ended, "baseline_start": DAY - timedelta(days=8),
        "predicted_ctr": 2.5, "is_ex_ante": True, "is_matched": True, "is_window_over": True,
        "is_settled": ended + timedelta(days=SETTLE_DAYS) < MORNING, "is_final": False,
        "status": "provisional", "impressions": 10_000, "clicks": 275, "actual_ctr": actual,
        "ctr_error": 2.5 - actual, "ctr_verdict": "scored", "ctr_events": 275,
        **dict.fromkeys(("roas_verdict", "conversions_verdict", "spend_verdict"), "not_predicted"),
        "compared_at": DAY, **values,
    }  # fmt: skip
    insert_into(conn, "ops.prediction_comparisons", **row)


def test_each_account_is_told_its_own_accuracy_and_all_together_theirs(shop: Connection, builder: MakeBuilder):
    compared(shop, "a", "1", 2.0)
    compared(shop, "b", "2", 2.75)
    builder().build_due()
    told = {stream: data["ml_accuracy"]["ctr_mae"] for stream, data in events(shop)}
    assert told["meta:1:-"] == pytest.approx(0.5)
    assert told["meta:2:-"] == pytest.approx(0.25)
    assert told["-:-:-"] == pytest.approx(0.375)
    accuracy = events(shop)[0][1]["ml_accuracy"]
    assert accuracy["prediction_accuracy"] == pytest.approx(75)
    assert accuracy["roas_mae"] is None


def returned(conn: Connection, prediction_id: str, days_ago: int, predicted: float, actual: float) -> None:
    """A prediction of ROAS alone, of a window that ended so many days before the report's."""
    compared(
        conn, prediction_id, "1", 2.5, window_end=DAY - timedelta(days=days_ago), predicted_ctr=None,
        actual_ctr=None, ctr_error=None, ctr_verdict="not_predicted", predicted_roas=predicted,
        actual_roas=actual, roas_error=predicted - actual, roas_verdict="scored", roas_events=50, spend=100,
    )  # fmt: skip


def test_roas_is_told_of_the_newest_week_whose_conversions_are_in_and_the_days_are_named(
    shop: Connection, builder: MakeBuilder
):
    compared(shop, "ctr", "1", 2.0)
    returned(shop, "fresh", 0, 3.0, 9.0)
    returned(shop, "newest settled", 7, 3.0, 2.5)
    returned(shop, "oldest of the week", 13, 3.0, 2.0)
    returned(shop, "too old", 14, 3.0, 9.0)
    [roas] = [row for row in Predictions(shop).of_all(DAY).to_dict("records") if row["metric"] == "roas"]
    assert (roas["is_provisional"], roas["scored"]) == (False, 2)
    builder().build_due()
    accuracy = next(data["ml_accuracy"] for stream, data in events(shop) if stream == "meta:1:-")
    assert accuracy["roas_mae"] == pytest.approx(0.75)
    assert (accuracy["roas_since"], accuracy["roas_until"]) == ("2026-11-06", "2026-11-12")
    assert (accuracy["ctr_since"], accuracy["ctr_until"]) == ("2026-11-13", "2026-11-19")
    assert SETTLED == SETTLE_DAYS


def test_predictions_of_older_windows_and_replaced_comparisons_do_not_count(shop: Connection):
    compared(shop, "old", "1", 1.0, window_end=DAY - timedelta(days=7), window_start=DAY - timedelta(days=8))
    compared(shop, "gone", "1", 1.0, superseded_at=DAY)
    assert Predictions(shop).of_account("meta", "1", DAY).empty
    assert Predictions(shop).of_all(DAY).empty
