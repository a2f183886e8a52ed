"""Sums over windows of a family, from running totals made once.

Belongs here: `Sums` of any window that ends at any hour. Does not belong here: what to make of them (`judge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index
from adtrack_pipeline.monitoring.usual.family import Family

DAMPED = 0.6  # of what strayed for a day, on a log scale, is still astray the next
ENOUGH_EVENTS = 40.0  # expected events of the day before that weigh as much as no knowledge of it
FARTHEST = 3.0


@dataclass(frozen=True)
class Sums:
    """One window's sums, (hours, units) or one unit per row: (n,).

    Attributes:
        observed: counts or money.
        expected: the same, as was to be expected.
        events: what the expectation stands for.
        usual: expected, had the day before been as usual.
    """

    observed: Array
    expected: Array
    events: Array
    usual: Array

    @property
    def counts(self) -> "Counts":
        """Observed and expected events."""
        return Counts(self.observed * (self.events / np.maximum(self.expected, 1e-12)), self.events)

    def at(self, places: Index) -> "Sums":
        """Of these rows only."""
        return Sums(*(one[places] for one in (self.observed, self.expected, self.events, self.usual)))

    def plus(self, other: "Sums") -> "Sums":
        """The rows of both."""
        return Sums(
            *(
                np.concatenate([getattr(self, one), getattr(other, one)])
                for one in ("observed", "expected", "events", "usual")
            )
        )


@dataclass(frozen=True)
class Counts:
    """What is scored, (hours, units): money counts as the events it stands for."""

    observed: Array
    events: Array

    @classmethod
    def joined(cls, parts: "Sequence[Counts]") -> "Counts":
        """Units of all parts."""
        return cls(
            *(np.concatenate([getattr(one, name) for one in parts], axis=1) for name in ("observed", "events"))
        )

    def take(self, units: Index) -> "Counts":
        """Of these units only, in ascending order."""
        if len(units) == self.events.shape[1]:
            return self
        return Counts(self.observed[:, units], self.events[:, units])

    def at(self, rows: slice) -> "Counts":
        """Of these rows only."""
        return Counts(self.observed[rows], self.events[rows])


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
        sums = self._between(since, upto, units)
        if not self.family.follows:
            return sums
        moved = _followed(self._between(np.maximum(since - HOURS, 0), since, units))
        return Sums(sums.observed, sums.expected * moved, sums.events * moved, sums.expected)

    def _between(self, since: Index, upto: Index, units: Index | None) -> Sums:
        observed, expected, events = (_at(total, upto, units) - _at(total, since, units) for total in self._totals)
        return Sums(observed, expected, events, expected)

    def late(self, window: int, hours: Index, units: Index | None = None) -> Array | None:
        """Expected events of the window that are still on their way; None when everything is known at once."""
        waiting, arrival = self._waiting, self.family.arrival
        if waiting is None or arrival is None:
            return None
        complete = hours >= window
        before = _at(waiting, np.maximum(hours - window, 0), units)
        before = np.where(complete[:, None] if units is None else complete, before, 0.0)
        return _at(waiting, hours, units) - before * arrival.kept(window)


def _followed(day: Sums) -> Array:
    """By what the day before a window moves its expectation.

    An error that is correlated from day to day is foretold by yesterday's (Box and Jenkins, Time Series
    Analysis, 1970: an autoregressive disturbance). What is left of it is smaller, so that a jump stands out
    sooner, and an ad that has been drifting is not called strange.
    """
    seen = day.observed * (day.events / np.maximum(day.expected, 1e-12))
    strayed = (seen + ENOUGH_EVENTS) / (day.events + ENOUGH_EVENTS)
    return np.asarray(np.clip(strayed, 1.0 / FARTHEST, FARTHEST) ** DAMPED)


def _at(values: Array, hours: Index, units: Index | None) -> Array:
    if units is not None:
        return np.asarray(values[hours, units])
    in_a_row = len(hours) > 0 and hours[-1] - hours[0] + 1 == len(hours)
    return np.asarray(values[hours[0] : hours[-1] + 1] if in_a_row else values[hours])


def _total(values: Array) -> Array:
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, axis=0, dtype=np.float64, out=total[1:])
    return total
