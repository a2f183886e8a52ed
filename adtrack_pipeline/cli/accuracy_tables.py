"""How good models are, as tables. Names of models are printed as they are: brackets in them are no markup."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

COLOURS = {"drift": "red", "suspected": "yellow"}


def accuracy_table(rows: Sequence[Row], day: Any, days: int) -> Table:
    """One row per model version and metric."""
    span = "on" if days == 1 else f"in the {days} days to"
    table = Table(title=f"Windows that ended {span} {day}", title_justify="left")
    for name in ("model", "version", "metric"):
        table.add_column(name)
    for name in ("n", "scored", "accuracy", "ceiling", "bias", "skill", "order", "coverage"):
        table.add_column(name, justify="right")
    table.add_column("drift")
    for row in rows:
        table.add_row(
            _plain(row["model_name"]),
            _plain(row["model_version"]),
            row["metric"],
            f"{row['predictions']:,}",
            f"{row['scored']:,}",
            f"{_number(row['accuracy'])}{'*' if row['is_provisional'] else ''}",
            _number(row["noise_ceiling"]),
            _percent(row["bias"], sign="+"),
            _number(row["skill"], 2),
            _number(row["rank_correlation"], 2),
            _coverage(row),
            _drift(row),
        )
    return table


def drift_lines(rows: Sequence[Row], drift: Sequence[Row]) -> list[str]:
    """Verdicts on all versions of a model together, of models that have several."""
    versions: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        versions.setdefault((row["model_name"], row["metric"]), set()).add(row["model_version"])
    return [
        _plain(f"drift of all versions of {one['model_name']}, {one['metric']}: {_drift(one).plain}").plain
        for one in drift
        if len(versions.get((one["model_name"], one["metric"]), ())) > 1
    ]


def notes(rows: Sequence[Row]) -> list[str]:
    """What the columns mean, in as many lines as there is something to say."""
    lines = [
        "accuracy and ceiling: 0 to 100; ceiling is what a perfect model would score on this volume.",
        "skill: above 0 is better than 'the same as the last 7 days'. order: 1 ranks all objects of a level"
        " and window rightly.",
    ]
    if any(row["is_provisional"] for row in rows):
        lines.append("* provisional: conversions are still arriving, or the window goes on.")
    if any(row["hindsight"] for row in rows):
        late = sum(row["hindsight"] for row in rows)
        lines.append(
            f"{late:,} predictions were made after the first day of their window and count nowhere:"
            " they may have seen it."
        )
    return lines


def _coverage(row: Row) -> str:
    if row["interval_coverage"] is None:
        return ""
    return f"{100 * row['interval_coverage']:.0f} of {100 * row['interval_level']:.0f} %"


def _drift(row: Row) -> Text:
    verdict = row["verdict"] or ""
    words = [verdict.replace("_", " ")]
    if verdict in COLOURS and row["direction"]:
        words.append(f"{row['direction']} {row['effect']:+.2f} since {row['onset_day']}")
    return Text(" ".join(words), style=COLOURS.get(verdict, ""))


def _number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None, sign: str = "") -> str:
    return "" if value is None else f"{100 * value:{sign}.1f} %"


def _plain(text: str) -> Text:
    return Text("".join(one if one.isprintable() else " " for one in text))
