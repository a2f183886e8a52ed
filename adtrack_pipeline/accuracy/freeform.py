"""Any predicted and actual values, whatever they are of: scored row by row and together.

Belongs here: values without windows, objects and states. Does not belong here: reading files, printing;
predictions of ads (`compare`, `pools`).
"""

from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import (
    INTERVAL_LEVEL,
    SUMMED,
    Array,
    Mask,
    Names,
    Verdict,
    is_one_of,
    numbers,
)
from adtrack_pipeline.accuracy.compare import MIN_EVENTS, NOTHING, percentage_error
from adtrack_pipeline.accuracy.duels import duel
from adtrack_pipeline.accuracy.measures import MEASURES, measures
from adtrack_pipeline.accuracy.noise import ceiling
from adtrack_pipeline.accuracy.rows import Rows
from adtrack_pipeline.accuracy.suspicion import fraction_suspicion

GROUPS = ["model", "metric"]
OF_ROWS = ("mean_percentage_error", "mean_accuracy")
GROUND = ("object", "level", "day", "window_start", "window_end")
UNNAMED = "-"  # model or metric of values that do not say


def score_rows(values: pd.DataFrame, *, counts: bool = False, min_events: float = MIN_EVENTS) -> pd.DataFrame:
    """Score each row of a table of predicted and actual values.

    Args:
        values: `predicted, actual` (null: none); optional `lower, upper`.
        counts: the actual values are counts of events: rows with too few of them are not scored alone, and every
            scored one gets the ceiling that chance sets.
        min_events: what is enough, seen or predicted.

    Returns:
        Same index: `error` predicted − actual; `percentage_error` percent of the prediction, `accuracy` 0 to 100,
        both only where `verdict` is scored (else not_predicted, no_actual, zero_prediction or too_few_events);
        `interval_hit` null without both bounds; `ceiling` accuracy of a perfect forecast, null unless counts.
    """
    predicted, actual, lower, upper = (numbers(values, name) for name in ("predicted", "actual", "lower", "upper"))
    few = np.fmax(predicted, actual) < min_events if counts else np.zeros(len(values), dtype=bool)
    verdict = _verdict(predicted, actual, few)
    is_scored = verdict == str(Verdict.SCORED)
    percentage = percentage_error(predicted, actual, is_scored)
    bounded = is_one_of(verdict, SUMMED) & ~np.isnan(lower) & ~np.isnan(upper)
    events = np.where(actual >= min_events, actual, predicted)
    return pd.DataFrame(
        {
            "error": predicted - actual,
            "percentage_error": percentage,
            "accuracy": np.maximum(0.0, 100.0 - np.abs(percentage)),
            "interval_hit": pd.arrays.BooleanArray((lower <= actual) & (actual <= upper), ~bounded),
            "verdict": verdict,
            "ceiling": np.where(is_scored, ceiling(events), np.nan) if counts else np.full(len(values), np.nan),
        },
        index=values.index,
    )


def _verdict(predicted: Array, actual: Array, few: Mask) -> Names:
    reasons = {
        Verdict.NOT_PREDICTED: np.isnan(predicted),
        Verdict.NO_ACTUAL: np.isnan(actual),
        Verdict.TOO_FEW_EVENTS: few,
        Verdict.ZERO_PREDICTION: np.abs(predicted) < NOTHING,
    }
    found = np.select(list(reasons.values()), [str(one) for one in reasons], str(Verdict.SCORED))
    return found.astype(object)


def score_groups(
    values: pd.DataFrame, *, counts: bool = False, interval_level: float = INTERVAL_LEVEL
) -> pd.DataFrame:
    """Accuracy by model and metric of a table of predicted and actual values.

    Args:
        values: `model, metric` (text, `UNNAMED` where there is none), `predicted, actual` (null: none); optional
            `weight` (1), `lower, upper`, `baseline` (what something simple would have predicted).
        counts: the actual values are counts of events; gives the ceiling.
        interval_level: share of actual values that lower and upper promise to hold.

    Returns:
        Grain `model, metric`: `rows`, `scored` (both values known: all of these enter every measure),
        `mean_percentage_error` and `mean_accuracy` of the rows that `score_rows` scores alone, and the measures of
        `pooled_accuracy`; `skill` is against `baseline`, `rank_correlation` within level, window and day, where
        the values name these.
    """
    known = _known(values)
    alone = score_rows(known, counts=counts)
    rows = known.assign(
        baseline=numbers(known, "baseline"),
        events=known["actual"] if counts else np.nan,
        hit=alone["interval_hit"].astype("Float64"),
        interval_level=interval_level,
        currency=None,
        is_scored=True,
    )
    found: list[dict[str, Any]] = []
    for (model, metric), group in values.groupby(GROUPS, sort=True):
        pool = rows.loc[group.index.intersection(rows.index)]
        counted = {"model": model, "metric": metric, "rows": len(group), "scored": len(pool)}
        means = alone.loc[pool.index, ["percentage_error", "accuracy"]].mean()
        found.append({**counted, **dict(zip(OF_ROWS, means, strict=True)), **measures(Rows.of(pool), "any")})
    return pd.DataFrame(found, columns=[*GROUPS, "rows", "scored", *OF_ROWS, *MEASURES])


def compare_models(values: pd.DataFrame) -> pd.DataFrame:
    """Hold a metric's models against the one that comes first, on the objects (and days) both predicted.

    Args:
        values: as for `score_groups`, with `object` and, if there are several values of one, `level`, `day`,
            `window_start`, `window_end`. The last value of a model, object and so on counts.

    Returns:
        Grain `metric, model`, without the first models: `champion` (its name), and `verdict, pairs, objects,
        accuracy, champion_accuracy, difference, difference_lower, difference_upper` as in `rank_versions`, at
        95 %. Empty without objects.
    """
    ground = [one for one in GROUND if one in values]
    found: list[dict[str, Any]] = []
    if "object" not in values:
        return pd.DataFrame()
    known = _known(values).dropna(subset=["object"])
    known = known.drop_duplicates([*GROUPS, *ground], keep="last")
    for metric, rows in known.groupby("metric", sort=True):
        champion = str(rows["model"].iloc[0])
        mine = rows[rows["model"] == champion]
        for model in rows["model"].unique()[1:]:
            both = mine.merge(rows[rows["model"] == model], on=ground, suffixes=("_champion", ""))
            of_object = [one for one in ("level", "object") if one in both]
            objects = np.asarray(both.groupby(of_object, dropna=False).ngroup(), dtype=np.intp)
            found.append({"metric": metric, "model": model, "champion": champion, **duel(both, objects)})
    return pd.DataFrame(found)


def _known(values: pd.DataFrame) -> pd.DataFrame:
    """Rows of which both values are known, with their error and weight."""
    known = values[values["predicted"].notna() & values["actual"].notna()]
    weight = known["weight"].fillna(0.0) if "weight" in known else 1.0
    return known.assign(error=known["predicted"] - known["actual"], weight=weight)


def suspicions(values: pd.DataFrame) -> list[str]:
    """A sentence for every model and metric that seems to mix up fractions and percent."""
    found = []
    for (model, metric), rows in values.groupby(GROUPS, sort=True):
        suspicion = fraction_suspicion(numbers(rows, "predicted"), numbers(rows, "actual"))
        if suspicion:
            names = ", ".join(str(one) for one in (model, metric) if one != UNNAMED)
            found.append(f"predicted{f' ({names})' if names else ''} {suspicion.sentence}")
    return found
