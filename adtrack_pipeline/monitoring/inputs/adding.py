"""Counts of ads added up to what they belong to.

Belongs here: sums over columns. Does not belong here: which columns belong together (`found/groups.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Array, Index, Mask
from adtrack_pipeline.monitoring.inputs.threads import side_by_side


@dataclass(frozen=True)
class Groups:
    """Group number of each unit, and how many groups there are."""

    of: Index
    count: int


def sum_by(values: Array | Mask, groups: Index) -> Array:
    """(hours, units) to (hours, groups), in double precision; every group has a unit.

    Added one by one, so that units without anything change no digit.
    """
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(int(groups.max()) + 1 if len(groups) else 0))
    in_order = values if (np.diff(groups) >= 0).all() else values[:, order]
    return np.asarray(np.add.reduceat(in_order, starts, axis=1, dtype=np.float64))


def sums_of_all(
    read: Callable[[slice], Sequence[Array | Mask]], slices: Sequence[slice], by: Sequence[Groups]
) -> list[list[Array]]:
    """Several arrays of all units added up in several ways, in one walk over the units.

    Args:
        read: the arrays of some units, (hours, units) each.
        slices: which units to read at a time.
        by: ways to add up.

    Returns:
        For each way the arrays in their order, (hours, groups) each.
    """
    total: list[list[Array]] = []
    for part in side_by_side(lambda units: _sums(read(units), units, by), slices):
        if not total:
            total = [
                [np.zeros((len(one), way.count)) for one in sums] for way, (_, sums) in zip(by, part, strict=True)
            ]
        for whole, (groups, sums) in zip(total, part, strict=True):
            for kept, one in zip(whole, sums, strict=True):
                kept[:, groups] += one
    return total


def _sums(arrays: Sequence[Array | Mask], units: slice, by: Sequence[Groups]) -> list[tuple[Index, list[Array]]]:
    """The groups that these units belong to, and their sums."""
    found = []
    for way in by:
        groups, number = np.unique(way.of[units], return_inverse=True)
        found.append((groups, [sum_by(one, number) for one in arrays]))
    return found
