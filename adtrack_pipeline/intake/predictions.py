"""The target `predictions`: columns of `raw.predictions` and what a prediction must satisfy."""

from decimal import Decimal
from functools import partial

from adtrack_pipeline.intake.columns import Column, Record, Target, always
from adtrack_pipeline.intake.errors import BadValueError
from adtrack_pipeline.intake.times import day, moment
from adtrack_pipeline.intake.values import LONGEST_ID, identifier, number, share, text, word

LEVELS = frozenset({"ad", "creative", "video", "campaign"})
METRICS = ("ctr", "roas", "conversions", "spend")
_EXAMPLES = {
    "predicted_ctr": "2.5",
    "predicted_ctr_lower": "2.1",
    "predicted_ctr_upper": "2.9",
    "predicted_roas": "3.0",
    "predicted_conversions": "12",
    "predicted_spend": "140.00",
}


def _value(metric: str) -> list[Column]:
    name = f"predicted_{metric}"
    bounds = (f"{name}_lower", f"{name}_upper")
    return [
        Column(name, always(number(name, least=0)), example=_EXAMPLES.get(name, "")),
        *(Column(bound, always(number(bound)), example=_EXAMPLES.get(bound, "")) for bound in bounds),
    ]


_COLUMNS = (
    Column(
        "prediction_id",
        always(identifier("prediction_id")),
        required=True,
        example="my_model/2026-03-01/120210000000001",
        aliases=("id",),
    ),
    Column("platform", always(word("platform")), default="meta", example="meta"),
    Column("level", always(word("level", LEVELS)), required=True, example="ad"),
    Column("object_id", always(identifier("object_id")), required=True, example="120210000000001"),
    Column(
        "model_name",
        always(text("model_name", longest=LONGEST_ID)),
        required=True,
        example="my_model",
        aliases=("model",),
    ),
    Column(
        "model_version",
        always(text("model_version", longest=LONGEST_ID)),
        default="1",
        example="1",
    ),
    Column("predicted_at", partial(moment, "predicted_at"), required=True, example="2026-03-01T06:00:00Z"),
    Column("window_start", partial(day, "window_start"), required=True, example="2026-03-01"),
    Column("window_end", partial(day, "window_end", is_end=True), required=True, example="2026-03-07"),
    *(column for metric in METRICS for column in _value(metric)),
    Column("interval_level", always(share("interval_level")), example="0.8"),
)
_PLACES = {column.name: place for place, column in enumerate(_COLUMNS)}
_START, _END = _PLACES["window_start"], _PLACES["window_end"]
_PREDICTED = tuple(_PLACES[f"predicted_{metric}"] for metric in METRICS)


def _check(record: Record) -> None:
    """What the table's constraints demand of a row as a whole."""
    start, end = record[_START], record[_END]
    if start is not None and end is not None and end < start:  # ISO days sort as text
        raise BadValueError(
            "The window is reversed or empty.",
            f"The window is reversed or empty: it begins on {start} and its last day is {end}; both days count "
            "(but an end at midnight excludes the day it begins).",
        )
    is_something = False
    for place in _PREDICTED:
        is_something = is_something or record[place] is not None
        lower, upper = record[place + 1], record[place + 2]
        if lower is not None and upper is not None:
            _check_order(_COLUMNS[place].name, lower, upper)
    if not is_something:
        raise BadValueError("Nothing is predicted: CTR, ROAS, conversions and spend are all empty.")


def _check_order(name: str, lower: str, upper: str) -> None:
    # As floats two different numbers may be the same; only then the exact ones are looked at.
    below, above = float(lower), float(upper)
    if below > above or (below == above and Decimal(lower) > Decimal(upper)):
        raise BadValueError(
            f"{name}_lower is above {name}_upper.", f"{name}_lower ({lower}) is above {name}_upper ({upper})."
        )


PREDICTIONS = Target(
    name="predictions",
    what="predictions",
    folder="predictions",
    columns=_COLUMNS,
    check=_check,
    key=("prediction_id",),
)
