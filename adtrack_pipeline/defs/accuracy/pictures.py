"""Pictures for the run page: predicted against actual, calibration, accuracy over time.

Belongs here: which models and metrics are drawn, and from what. Does not belong here: drawing (`accuracy.plots`).
Drawn once a day: Dagster keeps the metadata of every run for ever.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from adtrack_pipeline.defs.accuracy.pooling import LONGEST, read_comparisons
from adtrack_pipeline.defs.copying import copy_frame
from adtrack_pipeline.wording import kind

Connection = psycopg.Connection[Any]
Row = Mapping[str, Any]

MODELS = 2  # those with the most predictions
METRICS = 2  # whose accuracy is drawn over time
ORDER = ("ctr", "roas", "conversions", "spend")  # what is drawn first
SHOWN_DAYS = 90

_POOLED = sql.SQL("""
    select model_name, model_version, metric, date_day, window_days, accuracy, noise_ceiling, summed,
        is_provisional::integer as is_provisional
    from ops.prediction_accuracy where window_days = 7 and date_day > %(since)s
""")


def pictures(conn: Connection, accuracy: Sequence[Row], day: date) -> str:
    """Markdown images, "" when there is nothing to draw.

    Args:
        conn: reads the tables of predictions.
        accuracy: rows of `ops.prediction_accuracy` of the day and 30 trailing days.
        day: the newest day pooled.
    """
    known = [row for row in accuracy if row["scored"]]
    most = sorted(known, key=lambda row: (-row["predictions"], ORDER.index(row["metric"])))
    models = list(dict.fromkeys((row["model_name"], row["model_version"]) for row in most))[:MODELS]
    metrics = list(dict.fromkeys(row["metric"] for row in most))[:METRICS]
    if not models:
        return ""
    drawn = [*_over_time(conn, metrics, day), *_of_models(conn, models, most, day)]
    return "\n\n".join(drawn)


def _over_time(conn: Connection, metrics: Sequence[str], day: date) -> Iterator[str]:
    from adtrack_pipeline.accuracy.plots import accuracy_over_time_png  # noqa: PLC0415 - matplotlib takes a second

    text = dict.fromkeys(("model_name", "model_version", "metric", "date_day"), "str")
    numbers = dict.fromkeys(("accuracy", "noise_ceiling", "summed", "is_provisional", "window_days"), "float64")
    pooled = copy_frame(conn, _POOLED, {"since": day - timedelta(days=SHOWN_DAYS)}, text | numbers)
    pooled = pooled.assign(is_provisional=pooled["is_provisional"] > 0)
    for metric in metrics:
        title = f"Accuracy of {kind(metric)}, trailing 7 days"
        yield from _image(title, accuracy_over_time_png(pooled, metric, title=title))


def _of_models(
    conn: Connection, models: Sequence[tuple[str, str]], most: Sequence[Row], day: date
) -> Iterator[str]:
    from adtrack_pipeline.accuracy.plots import calibration_png, predicted_v_actual_png  # noqa: PLC0415

    frame = read_comparisons(conn, models, day - timedelta(days=LONGEST - 1), day)
    for name, version in models:
        mine: pd.DataFrame = frame[(frame["model_name"] == name) & (frame["model_version"] == version)]
        metric = next(
            row["metric"] for row in most if (row["model_name"], row["model_version"]) == (name, version)
        )
        title = f"{name} {version}: {kind(metric)}, last {LONGEST} days"
        yield from _image(title, predicted_v_actual_png(mine, metric, title=title))
        yield from _image(f"{title}, calibration", calibration_png(mine, metric, title=title))


def _image(title: str, png: bytes | None) -> Iterator[str]:
    """Nothing for no picture. Names are other people's text: of the title only what cannot be markup is kept."""
    if png:
        plain = "".join(char if char.isalnum() or char in " .,:" else " " for char in title)
        yield f"![{plain}](data:image/png;base64,{base64.b64encode(png).decode()})"
