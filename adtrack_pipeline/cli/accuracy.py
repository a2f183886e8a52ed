"""`adtrack accuracy`: how good models are. Thin: reads the tables the hourly run keeps, prints."""

import json as jsonlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row
from rich.markup import escape

from adtrack_pipeline.cli.accuracy_tables import accuracy_table, drift_lines, notes
from adtrack_pipeline.cli.errors import Exit, leave, stdout
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database

Connection = psycopg.Connection[Any]
LONGEST = 366

HOW_TO = """No predictions yet. Hand them in one of three ways:
  adtrack predictions load FILE      a CSV, Parquet or JSONL file
  the inbox                          the same files, put where the inbox sensor looks
  insert into raw.predictions        with SQL, as the role adtrack_predictor
The next hourly run compares them once their window began 24 hours ago (ADTRACK_ACCURACY_MIN_AGE_HOURS)."""

app = typer.Typer(
    rich_markup_mode="rich",
    invoke_without_command=True,
)


@app.callback()
def accuracy(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="Only this model.", show_default=False)] = None,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, help="Windows that ended in so many days.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """How good models are: predictions held against what happened.

    [bold]adtrack accuracy[/bold]

    [bold]adtrack accuracy --model roas-net --days 7 --json[/bold]
    """
    if context.invoked_subcommand:
        return
    with ensure_database(load_settings()).connect() as conn:
        statuses = _statuses(conn, model)
        if not statuses and (model or not json):
            _nothing(conn, model)
            return
        newest = _newest_day(conn)
        rows = _accuracy(conn, model, newest, days) if newest else []
        drift = _drift(conn, model, newest)
    if json:
        print(jsonlib.dumps(_document(rows, drift, statuses, newest, days), default=_jsonable, ensure_ascii=False))
        return
    if rows and newest:
        stdout().print(accuracy_table(rows, newest, days))
        for line in [*drift_lines(rows, drift), *notes(rows)]:
            stdout().print(line, highlight=False, markup=False)
    else:
        print("No window has ended yet, or none of them could be compared.")
    print(
        "Predictions: " + ", ".join(f"{status.replace('_', ' ')} {count:,}" for status, count in statuses.items())
    )


def _nothing(conn: Connection, model: str | None) -> None:
    """Say how to hand predictions in, or which models there are."""
    if model is None:
        waiting = conn.execute("select count(distinct prediction_id) from raw.predictions").fetchone()
        if waiting and waiting[0]:
            print(f"{waiting[0]:,} predictions wait for the next hourly run (adtrack run).")
        else:
            print(HOW_TO)
        return
    known = [
        name for (name,) in conn.execute("select distinct model_name from ops.prediction_comparisons order by 1")
    ]
    there = f"There are: {', '.join(known)}." if known else "There are no predictions yet."
    leave(Exit.MISTAKE, escape(f"No predictions of a model called {model}. {there}"))


def _statuses(conn: Connection, model: str | None) -> dict[str, int]:
    found = conn.execute(
        "select coalesce(reason, status), count(*) from ops.prediction_comparisons where superseded_at is null"
        " and (%(model)s::text is null or model_name = %(model)s) group by 1 order by 2 desc, 1",
        {"model": model},
    )
    return dict(found.fetchall())


def _newest_day(conn: Connection) -> date | None:
    row = conn.execute("select max(date_day) from ops.prediction_accuracy").fetchone()
    return row[0] if row else None


def _accuracy(conn: Connection, model: str | None, day: date, days: int) -> list[dict[str, Any]]:
    """A row per model version and metric, with what is said about drift; the trailing days may be any number."""
    values = {"model": model, "day": day, "days": days}
    with conn.cursor(row_factory=dict_row) as cursor:
        stored = cursor.execute(_STORED, values).fetchall()
        drift = {
            (row["model_name"], row["model_version"], row["metric"]): row
            for row in cursor.execute(_DRIFT, values).fetchall()
        }
    rows = stored or _pooled(conn, model, day, days)
    nothing = dict.fromkeys(("verdict", "direction", "effect", "onset_day"))
    return [row | drift.get((row["model_name"], row["model_version"], row["metric"]), nothing) for row in rows]


def _pooled(conn: Connection, model: str | None, day: date, days: int) -> list[dict[str, Any]]:
    """The same for a span that the hourly run does not keep."""
    from adtrack_pipeline.accuracy import pooled_accuracy  # noqa: PLC0415 - scipy takes a third of a second
    from adtrack_pipeline.defs.accuracy.pooling import read_comparisons, running  # noqa: PLC0415

    since = day - timedelta(days=days - 1)
    models = [one for one in running(conn, since, day) if model in {None, one[0]}]
    pooled = pooled_accuracy(read_comparisons(conn, models, since, day), day=day, windows=(days,))
    records = pooled.astype(object).where(pooled.notna(), None).to_dict("records")
    return [{str(name): value for name, value in record.items()} for record in records]


def _drift(conn: Connection, model: str | None, day: date | None) -> list[dict[str, Any]]:
    """What is said about all versions of each model together."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_TOGETHER, {"model": model, "day": day}).fetchall()


def _document(
    rows: Sequence[dict[str, Any]],
    drift: Sequence[dict[str, Any]],
    statuses: dict[str, int],
    day: date | None,
    days: int,
) -> dict[str, Any]:
    hidden = {"computed_at", "date_day", "window_days"}
    models = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
    return {"date_day": day, "days": days, "predictions": statuses, "models": models, "drift": drift}


def _jsonable(value: Any) -> Any:
    return (
        value.isoformat()
        if hasattr(value, "isoformat")
        else value.item()
        if hasattr(value, "item")
        else str(value)
    )


_STORED = """
    select * from ops.prediction_accuracy
    where date_day = %(day)s and window_days = %(days)s
        and (%(model)s::text is null or model_name = %(model)s)
    order by model_name, model_version, metric, platform
"""
_DRIFT = """
    select model_name, model_version, metric, verdict, direction, effect, onset_day from ops.model_drift
    where date_day = %(day)s and scope = 'version'
"""
_TOGETHER = """
    select model_name, metric, verdict, direction, effect, onset_day, recent_forecasts, reference_forecasts
    from ops.model_drift
    where date_day = %(day)s and scope = 'model' and (%(model)s::text is null or model_name = %(model)s)
    order by model_name, metric
"""
