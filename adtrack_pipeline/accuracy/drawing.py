"""What all pictures of this room share: size, colours, labels, axes.

Belongs here: matplotlib, by its object interface only (no global state), imported when something is drawn. Does
not belong here: what is drawn (`plots`).
"""

from io import BytesIO
from typing import TYPE_CHECKING

from adtrack_pipeline.accuracy.columns import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INCHES, DPI = (6.0, 4.2), 150
LONGEST_TITLE = 70
# Okabe and Ito's palette: told apart with every kind of colour blindness.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
BLUE, GREY = COLOURS[0], "#595959"
DATE_FORMATS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"]
ORDERS_APART = 20.0  # greatest over smallest value from which an axis is logarithmic


def span(values: Array) -> tuple[float, float]:
    """Limits of an axis that shows all values: from 0, or from the smallest where they are orders apart."""
    positive = values[values > 0]
    high = float(values.max()) * 1.05 if len(positive) else 1.0
    low = float(positive.min()) * 0.9 if len(positive) == len(values) else min(0.0, float(values.min()))
    return (low, high) if are_orders_apart(low, high) else (min(0.0, float(values.min())), high)


def are_orders_apart(low: float, high: float) -> bool:
    """Whether an axis between these is logarithmic."""
    return low > 0 and high / low > ORDERS_APART


def square_axes(axes: "Axes", low: float, high: float) -> None:
    """The same limits across and up, logarithmic where these are orders apart; after everything is drawn."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter  # noqa: PLC0415

    if are_orders_apart(low, high):
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
            axis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)


def new_figure(title: str) -> tuple["Figure", "Axes"]:
    """An empty picture with its title, characters taken as they are."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=INCHES, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    short = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
    axes.set_title(short, loc="left", fontsize=10, fontweight="bold", parse_math=False)
    return figure, axes


def label(axes: "Axes", across: str, up: str) -> None:
    """Names, grid and legend; after everything is drawn."""
    axes.set_xlabel(across, fontsize=9)
    axes.set_ylabel(up, fontsize=9)
    axes.grid(color="#D9D9D9", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=GREY)
    axes.legend(fontsize=8, frameon=False, loc="lower right")


def date_axis(axes: "Axes") -> None:
    """Days across, few and short."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415

    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, formats=DATE_FORMATS, zero_formats=DATE_FORMATS, show_offset=False
        )
    )


def note(axes: "Axes", text: str, *, above: bool = True) -> None:
    """A line of small print inside the picture."""
    place = (0.02, 0.97) if above else (0.02, 0.03)
    axes.text(*place, text, transform=axes.transAxes, fontsize=8, color=GREY, va="top" if above else "bottom")


def png(figure: "Figure") -> bytes:
    """The picture's bytes."""
    picture = BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()
