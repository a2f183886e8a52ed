"""Files that people hand to `adtrack accuracy compare`, and the one they get back.

Belongs here: which columns there are, every mistake with its line, errors as CSV. Does not belong here: formats
and delimiters (`intake.reading`), scoring (`accuracy`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from adtrack_pipeline.accuracy.freeform import GROUPS, UNNAMED
from adtrack_pipeline.export import ExportError, write_whole
from adtrack_pipeline.export.cells import harmless
from adtrack_pipeline.intake.errors import BadValueError
from adtrack_pipeline.intake.files import held
from adtrack_pipeline.intake.reading import BadRow, Header, RawRow, read_rows
from adtrack_pipeline.intake.values import number, text

NEEDED = ("predicted", "actual")
NUMBERS = ("predicted", "actual", "weight", "lower", "upper", "baseline")
WORDS = ("model", "model_version", "metric", "object", "level", "day", "window_start", "window_end")
ALIASES = {"group": "object", "object_id": "object", "model_name": "model"}
PAIR = "predicted_", "actual_"
WEIGHTS = {"ctr": "impressions", "roas": "spend"}  # of columns named by their metric
NO_NUMBER = {"nan", "na", "n/a", "<na>", "null", "none"}
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


def read_values(path: str, *, is_weighed: bool = True) -> Values:
    """Predicted and actual values of a CSV, TSV, JSONL or Parquet file.

    `is_weighed`: predicted_ctr and predicted_roas are weighed by columns impressions and spend, if there are any.

    Raises:
        FileMistakesError: columns are missing or rows hold mistakes; every one of them up to 20.
        IntakeError: the file is not there, or is something else.
    """
    with held(path) as file:
        read = _Reading(file.name, is_weighed=is_weighed)
        for item in read_rows(file, _is_known):
            read.take(item)
        file.check_still()
    return read.done()


def _is_known(name: str) -> bool:
    return ALIASES.get(name, name) in (*NUMBERS, *WORDS) or name.startswith(PAIR)


def _paired(names: tuple[str, ...]) -> list[str]:
    """Metrics that have a predicted and an actual column of their own; none where the plain two are there."""
    if set(NEEDED) <= set(names):
        return []
    metrics = [one.removeprefix(PAIR[0]) for one in names if one.startswith(PAIR[0])]
    return [one for one in metrics if f"{PAIR[1]}{one}" in names]


def _layouts(names: tuple[str, ...], *, is_weighed: bool) -> list[tuple[str | None, dict[str, str]]]:
    """What a row holds: for each metric (null: the row says itself) its columns by what they mean."""
    shared = {ALIASES.get(one, one): one for one in names if ALIASES.get(one, one) in WORDS or one == "weight"}
    metrics = _paired(names)
    if not metrics:
        return [
            (None, {ALIASES.get(one, one): one for one in names if ALIASES.get(one, one) in (*NUMBERS, *WORDS)})
        ]
    found: list[tuple[str | None, dict[str, str]]] = []
    for metric in metrics:
        own = {
            **({"weight": WEIGHTS[metric]} if is_weighed and metric in WEIGHTS else {}),
            "predicted": f"predicted_{metric}",
            "actual": f"actual_{metric}",
            "lower": f"predicted_{metric}_lower",
            "upper": f"predicted_{metric}_upper",
            "baseline": f"{metric}_baseline",
        }
        found.append((metric, {**{mean: one for mean, one in own.items() if one in names}, **shared}))
    return found


class _Reading:
    """Takes rows one after the other and remembers what was wrong with them."""

    def __init__(self, name: str, *, is_weighed: bool) -> None:
        self._name = name
        self._is_weighed = is_weighed
        self._mistakes: list[str] = []
        self._more = 0
        self._columns: dict[str, list[Any]] = {one: [] for one in ("line", *NUMBERS, *WORDS)}
        self._present: set[str] = {"line"}
        self._unknown: dict[str, None] = {}
        self._known_layouts: dict[tuple[str, ...], list[tuple[str | None, dict[str, str]]]] = {}

    def take(self, item: Header | RawRow | BadRow) -> None:
        if isinstance(item, Header):
            self._check(item.names)
        elif isinstance(item, BadRow):
            self._say(item.line, item.reason)
        else:
            row = dict(zip(item.names, item.values, strict=True))
            for metric, columns in self._layout(item.names):
                values = {"line": item.line, **self._read(item.line, row, columns)}
                if metric is not None:
                    values["metric"] = metric
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
        if "model_version" in frame:
            version = frame.pop("model_version").fillna("")
            named = frame["model"].where(frame["model"] != UNNAMED, "")
            frame["model"] = (named + " " + version).str.strip().replace("", UNNAMED)
        return Values(_predicted_at_all(frame), tuple(self._unknown))

    def _layout(self, names: tuple[str, ...]) -> list[tuple[str | None, dict[str, str]]]:
        if names not in self._known_layouts:
            found = _layouts(names, is_weighed=self._is_weighed)
            self._known_layouts[names] = found
            used = {column for _, columns in found for column in columns.values()}
            self._present.update(mean for _, columns in found for mean in columns)
            self._present.update("metric" for metric, _ in found if metric is not None)
            self._unknown.update({one: None for one in names if one not in used})
        return self._known_layouts[names]

    def _read(self, line: int, row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for mean, name in columns.items():
            value = row[name]
            if value is None or value == "" or (mean in NUMBERS and _is_no_number(value)):
                continue
            try:
                parsed = _parser(mean, name)(value)
            except BadValueError as error:
                self._say(line, str(error))
                continue
            found[mean] = float(parsed) if parsed is not None and mean in NUMBERS else parsed
        lower, upper = found.get("lower"), found.get("upper")
        if lower is not None and upper is not None and lower > upper:
            self._say(line, f"{columns['lower']} is {lower:g}, which is above upper, {upper:g}.")
        return found

    def _check(self, names: tuple[str, ...]) -> None:
        if _paired(names):
            return
        for needed in NEEDED:
            if needed not in names:
                found = ", ".join(one for one in names if one != "line") or "none"
                raise FileMistakesError([f"{self._name} has no column {needed}; its columns are: {found}."])

    def _say(self, line: int, sentence: str) -> None:
        if len(self._mistakes) < MOST_SAID:
            self._mistakes.append(f"{self._name}, line {line:,}: {sentence}")
        else:
            self._more += 1


@cache
def _parser(mean: str, name: str) -> Callable[[Any], str | None]:
    """Reads what a column means; `name` is what the file calls it."""
    return number(name, least=0.0 if mean == "weight" else None) if mean in NUMBERS else text(name)


def _is_no_number(value: Any) -> bool:
    """Whether a cell says, in the words of some program, that there is no value."""
    return math.isnan(value) if isinstance(value, float) else str(value).strip().lower() in NO_NUMBER


def _predicted_at_all(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the metrics of which nothing is predicted, unless nothing is predicted of any."""
    some = frame["predicted"].notna().groupby(frame["metric"]).transform("any")
    return frame[some].reset_index(drop=True) if some.any() else frame


def write_errors(table: pd.DataFrame, path: Path) -> None:
    """Rows with their errors as CSV that runs nothing in a spreadsheet; a file is there whole or not at all.

    Raises:
        FileMistakesError: it cannot be written.
    """
    safe = table.drop(columns=[one for one in GROUPS if (table[one] == UNNAMED).all()])
    for name in safe.select_dtypes(include=["object", "string"]).columns:
        safe[name] = [harmless(cell) for cell in safe[name]]
    try:
        write_whole(path, lambda file: safe.to_csv(file, index=False, mode="wb"))
    except ExportError as error:
        raise FileMistakesError([str(error)]) from None
    except OSError as error:
        raise FileMistakesError([f"{path} cannot be written: {error.strerror or error}."]) from None
