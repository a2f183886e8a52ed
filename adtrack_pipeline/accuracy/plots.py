"""Pictures of how good a model is, as PNG for asset metadata and reports.

Belongs here: drawing what `compare` and `pooled_accuracy` found. Does not belong here: measuring,
sizes and colours (`drawing`).
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from adtrack_pipeline.accuracy.drawing import (
    BLUE,
    COLOURS,
    GREY,
    are_orders_apart,
    date_axis,
    label,
    new_figure,
    note,
    png,
    span,
    square_axes,
)
from adtrack_pipeline.accuracy.measures import order
from adtrack_pipeline.accuracy.observations import array, observations
from adtrack_pipeline.accuracy.rows import Rows
from adtrack_pipeline.wording import kind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 3_000  # more are drawn as density only
BINS = 10
FEWEST_IN_BIN = 5
UNITS = {"ctr": "%", "roas": "revenue per spend", "conversions": "conversions", "spend": "account currency"}


def predicted_v_actual_png(comparisons: pd.DataFrame, metric: str, *, title: str) -> bytes | None:
    """Predictions against what happened, a point each, with the line on which both are equal.

    Args:
        comparisons: as `compare` returns them, of one model.
        metric: one of `METRICS`.
        title: shown in bold, e.g. model, version and span.

    Returns:
        A PNG, 900 × 630 pixels; None where fewer than two predictions of the metric were scored.
    """
    rows = observations(comparisons, metric)
    rows = rows[rows["is_scored"] & rows["is_ex_ante"]]
    if len(rows) < 2:
        return None
    predicted, actual = array(rows, "predicted"), array(rows, "actual")
    figure, axes = new_figure(title)
    low, high = span(np.concatenate([predicted, actual]))
    if len(rows) > MOST_POINTS:
        scale: Any = "log" if are_orders_apart(low, high) else "linear"
        axes.hexbin(predicted, actual, gridsize=45, xscale=scale, yscale=scale, bins="log", mincnt=1, cmap="Blues")
    else:
        axes.scatter(predicted, actual, s=14, color=BLUE, alpha=0.45, lw=0)
    axes.plot([low, high], [low, high], color=GREY, lw=1, ls="--", label="predicted = actual")
    square_axes(axes, low, high)
    label(axes, f"predicted {_named(metric)}", f"actual {_named(metric)}")
    darker = "; darker: more of them" if len(rows) > MOST_POINTS else ""
    order_within = _signed(order(Rows.of(rows)))
    note(axes, f"{len(rows):,} predictions{darker}; rank correlation {order_within}")
    return png(figure)


def calibration_png(comparisons: pd.DataFrame, metric: str, *, title: str) -> bytes | None:
    """Whether what is predicted high turns out high: mean actual in tenths of the predictions, with their noise.

    Within each tenth both means are weighed like the metric (CTR by impressions, ROAS by spend). Bars are two
    standard errors of the actual mean. The note says how many actuals lay within their bounds, if there are any.

    Args:
        comparisons: as `compare` returns them, of one model.
        metric: one of `METRICS`.
        title: shown in bold.

    Returns:
        A PNG, 900 × 630 pixels; None where there are not two bins of 5 predictions.
    """
    rows = observations(comparisons, metric)
    rows = rows[rows["is_summed"] & rows["is_ex_ante"] & (rows["weight"] > 0)]
    bins = _bins(rows)
    if len(bins) < 2:
        return None
    figure, axes = new_figure(title)
    low, high = span(np.concatenate([array(bins, "predicted"), array(bins, "actual")]))
    axes.plot([low, high], [low, high], color=GREY, lw=1, ls="--", label="calibrated")
    axes.errorbar(
        array(bins, "predicted"),
        array(bins, "actual"),
        yerr=2 * array(bins, "error"),
        color=BLUE,
        marker="o",
        ms=5,
        lw=1.4,
        elinewidth=1,
        capsize=3,
        label="mean of a tenth, ± 2 standard errors",
    )
    label(axes, f"mean predicted {_named(metric)}", f"mean actual {_named(metric)}")
    note(axes, f"{len(rows):,} predictions{_coverage(rows)}")
    return png(figure)


def accuracy_over_time_png(pooled: pd.DataFrame, metric: str, *, window_days: int = 7, title: str) -> bytes | None:
    """Accuracy of each model version by day, with the noise ceiling.

    Args:
        pooled: as `pooled_accuracy` returns it, of several days.
        metric: one of `METRICS`.
        window_days: which of the trailing windows.
        title: shown in bold.

    Returns:
        A PNG, 900 × 630 pixels; None where there is no version with two days of accuracy.
    """
    rows = pooled[(pooled["metric"] == metric) & (pooled["window_days"] == window_days)]
    rows = rows[rows["accuracy"].notna()].sort_values("date_day")
    versions = [(name, one) for name, one in rows.groupby(["model_name", "model_version"]) if len(one) > 1]
    if not versions:
        return None
    figure, axes = new_figure(title)
    for number, ((name, version), one) in enumerate(versions[-len(COLOURS) :]):
        _draw_version(axes, f"{name} {version}", one, COLOURS[number])
    axes.set_ylim(0, 100)
    label(axes, "", f"accuracy of {_named(metric).split(',')[0]}, 0 to 100")
    date_axis(axes)
    latest = rows[rows["date_day"] == rows["date_day"].max()]
    note(
        axes,
        f"trailing {window_days} days; {int(latest['summed'].sum()):,} predictions on the last day",
        above=False,
    )
    return png(figure)


def _draw_version(axes: "Axes", name: str, rows: pd.DataFrame, colour: str) -> None:
    days: Any = [date.fromisoformat(str(day)[:10]) for day in rows["date_day"]]
    values = array(rows, "accuracy")
    provisional = rows["is_provisional"].to_numpy(dtype=bool)
    axes.plot(days, values, color=colour, lw=1.8, label=name)
    if provisional.any():
        axes.plot(
            [day for day, is_so in zip(days, provisional, strict=True) if is_so],
            values[provisional],
            ls="none",
            marker="o",
            mfc="white",
            mec=colour,
            ms=4,
            label="provisional" if colour == COLOURS[0] else None,
        )
    if rows["noise_ceiling"].notna().any():
        said = "noise ceiling" if colour == COLOURS[0] else None
        axes.plot(days, array(rows, "noise_ceiling"), color=colour, lw=1, ls=":", label=said)


def _bins(rows: pd.DataFrame) -> pd.DataFrame:
    """Tenths of the predictions: weighted means, and the standard error of the actual one."""
    if rows["predicted"].nunique() < 2:
        return pd.DataFrame(columns=["predicted", "actual", "error"])
    found = []
    for _, one in rows.groupby(pd.qcut(rows["predicted"], BINS, duplicates="drop"), observed=True):
        if len(one) >= FEWEST_IN_BIN:
            weight, actual = array(one, "weight"), array(one, "actual")
            mean = float(np.average(actual, weights=weight))
            error = np.sqrt((np.square(weight * (actual - mean))).sum()) / weight.sum()
            predicted = float(np.average(array(one, "predicted"), weights=weight))
            found.append({"predicted": predicted, "actual": mean, "error": float(error)})
    return pd.DataFrame(found, columns=["predicted", "actual", "error"])


def _coverage(rows: pd.DataFrame) -> str:
    bounded = rows[rows["hit"].notna()]
    if bounded.empty:
        return ""
    held, promised = bounded["hit"].mean(), bounded["interval_level"].mean()
    return f"; {held:.0%} of {len(bounded):,} within bounds that promise {promised:.0%}"


def _named(metric: str) -> str:
    return f"{kind(metric)}, {UNITS[metric]}" if metric in {"ctr", "roas", "spend"} else UNITS[metric]


def _signed(value: float) -> str:
    return f"{value:+.2f}" if np.isfinite(value) else "not known"
