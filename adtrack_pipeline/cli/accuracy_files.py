"""Files that people hand to `adtrack accuracy compare`, and the one they get back.

Belongs here: which columns there are, every mistake with its line, errors as CSV. Does not belong here: formats
and delimiters (`intake.reading`), scoring (`accuracy`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from adtrack_pipeline.accuracy.freeform import GROUPS, UNNAMED
from adtrack_pipeline.export import ExportError, complete_or_nothing
from adtrack_pipeline.export.cells import harmless
from adtrack_pipeline.intake.errors import BadValueError
from adtrack_pipeline.intake.files import held
from adtrack_pipeline.intake.reading import BadRow, Header, RawRow, read_rows
from adtrack_pipeline.intake.values import number, text

NEEDED = ("predicted", "actual")
NUMBERS = ("predicted", "actual", "weight", "lower", "upper", "baseline")
WORDS = ("model", "metric", "object", "day")
ALIASES = {"group": "object"}
MOST_SAID = 20


class FileMistakesError(Exception):
    """A file that cannot be scored; one sentence per mistake."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))


@dataclass(frozen=True)
class Values:
    """What a file holds.

    Attributes:
        frame: one row each: `line` (of the file), `model, metric` (text), `predicted, actual` and whichever of the
            other columns the file has.
        unknown: names of columns that mean nothing here.
    """

    frame: pd.DataFrame
    unknown: tuple[str, ...]


def read_values(path: str) -> Values:
    """Predicted and actual values of a CSV, TSV, JSONL or Parquet file.

    Raises:
        FileMistakesError: columns are missing or rows hold mistakes; every one of them up to 20.
        IntakeError: the file is not there, or is something else.
    """
    with held(path) as file:
        read = _Reading(file.name)
        for item in read_rows(file, lambda name: ALIASES.get(name, name) in (*NUMBERS, *WORDS)):
            read.take(item)
        file.check_still()
    return read.done()


class _Reading:
    """Takes rows one after the other and remembers what was wrong with them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._mistakes: list[str] = []
        self._more = 0
        self._columns: dict[str, list[Any]] = {one: [] for one in ("line", *NUMBERS, *WORDS)}
        self._present: set[str] = {"line"}
        self._unknown: dict[str, None] = {}
        self._parsers: dict[str, Callable[[Any], str | None]] = {
            **{one: number(one, least=0.0 if one == "weight" else None) for one in NUMBERS},
            **{one: text(one) for one in WORDS},
        }

    def take(self, item: Header | RawRow | BadRow) -> None:
        if isinstance(item, Header):
            self._check(item.names)
        elif isinstance(item, BadRow):
            self._say(item.line, item.reason)
        else:
            values = {"line": item.line, **self._read(item)}
            for name, column in self._columns.items():
                column.append(values.get(name))

    def done(self) -> Values:
        if self._mistakes:
            more = [f"{self._name}: {self._more:,} more mistakes."] if self._more else []
            raise FileMistakesError(self._mistakes + more)
        if not self._columns["line"]:
            raise FileMistakesError([f"{self._name} has column names but no rows."])
        frame = pd.DataFrame({one: values for one, values in self._columns.items() if one in self._present})
        self._check(tuple(frame.columns))
        numeric = [one for one in NUMBERS if one in frame]
        frame[numeric] = frame[numeric].astype("float64")
        for column in GROUPS:
            frame[column] = frame[column].fillna(UNNAMED) if column in frame else UNNAMED
        return Values(frame, tuple(self._unknown))

    def _read(self, row: RawRow) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in zip(row.names, row.values, strict=True):
            column = ALIASES.get(name, name)
            if column not in self._parsers:
                self._unknown[name] = None
                continue
            self._present.add(column)
            if value is None or value == "":
                continue
            try:
                parsed = self._parsers[column](value)
            except BadValueError as error:
                self._say(row.line, str(error))
                continue
            found[column] = float(parsed) if parsed is not None and column in NUMBERS else parsed
        lower, upper = found.get("lower"), found.get("upper")
        if lower is not None and upper is not None and lower > upper:
            self._say(row.line, f"lower is {lower:g}, which is above upper, {upper:g}.")
        return found

    def _check(self, names: tuple[str, ...]) -> None:
        for needed in NEEDED:
            if needed not in names:
                found = ", ".join(one for one in names if one != "line") or "none"
                raise FileMistakesError([f"{self._name} has no column {needed}; its columns are: {found}."])

    def _say(self, line: int, sentence: str) -> None:
        if len(self._mistakes) < MOST_SAID:
            self._mistakes.append(f"{self._name}, line {line:,}: {sentence}")
        else:
            self._more += 1


def write_errors(table: pd.DataFrame, path: Path) -> None:
    """Rows with their errors as CSV that runs nothing in a spreadsheet; a file is there whole or not at all.

    Raises:
        FileMistakesError: it cannot be written.
    """
    safe = table.drop(columns=[one for one in GROUPS if (table[one] == UNNAMED).all()])
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = [harmless(cell) for cell in safe[name]]
    try:
        with complete_or_nothing(path) as file:
            safe.to_csv(file, index=False, mode="wb")
    except ExportError as error:
        raise FileMistakesError([str(error)]) from None
    except OSError as error:
        raise FileMistakesError([f"{path} cannot be written: {error.strerror or error}."]) from None
