"""A frame's rows as Graph JSON: strings for numbers, missing keys for zeros, percent and six decimals for ratios.

One function per field or family of fields, each for a slice of rows at once. A None means: this row lacks the key.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adtrack_pipeline.sandbox.simulation import naming
from adtrack_pipeline.sandbox.simulation.actions import action_lists, families, purchases
from adtrack_pipeline.sandbox.simulation.frames import Frame
from adtrack_pipeline.sandbox.simulation.hashing import Ints
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.world import InsightQuery

Values = Sequence[Any]
_CENTS = ["", *(f".{cent:02d}".rstrip("0") for cent in range(1, 100))]
_WATCHED = {"p25": 0.62, "p50": 0.4, "p75": 0.27, "p95": 0.19, "p100": 0.16, "30_sec": 0.2, "thruplay": 0.24}


@dataclass(frozen=True)
class Page:
    """Rows to be written."""

    plan: Plan
    query: InsightQuery
    frame: Frame

    def __len__(self) -> int:
        return len(self.frame)

    def metric(self, name: str) -> Ints:
        """A metric of the rows; zeros when the frame has none."""
        column = self.frame.metrics.get(name)
        return np.zeros(len(self), dtype=np.int64) if column is None else column

    @property
    def has_off_meta(self) -> bool:
        """Purchases and what derives from them do not exist by hour or region."""
        return "orders 1d_click" in self.frame.metrics

    @property
    def has_reach(self) -> bool:
        """Reach and what derives from it do not exist by hour."""
        return "reach" in self.frame.metrics


def whole(value: float) -> str:
    """A count."""
    return str(int(value))


def money(units: int, offset: int) -> str:
    """Minor units in major units, trailing zeros dropped: 2447.5, 12, 0.03."""
    return str(units) if offset == 1 else f"{units // 100}{_CENTS[units % 100]}"


def decimals(value: float) -> str:
    """Six decimals, trailing zeros dropped."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def write_rows(page: Page) -> list[dict[str, Any]]:
    """The page's rows with the fields asked for, `date_start`/`date_stop` and the hour label."""
    names = [name for name in page.query.fields if name in FIELDS]
    columns = [FIELDS[name](page) for name in names]
    if not columns:
        return [{} for _ in range(len(page))]
    return [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns, strict=True)
    ]


def _count(name: str, *, zero: bool = False) -> Callable[[Page], Values]:
    def write(page: Page) -> Values:
        return [str(value) if value or zero else None for value in page.metric(name).tolist()]

    return write


def _spend(page: Page) -> Values:
    offset = page.plan.offset
    return [money(value, offset) for value in page.metric("spend").tolist()]


def _ratio(above: str, below: str, scale: float, *, paid: bool = False) -> Callable[[Page], Values]:
    """`above / below * scale`; `paid` when `above` is money. Missing without a denominator."""

    def write(page: Page) -> Values:
        if "reach" in (above, below) and not page.has_reach:
            return [None] * (len(page))
        unit = scale / page.plan.offset if paid else scale
        pairs = zip(page.metric(above).tolist(), page.metric(below).tolist(), strict=True)
        return [decimals(top * unit / bottom) if bottom and top else None for top, bottom in pairs]

    return write


def _reach(page: Page) -> Values:
    if not page.has_reach:
        return [None] * (len(page))
    return [str(value) for value in page.metric("reach").tolist()]


