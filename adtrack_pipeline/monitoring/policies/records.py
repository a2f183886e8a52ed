"""Rows of frames as plain Python values."""

from typing import Any, cast

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict per row."""
    return cast("list[dict[str, Any]]", frame.to_dict("records"))


def text(value: object) -> str | None:
    """The value if it is text with anything in it; missing values of any kind are None."""
    return value if isinstance(value, str) and value else None


def number(value: Any) -> float:
    """The value, with 0 for missing values of any kind."""
    return 0.0 if value is None or pd.isna(value) else float(value)
