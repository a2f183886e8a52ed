"""Rows by age, gender, country, placement, device: every count cut into whole parts that add up to it.

With a geographic breakdown below the country, off-Meta actions are not returned, as at Meta. Hours are not cut
here: they come from delivery itself (`frames.py`).
"""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from adtrack_pipeline.sandbox.simulation.delivery import CLASSES, IN_VALUE
from adtrack_pipeline.sandbox.simulation.frames import Frame
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints
from adtrack_pipeline.sandbox.simulation.knowledge import FUNNEL

Label = dict[str, str]
SHARES: dict[str, dict[str, float]] = {
    "age": {"18-24": 0.12, "25-34": 0.29, "35-44": 0.25, "45-54": 0.17, "55-64": 0.1, "65+": 0.07},
    "gender": {"female": 0.57, "male": 0.4, "unknown": 0.03},
    "country": {"US": 0.5, "GB": 0.2, "DE": 0.18, "FR": 0.12},
    "region": {"California": 0.55, "New York": 0.28, "Texas": 0.17},
    "comscore_market": {"Los Angeles": 0.52, "New York": 0.3, "Chicago": 0.18},
    "publisher_platform": {"facebook": 0.52, "instagram": 0.42, "audience_network": 0.06},
    "platform_position": {"feed": 0.63, "story": 0.22, "reels": 0.15},
    "device_platform": {"mobile": 0.91, "desktop": 0.09},
    "impression_device": {"android_smartphone": 0.5, "iphone": 0.41, "desktop": 0.09},
}
_TOGETHER = (
    {"age", "gender"},
    {"publisher_platform", "platform_position", "device_platform", "impression_device"},
    {"country"},
    {"region"},
    {"comscore_market"},
)
_WITHOUT_OFF_META = frozenset({"region", "comscore_market"})
_OFF_META = frozenset(
    {*(name for name, _ in FUNNEL), *(f"{kind} {way}" for kind in ("orders", "value") for way in CLASSES)}
)


def is_combination(names: Sequence[str]) -> bool:
    """Whether breakdowns may be asked for together; a position needs its platform."""
    asked = set(names)
    lonely = "platform_position" in asked and "publisher_platform" not in asked
    return not lonely and any(asked <= group for group in _TOGETHER)


def labels_of(names: Sequence[str]) -> list[Label]:
    """The parts of a combination, as the keys that their rows carry."""
    return [dict(zip(names, values, strict=True)) for values in product(*(SHARES[name] for name in names))]


def split(frame: Frame, names: Sequence[str]) -> Frame:
    """A frame's rows cut into the parts of a combination; parts in which nothing happened are left out."""
    shares = np.array([np.prod(one) for one in product(*(list(SHARES[name].values()) for name in names))])
    ends: Floats = np.cumsum(shares)
    ends[-1] = 1.0
    metrics = frame.metrics
    if _WITHOUT_OFF_META & set(names):
        metrics = {name: column for name, column in metrics.items() if name not in _OFF_META}
    cut = {name: _cut(column, ends) for name, column in metrics.items() if not name.startswith("value ")}
    cut.update(_cut_values(metrics, cut))
    happened = cut["impressions"] + sum(cut[name] for way in IN_VALUE if (name := f"orders {way}") in cut)
    row, part = np.nonzero(happened)
    found = {name: columns[row, part] for name, columns in cut.items()}
    return Frame(frame.slot[row], frame.generation[row], part.astype(np.int64), found)


def _cut(column: Ints, ends: Floats) -> Ints:
    """Shape (rows, parts): whole numbers that add up to the column."""
    borders = np.floor(column[:, None] * ends + 1e-9).astype(np.int64)
    return np.diff(borders, axis=1, prepend=0)


def _cut_values(metrics: Mapping[str, Ints], cut: Mapping[str, Ints]) -> dict[str, Ints]:
    """Order values follow their orders: no part has money without an order."""
    found = {}
    for way in CLASSES:
        if (value := metrics.get(f"value {way}")) is not None:
            orders = cut[f"orders {way}"]
            total = np.maximum(orders.sum(axis=1, keepdims=True), 1)
            borders = value[:, None] * np.cumsum(orders, axis=1) // total
            found[f"value {way}"] = np.diff(borders, axis=1, prepend=0)
    return found
