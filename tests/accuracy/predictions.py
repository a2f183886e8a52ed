"""Pairs of predictions and actuals, made to order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import settings

unhurried = settings(deadline=None)  # a busy machine may take its time
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


def crowd(days: int, ads: int, *, seed: int = 0, last: date = DAY, **columns: Any) -> pd.DataFrame:
    """Pairs of `ads` ads on each of the `days` days up to `last`; CTR predicted with a log error of 15 %.

    `columns` are values or functions of (frame, rng) that replace or add columns, in order.
    """
    rng = np.random.default_rng(seed)
    number = days * ads
    ad, age = np.tile(np.arange(ads), days), np.repeat(np.arange(days), ads)
    rate = np.random.default_rng(99).lognormal(0.0, 0.4, ads)[ad] * 0.02
    impressions = rng.integers(2_000, 20_000, number).astype(float)
    ended = [last - timedelta(days=int(one)) for one in age]
    frame = pd.DataFrame([ONE] * number).assign(
        prediction_id=[f"p{one}" for one in range(number)],
        object_id=[f"a{one}" for one in ad],
        window_start=ended,
        window_end=ended,
        predicted_at=pd.to_datetime(ended, utc=True) - pd.Timedelta(hours=18),
        predicted_ctr=100 * rate * rng.lognormal(0.0, 0.15, number),
        impressions=impressions,
        clicks=rng.poisson(impressions * rate).astype(float),
    )
    for name, value in columns.items():
        frame[name] = value(frame, rng) if callable(value) else value
    return frame
