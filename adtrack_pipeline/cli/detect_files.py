"""Files that people hand to `adtrack detect`, and the one they get back.

Belongs here: CSV and Parquet to frames, findings to CSV that a spreadsheet can open without running anything.
Does not belong here: what the columns mean (`monitoring.columns` reads them strictly).
"""

import json
import os
from pathlib import Path

import pandas as pd

from adtrack_pipeline.export.cells import harmless

IDS = ("account_id", "campaign_id", "adset_id", "ad_id", "object_id")
PARQUET = {".parquet", ".pq"}


class FileError(ValueError):
    """A file that cannot be used; one sentence with its name."""


def read_table(path: Path) -> pd.DataFrame:
    """A CSV or Parquet file as a frame; ids stay text.

    Raises:
        FileError: it is not there, empty, or something else.
    """
    if not path.is_file():
        raise FileError(f"{path}: there is no such file.")
    try:
        frame = _parquet(path) if path.suffix.lower() in PARQUET else _csv(path)
    except pd.errors.EmptyDataError:
        raise FileError(f"{path} is empty; its first line must name the columns.") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise FileError(f"{path} is not a CSV file: {_line(error)}") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or _line(error)}.") from None
    if frame.empty:
        raise FileError(f"{path} has column names but no rows.")
    return frame


def _csv(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=dict.fromkeys(IDS, "str"), encoding="utf-8-sig", low_memory=False)
    if any("\0" in str(name) for name in frame.columns):
        raise FileError(f"{path} is not a CSV file: it holds binary data.")
    return frame


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
    """Findings as CSV, evidence as JSON; the file is there whole or not at all.

    Raises:
        FileError: it cannot be written.
    """
    safe = found.assign(evidence=[json.dumps(one, ensure_ascii=False) for one in found["evidence"]])
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = [harmless(cell) for cell in safe[name]]
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        safe.to_csv(draft, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileError(f"{path} cannot be written: {error.strerror or _line(error)}.") from None
