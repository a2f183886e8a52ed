"""Names that the frames of this room share, and how their columns are read.

Belongs here: metrics, statuses, verdicts, columns that must be there, columns to arrays. Does not belong here:
what is computed from them.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Names = np.ndarray[Any, np.dtype[np.object_]]

METRICS = ("ctr", "roas", "conversions", "spend")
RATES = ("ctr", "roas")  # mean something before their window is over; totals do not
ORDERS = ("roas", "conversions")  # arrive late
IN_MONEY = ("roas", "spend")  # weighed or measured in the account's currency
IDS = (
    "prediction_id",
    "version",
    "platform",
    "level",
    "object_id",
    "model_name",
    "model_version",
    "predicted_at",
    "window_start",
    "window_end",
)
SUMS = ("impressions", "clicks", "spend", "conversions", "revenue")
BASELINES = tuple(f"baseline_{name}" for name in (*SUMS, "days"))

INTERVAL_LEVEL = 0.8  # assumed where a prediction does not say
SETTLE_DAYS = 7  # until a window's conversions are in: the click window that accounts use by default


class AccuracyError(ValueError):
    """A frame that cannot be scored; one sentence."""


class Status(StrEnum):
    """How far the comparison of a prediction is."""

    PENDING = "pending"  # not due, or its window has not begun
    PROVISIONAL = "provisional"  # some day may still be restated: conversions and revenue are nowcasts
    FINAL = "final"
    NO_DELIVERY = "no_delivery"  # the object is known and nothing happened in the window
    UNMATCHED = "unmatched"  # no such object


class Verdict(StrEnum):
    """Whether a metric of a prediction has an accuracy of its own, and if not, why."""

    SCORED = "scored"
    NOT_PREDICTED = "not_predicted"
    INVALID_PREDICTION = "invalid_prediction"  # infinite or below 0
    PENDING = "pending"
    UNMATCHED = "unmatched"
    NO_DELIVERY = "no_delivery"
    WINDOW_RUNNING = "window_running"  # a total whose window is not over
    NO_ACTUAL = "no_actual"  # no impressions to divide by, no spend, or no nowcast yet
    TOO_FEW_EVENTS = "too_few_events"  # counts only in sums over many
    ZERO_PREDICTION = "zero_prediction"  # a percentage of nothing; counts in sums


SUMMED = (Verdict.SCORED, Verdict.TOO_FEW_EVENTS, Verdict.ZERO_PREDICTION)  # enter pooled sums


def need(frame: pd.DataFrame, names: Iterable[str], what: str) -> None:
    """Refuse a frame that lacks columns.

    Raises:
        AccuracyError: naming the first column that is missing.
    """
    for name in names:
        if name not in frame.columns:
            raise AccuracyError(f"{what} have no column {name}.")


def numbers(frame: pd.DataFrame, name: str) -> Array:
    """(n,) a column as floats; NaN where null, and everywhere if there is no such column."""
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    column = frame[name]
    if column.dtype == object:  # Decimals and None, as database drivers return them
        return np.array(
            [np.nan if one is None or one is pd.NA else float(one) for one in column], dtype=np.float64
        )
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def flags(frame: pd.DataFrame, name: str) -> Mask:
    """(n,) a column as booleans; False where null, and everywhere if there is no such column."""
    if name not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    return frame[name].astype("boolean").fillna(False).to_numpy(dtype=bool)


def days(frame: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """(n,) a column of dates as days; an instant is taken as its UTC day, null is NaT."""
    column = pd.to_datetime(frame[name], utc=True)
    return column.dt.tz_localize(None).to_numpy(dtype="datetime64[D]")


def is_one_of(names: Names, wanted: Iterable[str]) -> Mask:
    """(n,) whether each name is one of the wanted ones."""
    found = np.zeros(len(names), dtype=bool)
    for one in wanted:
        found |= names == str(one)
    return found
