"""Pairs of predictions and actuals, made to order."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

DAY = date(2026, 10, 1)
ONE: dict[str, Any] = {
    "prediction_id": "p1",
    "version": 1,
    "platform": "meta",
    "level": "ad",
    "object_id": "a1",
    "model_name": "model",
    "model_version": "1",
    "predicted_at": datetime(2026, 9, 30, 6, tzinfo=UTC),
    "window_start": DAY,
    "window_end": DAY,
    "predicted_ctr": None,
    "predicted_roas": None,
    "predicted_conversions": None,
    "predicted_spend": None,
    "impressions": 10_000.0,
    "clicks": 275.0,
    "spend": 100.0,
    "conversions": 19.0,
    "revenue": 285.0,
    "is_matched": True,
    "is_final": True,
    "is_due": True,
}


def pairs(*rows: dict[str, Any], **all_rows: Any) -> pd.DataFrame:
    """A row of pairs for each dictionary; what it does not say is an ad with CTR 2.75 and ROAS 2.85."""
    return pd.DataFrame(
        [{**ONE, "prediction_id": f"p{number}", **all_rows, **row} for number, row in enumerate(rows or [{}])]
    )
