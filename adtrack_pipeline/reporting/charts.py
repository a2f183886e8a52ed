"""The two pictures of a report: money per day, and what a unit of it brought. PNG, readable on a phone.

Matplotlib's object interface only: no global state, so that threads may draw at once. Importing it takes a second:
import this module late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import MO, DateFormatter, WeekdayLocator
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from adtrack_pipeline.reporting.sums import BY_NAME, Sums

SHOWN_DAYS = 28
INCHES, DPI = (5.0, 2.5), 160  # 800 pixels wide: sharp where a phone shows it at 360
BLUE, ORANGE, GREY, PALE = "#0072B2", "#D55E00", "#595959", "#B8D4E8"

Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Chart:
    """A picture with what it shows in words."""

    name: str
    alt: str
    png: bytes


def draw_charts(days: Mapping[date, Sums], day: date, currency: str | None) -> list[Chart]:
    """Spend and revenue, and ROAS, of four weeks; what has no data has no picture.

    Late conversions are drawn dashed: what is expected once all have arrived. ROAS gives way to conversions where
    there is no revenue.
    """
    shown = [day - timedelta(days=back) for back in range(SHOWN_DAYS - 1, -1, -1)]
    sums = [days.get(one) for one in shown]
    charts = []
    if any(one and (one.spend or one.revenue) for one in sums):
        charts.append(_money(shown, sums, currency))
    has_revenue = any(one and one.revenue for one in sums)
    if has_revenue or any(one and one.conversions for one in sums):
        charts.append(_late_line(shown, sums, "roas" if has_revenue else "conversions"))
    return charts


def _money(shown: list[date], sums: list[Sums | None], currency: str | None) -> Chart:
    figure, axes = _canvas("Spend and revenue per day", currency or "")
    axes.bar(_x(shown), _values(sums, "spend"), color=PALE, width=0.8, label="spend")
    _line(axes, shown, sums, "revenue", BLUE)
    return Chart("money", f"Spend and revenue per day, {SHOWN_DAYS} days", _png(figure))


def _late_line(shown: list[date], sums: list[Sums | None], metric: str) -> Chart:
    label = BY_NAME[metric].label
    figure, axes = _canvas(f"{label} per day", "")
    _line(axes, shown, sums, metric, ORANGE)
    ripe = [value for one in sums[:-1] if (value := BY_NAME[metric].ripe(one)) is not None]
    if len(ripe) >= 7:
        axes.axhline(float(np.median(ripe)), color=GREY, lw=1, ls=":", label="median")
    axes.legend(**_LEGEND)
    return Chart(metric, f"{label} per day, {SHOWN_DAYS} days", _png(figure))


def _line(axes: Axes, shown: list[date], sums: list[Sums | None], metric: str, colour: str) -> None:
    reported = _values(sums, metric)
    expected = np.array([_or_nan(BY_NAME[metric].ripe(one)) for one in sums])
    axes.plot(_x(shown), reported, color=colour, lw=1.8, marker="o", ms=2.5, label=_label(metric))
    if bool(np.any(np.abs(np.nan_to_num(expected - reported)) > 1e-9)):
        axes.plot(_x(shown), expected, color=colour, lw=1.2, ls="--", label="once all have arrived")
    axes.legend(**_LEGEND)


def _canvas(title: str, unit: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=INCHES, dpi=DPI)
    figure.subplots_adjust(
        left=0.14, right=0.985, top=0.9, bottom=0.2
    )  # constrained layout draws everything twice
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", parse_math=False)
    axes.set_ylabel(unit, fontsize=8, parse_math=False)
    axes.grid(axis="y", color="#E3E3E3", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=GREY)
    axes.xaxis.set_major_locator(WeekdayLocator(byweekday=MO))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter("%d %b"))  # type: ignore[no-untyped-call]
    return figure, axes


def _png(figure: Figure) -> bytes:
    axes = figure.axes[0]
    axes.set_ylim(bottom=0)
    if axes.get_ylim()[1] >= 10_000:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _values(sums: list[Sums | None], metric: str) -> Values:
    return np.array([_or_nan(BY_NAME[metric].of(one) if one else None) for one in sums])


def _x(shown: list[date]) -> Any:
    return np.array(shown, dtype="datetime64[D]")


def _label(metric: str) -> str:
    """As a legend writes it: abbreviations stay capitals."""
    label = BY_NAME[metric].label
    return label if label.isupper() else label.lower()


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


_LEGEND: dict[str, Any] = {
    "loc": "upper center",
    "bbox_to_anchor": (0.5, -0.12),
    "ncols": 3,
    "fontsize": 8,
    "frameon": False,
}