def _unique(name: str) -> Callable[[Page], Values]:
    """People instead of clicks: a few fewer, and unknown where reach is."""

    def write(page: Page) -> Values:
        if not page.has_reach:
            return [None] * len(page)
        return [str(value - value // 18) if value else None for value in page.metric(name).tolist()]

    return write


def _actions(page: Page) -> Values:
    found = list(families(page.frame, page.plan.advertiser.style))
    return action_lists(found, page.query.windows, whole, len(page))


def _action_values(page: Page) -> Values:
    if not page.has_off_meta:
        return [None] * (len(page))
    found = [purchases(page.frame, page.plan.advertiser.style, "value", page.plan.offset)]
    return action_lists(found, page.query.windows, decimals, len(page))


def _purchase_roas(kind: str) -> Callable[[Page], Values]:
    def write(page: Page) -> Values:
        style = page.plan.advertiser.style
        if not page.has_off_meta or style == "app":
            return [None] * (len(page))
        values = purchases(page.frame, style, "value", 1.0).values.tolist()
        return [
            [{"action_type": kind, "value": decimals(value / spend)}] if value and spend else None
            for value, spend in zip(values, page.metric("spend").tolist(), strict=True)
        ]

    return write


def _cost_per_action(page: Page) -> Values:
    lists = _actions(page)
    spends: list[float] = (page.metric("spend") / page.plan.offset).tolist()
    return [
        [
            {"action_type": one["action_type"], "value": decimals(spend / int(one["value"]))}
            for one in actions
            if int(one["value"])
        ]
        if actions and spend
        else None
        for actions, spend in zip(lists, spends, strict=True)
    ]


def _single(kind: str, share: float, name: str = "video_plays") -> Callable[[Page], Values]:
    """A list of one entry, as the video counters and outbound clicks come."""

    def write(page: Page) -> Values:
        counts: NDArray[np.int64] = np.floor(page.metric(name) * share).astype(np.int64)
        return [[{"action_type": kind, "value": str(value)}] if value else None for value in counts.tolist()]

    return write


def _watch_time(page: Page) -> Values:
    plays = page.metric("video_plays").tolist()
    return [[{"action_type": "video_view", "value": str(4 + value % 9)}] if value else None for value in plays]


def _same(value: Callable[[Page], str]) -> Callable[[Page], Values]:
    def write(page: Page) -> Values:
        return [value(page)] * (len(page))

    return write


def _name(kind: str) -> Callable[[Page], Values]:
    def write(page: Page) -> Values:
        if not naming.applies(kind, page.query.level):
            return [None] * (len(page))
        return naming.column(page.plan, kind, page.frame.slot, page.frame.generation)

    return write


FIELDS: dict[str, Callable[[Page], Values]] = {
    "account_id": _same(lambda page: page.plan.account_id),
    "account_name": _same(lambda page: page.plan.name),
    "account_currency": _same(lambda page: page.plan.advertiser.currency),
    **{kind: _name(kind) for kind in naming.COLUMNS},
    "impressions": _count("impressions", zero=True),
    "clicks": _count("clicks"),
    "inline_link_clicks": _count("link_clicks"),
    "inline_post_engagement": _count("clicks"),
    "unique_clicks": _unique("clicks"),
    "unique_inline_link_clicks": _unique("link_clicks"),
    "spend": _spend,
    "reach": _reach,
    "frequency": _ratio("impressions", "reach", 1.0),
    "ctr": _ratio("clicks", "impressions", 100.0),
    "inline_link_click_ctr": _ratio("link_clicks", "impressions", 100.0),
    "cpc": _ratio("spend", "clicks", 1.0, paid=True),
    "cpm": _ratio("spend", "impressions", 1000.0, paid=True),
    "cpp": _ratio("spend", "reach", 1000.0, paid=True),
    "cost_per_inline_link_click": _ratio("spend", "link_clicks", 1.0, paid=True),
    "actions": _actions,
    "action_values": _action_values,
    "cost_per_action_type": _cost_per_action,
    "purchase_roas": _purchase_roas("omni_purchase"),
    "website_purchase_roas": _purchase_roas("offsite_conversion.fb_pixel_purchase"),
    "outbound_clicks": _single("outbound_click", 0.96, "link_clicks"),
    "video_play_actions": _single("video_view", 1.0),
    "video_thruplay_watched_actions": _single("video_view", _WATCHED["thruplay"]),
    "video_avg_time_watched_actions": _watch_time,
    **{
        f"video_{name}_watched_actions": _single("video_view", share)
        for name, share in _WATCHED.items()
        if name != "thruplay"
    },
    "quality_ranking": _same(lambda _: "UNKNOWN"),
    "engagement_rate_ranking": _same(lambda _: "UNKNOWN"),
    "conversion_rate_ranking": _same(lambda _: "UNKNOWN"),
}
