"""One metric of comparisons as rows that can be added up, drawn and tested.

Belongs here: which rows may be used for what, weights, several currencies. Does not belong here: measures.
"""

from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.columns import (
    IDS,
    IN_MONEY,
    INTERVAL_LEVEL,
    ORDERS,
    SUMMED,
    Array,
    Mask,
    Verdict,
    days,
    flags,
    is_one_of,
    need,
    numbers,
)

WEIGHTS = {"ctr": "impressions", "roas": "spend"}  # totals are weighed by themselves, that is by 1
AMOUNTS = {"roas": ("weight",), "spend": ("predicted", "actual", "error", "baseline")}  # in money
MODEL = ["platform", "model_name", "model_version"]
TARGET = ["platform", "level", "object_id", "window_start", "window_end"]


def observations(comparisons: pd.DataFrame, metric: str) -> pd.DataFrame:
    """What `compare` found about one metric, without predictions that say nothing about it.

    Args:
        comparisons: as `compare` returns them, the newest version of each prediction.
        metric: one of `METRICS`.

    Returns:
        One row per prediction of the metric, same index: `platform, model_name, model_version, level, object_id,
        window_start, window_end` (days as datetime64), `predicted, actual, error, percentage_error, baseline` (the
        metric's unit), `weight, events, ceiling, interval_level`, `hit` (1, 0, NaN), `currency`, `is_scored`,
        `is_summed` (may enter sums), `is_settled` (nothing of this metric is still to come in), `is_ex_ante`.

    Raises:
        AccuracyError: a column is missing.
    """
    measured = ("error", "percentage_error", "baseline", "events", "ceiling")
    wanted = [f"predicted_{metric}", f"actual_{metric}", *(f"{metric}_{name}" for name in ("verdict", *measured))]
    need(comparisons, [*IDS, *wanted], "Comparisons")
    verdict = comparisons[f"{metric}_verdict"].to_numpy(dtype=object)
    level = numbers(comparisons, "interval_level")
    found: dict[str, Any] = {name: comparisons[name] for name in [*MODEL, "level", "object_id"]}
    found |= {name: days(comparisons, name) for name in ("window_start", "window_end")}
    found |= {name: numbers(comparisons, f"{name}_{metric}") for name in ("predicted", "actual")}
    found |= {name: numbers(comparisons, f"{metric}_{name}") for name in measured}
    found |= {
        "hit": _hits(comparisons, metric),
        "interval_level": np.where(np.isnan(level), INTERVAL_LEVEL, level),
        "weight": _weight(comparisons, metric),
        "currency": _currency(comparisons),
        "is_scored": verdict == str(Verdict.SCORED),
        "is_summed": is_one_of(verdict, SUMMED),
        "is_settled": flags(comparisons, "is_settled" if metric in ORDERS else "is_window_over"),
        "is_ex_ante": flags(comparisons, "is_ex_ante"),
    }
    says_something: Mask = verdict != str(Verdict.NOT_PREDICTED)
    return pd.DataFrame(found, index=comparisons.index).loc[says_something]


def array(rows: pd.DataFrame, name: str) -> Array:
    """(n,) a column of numbers."""
    return rows[name].to_numpy(dtype=np.float64)


def in_one_currency(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows, with amounts of several currencies made comparable without a rate; as they are if there is one.

    Amounts (and the spend that ROAS is weighed by) are divided by the mean of their currency in these rows, so
    that an average row weighs the same whatever it is counted in. Units of money get lost.
    """
    if metric not in IN_MONEY or not has_several_currencies(rows):
        return rows
    scale = currency_scale(rows["currency"], rows["weight" if metric == "roas" else "actual"].to_numpy())
    return rows.assign(**{name: rows[name] / scale for name in AMOUNTS[metric]}).loc[np.isfinite(scale)]


def currency_scale(currency: Any, amounts: Array) -> Array:
    """(n,) mean amount of each row's currency; NaN where that is not above 0."""
    code, _ = pd.factorize(currency, use_na_sentinel=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(code, amounts) / np.bincount(code)
    return np.asarray(np.where(mean > 0, mean, np.nan)[code])


def has_several_currencies(rows: pd.DataFrame) -> bool:
    """Whether the rows are counted in more than one currency."""
    return bool(rows["currency"].nunique(dropna=False) > 1)


def _weight(comparisons: pd.DataFrame, metric: str) -> Array:
    if metric not in WEIGHTS:
        return np.ones(len(comparisons))
    return np.nan_to_num(numbers(comparisons, WEIGHTS[metric]))


def _hits(comparisons: pd.DataFrame, metric: str) -> Array:
    name = f"{metric}_interval_hit"
    if name not in comparisons.columns:
        return np.full(len(comparisons), np.nan)
    return numbers(pd.DataFrame({name: comparisons[name].astype("boolean").astype("Float64")}), name)


def _currency(comparisons: pd.DataFrame) -> Any:
    return comparisons["currency"] if "currency" in comparisons.columns else None
