"""Files that people hand to `adtrack detect`, and the one they get back.

Belongs here: CSV and Parquet to frames, findings to CSV that a spreadsheet can open without running anything.
Does not belong here: what the columns mean (`monitoring.columns` reads them strictly).
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from adtrack_pipeline.export import ExportError, write_whole
from adtrack_pipeline.export.cells import harmless

IDS = ("account_id", "campaign_id", "adset_id", "ad_id", "object_id")
TEXT = frozenset({*IDS, "what"})
NULLS = (
    "",
    "NA",
    "N/A",
    "n/a",
    "NULL",
    "null",
    "NaN",
    "nan",
    "None",
)  # of numbers and instants; ids may be called so
BOUNDS = ("ts_from", "ts_to")  # else pandas takes -infinity for a number
PARQUET = {".parquet", ".pq"}
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
HOURS = (
    *("account_id", "campaign_id", "adset_id", "ad_id", "ts", "impressions", "clicks", "spend"),
    *("conversions", "revenue", "reach", "frequency"),
)
PLAN = ("account_id", "ad_id", "ts_from", "ts_to", "effective_status", "daily_budget")
CHANGES = ("object_id", "ts", "what")


class FileError(ValueError):
    """A file that cannot be used; one sentence with its name."""


def read_table(path: Path, columns: Sequence[str], *, may_be_empty: bool = False) -> pd.DataFrame:
    """A CSV or Parquet file as a frame; ids stay text.

    Args:
        path: the file.
        columns: names that mean something in it.
        may_be_empty: whether column names without rows are fine.

    Raises:
        FileError: it is not there, empty, or something else, or its columns are not what they seem.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder: name a file in it.")
    if not path.is_file():
        raise FileError(f"{path} is a pipe or a device." if path.exists() else f"{path}: there is no such file.")
    try:
        frame = _parquet(path) if path.suffix.lower() in PARQUET else _csv(path, columns)
    except pd.errors.EmptyDataError:
        raise FileError(f"{path} is empty; its first line must name the columns.") from None
    except (pd.errors.ParserError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path} is not a CSV file: {_line(error)}") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or _line(error)}.") from None
    if not len(frame) and not may_be_empty:
        raise FileError(f"{path} has column names but no rows.")
    return frame


def _csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file), [])
    _check_names(path, names, columns)
    return pd.read_csv(
        path,
        dtype=dict.fromkeys((*TEXT, *BOUNDS), "str"),
        encoding="utf-8-sig",
        low_memory=False,
        keep_default_na=False,
        na_values={name: [""] if name in TEXT else list(NULLS) for name in names},
    )


def _check_names(path: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    """Say what is odd about column names before a wrong or no column is read."""
    if any("\0" in name for name in names):
        raise FileError(f"{path} is not a CSV file: it holds binary data.")
    for name in columns:
        if names.count(name) > 1:
            raise FileError(f"{path} has the column {name} more than once.")
    if len(names) == 1:
        for sign, word in OTHER_SEPARATORS.items():
            if len(meant := names[0].split(sign)) > 1 and {_spelled(one) for one in meant} & set(columns):
                raise FileError(f"{path} separates its columns by {word}; save it with commas.")
    for name in names:
        if name not in columns and _spelled(name) in set(columns) - set(names):
            raise FileError(f"{path} has a column {name!r}, which must be spelled {_spelled(name)}.")


def _spelled(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise FileError(
            f"{path}: reading Parquet needs pyarrow, which is not installed; install it or export a CSV."
        ) from None
    except (ValueError, OSError) as error:
        raise FileError(f"{path} is not a Parquet file: {_line(error)}") from None


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def write_findings(found: pd.DataFrame, path: Path) -> None:
    """Findings as CSV, evidence as JSON; a file is there whole or not at all.

    Raises:
        FileError: it cannot be written.
    """
    safe = found.assign(evidence=[json.dumps(one, ensure_ascii=False) for one in found["evidence"]])
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = [harmless(cell) for cell in safe[name]]
    try:
        write_whole(path, lambda file: safe.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", mode="wb"))
    except ExportError as error:
        raise FileError(str(error)) from None
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or _line(error)}.") from None
