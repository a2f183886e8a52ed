"""Columns of frames that people hand over, read strictly: a mistake is one sentence with column, row and value.

Belongs here: text and mixed values to instants and numbers. Does not belong here: what they mean (`panel.py`).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_float_dtype, is_numeric_dtype, is_string_dtype

EXACT = 2.0**53  # from here on decimals skip whole numbers


class PanelError(ValueError):
    """A frame that cannot be judged: one sentence that names the column, and the row counted from 1."""


def require(frame: pd.DataFrame, names: tuple[str, ...], what: str) -> None:
    """Say which column is not there, or there more than once.

    Raises:
        PanelError: one is missing or given twice.
    """
    if missing := [name for name in names if name not in frame]:
        raise PanelError(f"{what} has no column {missing[0]}; it needs {', '.join(names)}.")
    if not frame.columns.is_unique:
        raise PanelError(f"{what} has the column {frame.columns[frame.columns.duplicated()][0]} more than once.")


def instants(frame: pd.DataFrame, name: str) -> "pd.Series[pd.Timestamp]":
    """A column of instants, UTC: aware, naive (taken as UTC) or ISO 8601 text; null stays null.

    Raises:
        PanelError: a value is no instant.
    """
    column = frame[name]
    if is_numeric_dtype(column) and column.notna().any():
        raise PanelError(f"Column {name} holds numbers; it needs instants like 2026-11-20T14:00:00Z.")
    if is_datetime64_any_dtype(column):
        return pd.to_datetime(column, utc=True)
    read = pd.to_datetime(column, utc=True, format="ISO8601", errors="coerce")
    _all_read(column, read.isna(), name, "instant")
    return read


def numbers(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """A column of numbers; null becomes NaN.

    Raises:
        PanelError: a value is no number.
    """
    column = frame[name]
    read = pd.to_numeric(column, errors="coerce")
    _all_read(column, read.isna(), name, "number")
    return np.asarray(read.to_numpy(np.float64, na_value=np.nan))


def words(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    """A column of ids, as text.

    Raises:
        PanelError: one is null, or a number that is no id.
    """
    column = frame[name]
    if column.isna().any():
        raise PanelError(f"Column {name} is empty in row {first_row(column.isna())}.")
    return words_or_null(frame, name)


def words_or_null(frame: pd.DataFrame, name: str) -> "pd.Series[str]":
    """A column of ids, as text; null stays null. Whole numbers that became decimals beside a null are whole again.

    Raises:
        PanelError: a number that is no id, or too long to have stayed exact.
    """
    column = frame[name]
    if isinstance(column.dtype, pd.CategoricalDtype) and is_string_dtype(column.cat.categories):
        return column  # of millions of rows only the few different ones are text
    if is_float_dtype(column):
        wrong = column.notna() & ((column % 1 != 0) | (column.abs() >= EXACT))
        if wrong.any():
            row = first_row(wrong)
            raise PanelError(
                f"Column {name} holds the decimal number {column.iloc[row - 1]} in row {row}; ids must be text."
            )
        column = column.astype("Int64")
    text = column.astype("str")
    return text.where(column.notna()) if column.isna().any() else text


def first_row(wrong: "pd.Series[bool]") -> int:
    """Number of the first row that is true, counted from 1."""
    return int(wrong.to_numpy().argmax()) + 1


def _all_read(column: "pd.Series[Any]", unread: "pd.Series[bool]", name: str, what: str) -> None:
    wrong = unread & column.notna()
    if wrong.any():
        row = first_row(wrong)
        raise PanelError(
            f"Column {name} holds {str(column.iloc[row - 1])[:60]!r} in row {row}, which is no {what}."
        )
