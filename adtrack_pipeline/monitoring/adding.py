"""Counts of ads added up to what they belong to.

Belongs here: sums over columns. Does not belong here: which columns belong together (`groups.py`).
"""

import numpy as np

from adtrack_pipeline.monitoring.panel import Array, Index, Mask


def sum_by(values: Array | Mask, groups: Index, count: int | None = None) -> Array:
    """(hours, units) to (hours, groups), in double precision.

    Added one by one, so that units without anything change no digit.

    Args:
        values: what is added up.
        groups: group number of each unit.
        count: number of groups, where some may have no unit here; default: as many as are numbered.
    """
    width = int(groups.max(initial=-1)) + 1 if count is None else count
    total = np.zeros((len(values), width))
    if len(groups):
        order = np.argsort(groups, kind="stable")
        ordered = groups[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        total[:, ordered[starts]] = np.add.reduceat(values[:, order], starts, axis=1, dtype=np.float64)
    return total
