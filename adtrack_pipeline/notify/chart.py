"""The evidence of an alert as a picture: what happened against what was to be expected.

Belongs here: drawing. Does not belong here: which series shows what (the condition's evidence), sending pictures.
Matplotlib's object interface only: no global state, so that threads may draw at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import EngFormatter

INCHES = (6.0, 2.9)
DPI = 200  # 1,200 pixels wide: sharp where a message shows it at 600
TITLE_LENGTH = 58
DATE_FORMATS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"]
# Okabe and Ito's palette: told apart with every kind of colour blindness, and in grey by line and lightness.
BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#595959"

Values = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class _Series:
    """Arrays of one length; missing values are NaN."""

    times: list[datetime]
    actual: Values
    expected: Values | None
    low: Values | None
    high: Values | None
    shaded: tuple[datetime, datetime] | None
    has_hours: bool


def evidence_png(series: Mapping[str, Any], *, title: str, unit: str) -> bytes | None:
    """A PNG, 1,200 x 580 pixels, readable at half its size; None when there is nothing to draw.

    Args:
        series: `ts` (ISO instants, or days) and `actual`, both lists of one length; if known also `expected`,
            `low`, `high` (the band of what is usual), and `began_at`, `ended_at` of the incident. Without these,
            the last points outside the band are shaded. Null and NaN are gaps.
        title: shown as it is; characters the font does not have are left out.
        unit: of the values, e.g. `%`, `EUR`.
    """
    read = _read(series)
    if read is None:
        return None
    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw(axes, read)
    _label(axes, read, _printable(title), _printable(unit))
    picture = BytesIO()
    canvas.print_png(picture)  # type: ignore[no-untyped-call]
    return picture.getvalue()


def _draw(axes: Axes, series: _Series) -> None:
    times: Any = series.times
    if series.shaded:
        began, ended = series.shaded
        axes.axvspan(began, ended, color=ORANGE, alpha=0.25, lw=0, label="incident")  # type: ignore[arg-type]
    if series.low is not None and series.high is not None:
        axes.fill_between(times, series.low, series.high, color=GREY, alpha=0.18, lw=0, label="usual")
    if series.expected is not None:
        axes.plot(times, series.expected, color=GREY, lw=1.3, ls="--", label="expected")
    few = len(times) <= 31
    axes.plot(times, series.actual, color=BLUE, lw=1.8, marker="o" if few else None, ms=3, label="actual")


def _label(axes: Axes, series: _Series, title: str, unit: str) -> None:
    short = title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"
    # A dollar sign in a name is no formula.
    axes.set_title(short, loc="left", fontsize=10, fontweight="bold", parse_math=False)
    zone = "UTC" if series.has_hours else ""
    axes.set_ylabel(unit, fontsize=9, parse_math=False)
    axes.set_xlabel(zone, fontsize=8, loc="right")
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, formats=DATE_FORMATS, zero_formats=DATE_FORMATS, show_offset=False
        )
    )
    top = np.nanmax(np.abs(series.actual))
    if top >= 10_000:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_ylim(bottom=min(0.0, float(np.nanmin(series.actual))))
    axes.grid(axis="y", color="#D9D9D9", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=GREY)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=4, fontsize=8, frameon=False)


def _read(series: Mapping[str, Any]) -> _Series | None:
    """The series as arrays; None if there are not two points of a line."""
    stamps, actual = series.get("ts"), _values(series.get("actual"))
    if not isinstance(stamps, Sequence) or isinstance(stamps, str) or actual is None:
        return None
    times = [_instant(stamp) for stamp in stamps]
    if len(times) != len(actual) or None in times or np.isfinite(actual).sum() < 2:
        return None
    known = [moment for moment in times if moment is not None]

    def beside(name: str) -> Values | None:
        values = _values(series.get(name))
        return values if values is not None and len(values) == len(actual) and np.isfinite(values).any() else None

    low, high = beside("low"), beside("high")
    return _Series(
        times=known,
        actual=actual,
        expected=beside("expected"),
        low=low,
        high=high,
        shaded=_shaded(series, known, actual, low, high),
        has_hours=any(isinstance(stamp, datetime) or len(str(stamp)) > len("2026-01-01") for stamp in stamps),
    )


def _shaded(
    series: Mapping[str, Any], times: Sequence[datetime], actual: Values, low: Values | None, high: Values | None
) -> tuple[datetime, datetime] | None:
    """From when to when the incident lasted, within what is shown."""
    began = _instant(series.get("began_at"))
    if began is not None:
        ended = _instant(series.get("ended_at")) or times[-1]
        return (max(began, times[0]), min(ended, times[-1])) if began < times[-1] and ended > times[0] else None
    outside = np.zeros(len(actual), dtype=bool)
    if low is not None:
        outside |= actual < low
    if high is not None:
        outside |= actual > high
    found = np.flatnonzero(outside)
    if not len(found):
        return None
    first = last = int(found[-1])
    while first > 0 and outside[first - 1]:
        first -= 1
    return times[max(first - 1, 0)], times[min(last + 1, len(times) - 1)]


def _values(values: Any) -> Values | None:
    """Numbers with NaN for what is none; None for what is no list."""
    if not isinstance(values, Sequence | np.ndarray) or isinstance(values, str):
        return None
    numbers = [value if isinstance(value, int | float) else np.nan for value in values]
    array = np.asarray(numbers, dtype=np.float64)
    return np.where(np.isfinite(array), array, np.nan)


def _instant(stamp: Any) -> datetime | None:
    """An instant in UTC; None for what is none."""
    if isinstance(stamp, date) and not isinstance(stamp, datetime):
        return datetime.combine(stamp, time(), UTC)
    try:
        moment = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(str(stamp))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _printable(text: str) -> str:
    """The text as far as the font has it: boxes in place of emoji say nothing."""
    known = "".join(one if ord(one) in _glyphs() else " " if one.isspace() else "" for one in text)
    return " ".join(known.split())


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties())).get_charmap())
