"""From days to report rows as columns of numbers: grouped by ad, ad set, campaign or account, by hour if asked.

Belongs here: which rows exist and their sums. Does not belong here: how numbers are written (`rows.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.sandbox.simulation.delivery import IN_VALUE
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints
from adtrack_pipeline.sandbox.simulation.knowledge import Known
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import Bools
from adtrack_pipeline.sandbox.world import Level

_OVERLAP = {"ad": 1.0, "adset": 0.93, "campaign": 0.88, "account": 0.8}
_HOURS = 24
BY_HOUR = (
    "impressions",
    "clicks",
    "link_clicks",
    "spend",
    "leads",
    "video_plays",
    "reactions",
    "comments",
    "shares",
)


@dataclass(frozen=True)
class Frame:
    """Rows of one bucket. `slot` and `generation` name the ad (a member of the group at higher levels).

    `part` is the place within a breakdown: the hour, or the combination of values; None without one.
    """

    slot: Ints
    generation: Ints
    part: Ints | None
    metrics: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.slot)

    def rows(self, rows: slice) -> "Frame":
        """Some of the rows."""
        part = None if self.part is None else self.part[rows]
        metrics = {name: column[rows] for name, column in self.metrics.items()}
        return Frame(self.slot[rows], self.generation[rows], part, metrics)


@dataclass(frozen=True)
class Selection:
    """Which ads count: a test on (slot, generation) arrays."""

    plan: Plan
    level: Level
    hourly: bool
    keep: "Keep"


class Keep:
    """Ads inside the scope of a report: allowed and left-out ids as numbers, per level."""

    def __init__(self, plan: Plan, only: Mapping[Level, Ints], without: Mapping[Level, Ints]) -> None:
        self._plan = plan
        self._only = only
        self._without = without

    def mask(self, slot: Ints, generation: Ints) -> Bools:
        """True for ads that count."""
        kept = np.ones(len(slot), dtype=np.bool_)
        for level, numbers in self._only.items():
            kept &= np.isin(group_number(self._plan, level, slot, generation), numbers)
        for level, numbers in self._without.items():
            if len(numbers):
                kept &= ~np.isin(group_number(self._plan, level, slot, generation), numbers)
        return kept


def group_number(plan: Plan, level: Level, slot: Ints, generation: Ints) -> Ints:
    """A number per ad, ad set or campaign generation: owner * 100,000 + generation; 0 for the account."""
    if level == "account":
        return np.zeros(len(slot), dtype=np.int64)
    if level == "ad":
        return slot * 100_000 + generation
    owner = plan.slot_adset[slot] if level == "adset" else plan.slot_campaign[slot]
    return np.asarray(owner * 100_000 + generation // 64)


def bucket_frame(selection: Selection, days: Sequence[Known]) -> Frame:
    """The rows of a bucket of days; of no days, none."""
    if not days:
        none = np.zeros(0, dtype=np.int64)
        return Frame(none, none, none if selection.hourly else None, {"impressions": none})
    parts = [_hourly_part(selection, one) if selection.hourly else _daily_part(selection, one) for one in days]
    if len(parts) == 1 and selection.level == "ad":
        return parts[0]
    return _grouped(selection, parts)


def _daily_part(selection: Selection, known: Known) -> Frame:
    """One day's ads."""
    lives = known.block.lives
    counts, values = known.orders()
    metrics = {name: getattr(known, name).sum(axis=1) for name in BY_HOUR}
    for name, count in counts.items():
        metrics[f"orders {name}"] = count
        metrics[f"value {name}"] = values[name]
    happened = metrics["impressions"] + sum(counts[way] for way in IN_VALUE) > 0
    rows = np.nonzero(happened & selection.keep.mask(lives.slot, lives.generation))[0]
    metrics = {name: column[rows] for name, column in metrics.items()}
    metrics.update({name: column[rows] for name, column in known.funnel().items()})
    metrics["reach"] = _reach(known, metrics["impressions"], rows)
    return Frame(lives.slot[rows], lives.generation[rows], None, metrics)


def _reach(known: Known, impressions: Ints, rows: Ints) -> Ints:
    """People reached, which follow from impressions and the age of the ad."""
    lives, number = known.block.lives, known.block.day.number
    frequency: Floats = known.block.traits.frequency_at(lives.age(number))[rows]
    return np.minimum(np.ceil(impressions / frequency), impressions).astype(np.int64)


def _hourly_part(selection: Selection, known: Known) -> Frame:
    """One day's ads by hour label; the two halves of a repeated hour are added."""
    lives = known.block.lives
    kept = np.nonzero(selection.keep.mask(lives.slot, lives.generation))[0]
    columns = {name: _by_label(known, getattr(known, name)[kept]) for name in BY_HOUR}
    row, hour = np.nonzero(columns["impressions"] + columns["clicks"])
    metrics = {name: column[row, hour] for name, column in columns.items()}
    rows = kept[row]
    return Frame(lives.slot[rows], lives.generation[rows], hour.astype(np.int64), metrics)


def _by_label(known: Known, counts: Ints) -> Ints:
    labels = known.block.day.labels
    if len(labels) == _HOURS:
        return counts
    merged = np.zeros((counts.shape[0], _HOURS), dtype=np.int64)
    for place, label in enumerate(labels.tolist()):
        merged[:, label] += counts[:, place]
    return merged


def _grouped(selection: Selection, parts: Sequence[Frame]) -> Frame:
    """Several days, or a level above the ad: summed per group (and hour)."""
    slot = np.concatenate([one.slot for one in parts])
    generation = np.concatenate([one.generation for one in parts])
    key = group_number(selection.plan, selection.level, slot, generation)
    hours = np.concatenate([one.part for one in parts if one.part is not None]) if selection.hourly else None
    if hours is not None:
        key = key * _HOURS + hours
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    metrics = {}
    for name in parts[0].metrics:
        total = np.zeros(len(first), dtype=np.int64)
        np.add.at(total, inverse, np.concatenate([one.metrics[name] for one in parts]))
        metrics[name] = total
    if "reach" in metrics:
        share = _OVERLAP[selection.level] * (1.0 if len(parts) == 1 else 0.35 + 0.65 / len(parts) ** 0.5)
        metrics["reach"] = np.minimum(np.ceil(metrics["reach"] * share), metrics["impressions"]).astype(np.int64)
    return Frame(slot[first], generation[first], None if hours is None else hours[first], metrics)
