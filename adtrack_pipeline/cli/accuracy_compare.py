"""`adtrack accuracy compare`: how good the predictions in any file are. Thin: reads, calls, prints."""

import json as jsonlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from adtrack_pipeline.cli.errors import Exit, leave, stderr, stdout

if TYPE_CHECKING:  # pandas costs half a second: only for who compares
    import pandas as pd

MOST_NAMED = 8


def compare(
    file: Annotated[str, typer.Argument(help="CSV, TSV, JSONL or Parquet; path or URL.", show_default=False)],
    counts: Annotated[
        bool, typer.Option("--counts", help="Actual values are counts of events: also say what chance allows.")
    ] = False,
    level: Annotated[
        float, typer.Option(min=0.01, max=0.999, help="Share of actual values that lower and upper promise.")
    ] = 0.8,
    out: Annotated[Path | None, typer.Option(help="Write every row with its error to this CSV file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Score predicted against actual values of any file, by model and metric.

    Columns: predicted, actual; if known model, metric, weight (impressions for a CTR, spend for a ROAS), lower and
    upper, baseline (what you would have said without a model), object or group, day. With objects, models are held
    against the first one, on what both predicted. Or a pair for each metric, such as predicted_ctr and actual_ctr,
    predicted_roas and actual_roas: an export of prediction_comparisons is one. Cells that are empty or NaN are
    counted and not scored.

    error is (predicted − actual) / predicted and accuracy 100 − |error|, not below 0, each the mean over rows:
    2.5 against 2.75 is −10 % and 90 %. WAPE accuracy is 100 × (1 − Σ weight·|predicted − actual| /
    Σ weight·actual), not below 0; bias +10 % says 10 % too much; order is Spearman's rank correlation, within
    levels, windows and days if there are such columns; ceiling is the WAPE accuracy of a perfect forecast, given
    that counts are random.

    [bold]adtrack accuracy compare predictions.csv[/bold]

    [bold]adtrack accuracy compare orders.tsv --counts --out errors.csv[/bold]

    Exit codes: 0 done, whatever the accuracy; 2 a mistake in the file.
    """
    from adtrack_pipeline.accuracy import compare_models, score_groups, score_rows, suspicions  # noqa: PLC0415
    from adtrack_pipeline.cli.accuracy_files import FileMistakesError, read_values, write_errors  # noqa: PLC0415
    from adtrack_pipeline.intake import IntakeError  # noqa: PLC0415

    try:
        values = read_values(file, is_weighed=not counts)
        if counts:
            _check_counts(values.frame, file)
        rows = score_rows(values.frame, counts=counts)
        if out:
            write_errors(values.frame.join(rows), out)
    except (FileMistakesError, IntakeError) as error:
        leave(Exit.MISTAKE, escape(str(error)))
    table = score_groups(values.frame, counts=counts, interval_level=level)
    warnings = suspicions(values.frame)
    warnings += [*_empty(values.frame), *_unknown(values.unknown)]
    _report(table, compare_models(values.frame), warnings, json=json)
    if out and not json:
        print(f"{len(rows):,} rows written to {out}.")


def _empty(frame: "pd.DataFrame") -> Iterator[str]:
    cells = frame[["predicted", "actual"]].isna()
    if cells.any(axis=None):
        told = ", ".join(
            f"{name} in {_counted(int(cells[name].sum()), 'row')}" for name in cells if cells[name].any()
        )
        yield f"Cells that are empty or NaN were not scored: {told}."


def _unknown(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        yield f"Columns that mean nothing here were left out: {', '.join(names[:MOST_NAMED])}{more}."


def _check_counts(frame: "pd.DataFrame", file: str) -> None:
    from adtrack_pipeline.cli.accuracy_files import FileMistakesError  # noqa: PLC0415

    if "weight" in frame:
        raise FileMistakesError([f"{file}: with --counts no column weight is needed, a count is its own weight."])
    below = frame[frame["actual"] < 0]
    if len(below):
        line, value = int(below["line"].iloc[0]), float(below["actual"].iloc[0])
        raise FileMistakesError([f"{file}, line {line:,}: actual is {value:g}; with --counts it is a count."])


def _report(table: "pd.DataFrame", duels: "pd.DataFrame", warnings: list[str], *, json: bool) -> None:
    if json:
        found, against = (
            [{k: _plain(v) for k, v in row.items()} for row in _records(one)] for one in (table, duels)
        )
        told = {"results": found, "against_first": against, "warnings": warnings}
        print(jsonlib.dumps(told, indent=2, ensure_ascii=False))
        return
    stdout().print(_drawn(table))
    for row in _records(duels):
        print(_printable(_sentence(row)))
    for warning in warnings:
        stderr.print(f"[yellow]warning:[/yellow] {escape(_printable(warning))}", highlight=False, soft_wrap=True)


def _records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _sentence(row: dict[str, Any]) -> str:
    """A challenger against the first model of the file."""
    names = f"{row['model']} against {row['champion']}" + (f" ({row['metric']})" if row["metric"] != "-" else "")
    common = f"in common: {_counted(row['pairs'], 'value')} of {_counted(row['objects'], 'object')}"
    if row["verdict"] == "not_enough_data":
        return f"{names}: too few objects to tell; {common}."
    span = f"{row['difference_lower']:+.1f} to {row['difference_upper']:+.1f} at 95 %"
    return f"{names}: {row['verdict']}, {row['difference']:+.1f} points of accuracy ({span}); {common}."


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _drawn(table: "pd.DataFrame") -> Table:
    """Only columns that say something for some row."""
    from adtrack_pipeline.accuracy.freeform import UNNAMED  # noqa: PLC0415

    columns = [one for one in COLUMNS if not (table[one[1]].isna() | (table[one[1]] == UNNAMED)).all()]
    drawn = Table(title="Predicted against actual", title_justify="left")
    for head, name, _ in columns:
        drawn.add_column(head, justify="left" if name in {"model", "metric"} else "right")
    for row in table.to_dict("records"):
        drawn.add_row(*(_cell(row[name], form) for _, name, form in columns))
    return drawn


COLUMNS = (
    ("model", "model", "{}"),
    ("metric", "metric", "{}"),
    ("rows", "rows", "{:,}"),
    ("scored", "scored", "{:,}"),
    ("error", "mean_percentage_error", "{:+.1f} %"),
    ("accuracy", "mean_accuracy", "{:.1f} %"),
    ("MAE", "mae", "{:,.4g}"),
    ("RMSE", "rmse", "{:,.4g}"),
    ("WAPE accuracy", "accuracy", "{:.1f}"),
    ("ceiling", "noise_ceiling", "{:.1f}"),
    ("of ceiling", "accuracy_of_ceiling", "{:.0f} %"),
    ("bias", "bias", "{:+.1%}"),
    ("order", "rank_correlation", "{:+.2f}"),
    ("in interval", "interval_coverage", "{:.0%}"),
    ("promised", "interval_level", "{:.0%}"),
    ("skill", "skill", "{:+.2f}"),
)


def _cell(value: Any, form: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "-"
    return escape(_printable(value)) if isinstance(value, str) else form.format(value)


def _printable(text: str) -> str:
    """Names come from a file: nothing in them may steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
