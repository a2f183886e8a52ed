"""How good predictions were stands in each account's report, and over all of them in the one over all."""

from datetime import timedelta
from typing import Any

import pytest

from adtrack_pipeline.defs.reporting.predictions import Predictions
from tests.defs.reporting.conftest import DAY, Connection, MakeBuilder, events, insert_into


def compared(conn: Connection, prediction_id: str, account_id: str, actual: float, **values: Any) -> None:
    """A prediction of CTR 2.5 against what happened."""
    row = {
        "prediction_id": prediction_id, "comparison_version": 1, "prediction_version": 1, "change": "first",
        "platform": "meta", "level": "ad", "object_id": prediction_id, "account_id": account_id,
        "model_name": "spring", "model_version": "1", "predicted_at": DAY - timedelta(days=5),
        "window_start": DAY - timedelta(days=1), "window_end": DAY, "baseline_start": DAY - timedelta(days=8),
        "predicted_ctr": 2.5, "is_ex_ante": True, "is_matched": True, "is_window_over": True, "is_settled": True,
        "is_final": True, "status": "final", "impressions": 10_000, "clicks": 275, "actual_ctr": actual,
        "ctr_error": 2.5 - actual, "ctr_verdict": "scored", "ctr_events": 275,
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


def test_predictions_of_older_windows_and_replaced_comparisons_do_not_count(shop: Connection):
    compared(shop, "old", "1", 1.0, window_end=DAY - timedelta(days=7), window_start=DAY - timedelta(days=8))
    compared(shop, "gone", "1", 1.0, superseded_at=DAY)
    assert Predictions(shop).of_account("meta", "1", DAY).empty
    assert Predictions(shop).of_all(DAY).empty
