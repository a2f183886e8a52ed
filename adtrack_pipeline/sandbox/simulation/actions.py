"""Actions of a row: which families there are, under which types each is listed, what each attribution window saw.

A purchase is listed under six types (or the few of an older or an app-only account): the same sale every
time. On-Meta families exist by hour too, off-Meta ones only by day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.simulation.frames import Frame
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints

WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view", "1d_ev")

_PURCHASES = {
    "all": (
        "web_in_store_purchase",
        "onsite_web_app_purchase",
        "purchase",
        "onsite_web_purchase",
        "offsite_conversion.fb_pixel_purchase",
        "omni_purchase",
    ),
    "pixel": ("offsite_conversion.fb_pixel_purchase", "omni_purchase"),
    "app": ("app_custom_event.fb_mobile_purchase",),
}
_ENGAGEMENT = (
    ("link_click", "link_clicks"),
    ("post_reaction", "reactions"),
    ("comment", "comments"),
    ("post", "shares"),
    ("video_view", "video_plays"),
)
_LEADS = ("lead", "onsite_conversion.lead_grouped")


def _event_types(style: str, event: str, app_name: str) -> tuple[str, ...]:
    if style == "app":
        return (f"app_custom_event.fb_mobile_{app_name}",)
    pixel = (f"offsite_conversion.fb_pixel_{event}", f"omni_{event.replace('initiate_', 'initiated_')}")
    return pixel if style == "pixel" else (event, *pixel)


@dataclass(frozen=True)
class Family:
    """One counter: the types it is listed under, its values, and what each window saw of it."""

    types: tuple[str, ...]
    values: Floats
    windows: dict[str, Floats]


def families(frame: Frame, style: str) -> Iterator[Family]:
    """The counters of a frame's rows. Off-Meta ones are missing where the frame has none."""
    metrics = frame.metrics
    engagement = sum((metrics[name] for _, name in _ENGAGEMENT), np.zeros(len(frame), dtype=np.int64))
    for kind, name in _ENGAGEMENT:
        yield _on_meta((kind,), metrics[name])
    yield _on_meta(("post_engagement",), engagement)
    yield _on_meta(("page_engagement",), engagement)
    yield _on_meta(_LEADS, metrics["leads"])
    if "landing_page_view" in metrics:
        yield from _off_meta(frame, style)
        yield purchases(frame, style, "orders")


def _on_meta(types: tuple[str, ...], values: Ints) -> Family:
    counts = values.astype(np.float64)
    return Family(types, counts, {"1d_click": counts, "7d_click": counts, "28d_click": counts})


def _off_meta(frame: Frame, style: str) -> Iterator[Family]:
    lists = (
        ("landing_page_view", ("landing_page_view",)),
        ("view_content", _event_types(style, "view_content", "content_view")),
        ("add_to_cart", _event_types(style, "add_to_cart", "add_to_cart")),
        ("initiate_checkout", _event_types(style, "initiate_checkout", "initiated_checkout")),
    )
    for name, types in lists:
        values = frame.metrics[name]
        seen = values // 12
        clicked = values - seen
        ways = {"1d_click": clicked * 4 // 5, "7d_click": clicked, "28d_click": clicked, "1d_view": seen}
        yield Family(types, values.astype(np.float64), {name: ways[name].astype(np.float64) for name in ways})


def purchases(frame: Frame, style: str, kind: str, scale: float = 1.0) -> Family:
    """Purchases as counts (`kind` "orders") or money ("value"): `value` is 7-day click plus 1-day view."""
    metrics = frame.metrics
    first, week, view, month = (
        metrics[f"{kind} {way}"] / scale for way in ("1d_click", "7d_click", "1d_view", "28d_click")
    )
    windows = {
        "1d_click": first,
        "7d_click": first + week,
        "28d_click": first + week + month,
        "1d_view": view,
    }
    return Family(_PURCHASES[style], first + week + view, windows)


def action_lists(
    found: Sequence[Family], windows: Sequence[str], write: Callable[[float], str], count: int
) -> list[list[dict[str, str]] | None]:
    """The `actions` of rows: zero counters are left out, an empty list is None, a window only when non-zero."""
    lists: list[list[dict[str, str]]] = [[] for _ in range(count)]
    for family in found:
        asked = [(name, family.windows[name]) for name in windows if name in family.windows]
        there = np.nonzero(sum((column for _, column in asked), family.values))[0]
        values = family.values[there].tolist()
        columns = [(name, column[there].tolist()) for name, column in asked]
        for row, (place, value) in enumerate(zip(there.tolist(), values, strict=True)):
            entry = {"value": write(value), **{name: write(seen[row]) for name, seen in columns if seen[row]}}
            for kind in family.types:
                lists[place].append({"action_type": kind, **entry})
    return [one or None for one in lists]
