"""Sums over windows of a family, from running totals made once.

Belongs here: `Sums` of any window that ends at any hour. Does not belong here: what to make of them (`judge.py`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adtrack_pipeline.monitoring.expected import Family
from adtrack_pipeline.monitoring.panel import Array, Index


@dataclass(frozen=True)
class Sums:
    """One window's sums at some hours, (rows, units); `events` is what the expectation stands for."""

    observed: Array
    expected: Array
    events: Array

    def take(self, units: Index) -> "Sums":
        """Of these units only."""
        return Sums(self.observed[:, units], self.expected[:, units], self.events[:, units])


@dataclass(frozen=True)
class Running:
    """Running totals of a family."""

    family: Family

    @cached_property
    def _totals(self) -> tuple[Array, Array, Array]:
        family = self.family
        expected = _total(family.expected)
        same = family.events is family.expected
        return _total(family.observed), expected, expected if same else _total(family.events)

    @cached_property
    def _waiting(self) -> Array | None:
        arrival = self.family.arrival
        return None if arrival is None else arrival.waiting(self.family.expected)

    def sums(self, window: int, hours: Index, units: Index | None = None) -> Sums:
        """Sums over the `window` hours that end with each of `hours`: of all units, or of one unit per hour."""
        upto, since = hours + 1, np.maximum(hours + 1 - window, 0)
        observed, expected, events = (_at(total, upto, units) - _at(total, since, units) for total in self._totals)
        return Sums(observed, expected, events)

    def late(self, window: int, hours: Index, units: Index | None = None) -> Array | None:
        """Expected events of the window that are still on their way; None when everything is known at once."""
        waiting, arrival = self._waiting, self.family.arrival
        if waiting is None or arrival is None:
            return None
        complete = hours >= window
        before = _at(waiting, np.maximum(hours - window, 0), units)
        before = np.where(complete[:, None] if units is None else complete, before, 0.0)
        return _at(waiting, hours, units) - before * arrival.kept(window)


def _at(values: Array, hours: Index, units: Index | None) -> Array:
    return np.asarray(values[hours] if units is None else values[hours, units])


def _total(values: Array) -> Array:
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, dtype=np.float64, out=total[1:])
    return total
