"""From hours to incidents: one per unit and kind, however many hours it lasts.

Belongs here: where an incident starts and ends. Does not belong here: scores (`strange/judge.py`), words
(`telling.py`).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Mask
from adtrack_pipeline.monitoring.strange.verdict import Verdict

QUIET_HOURS = 24  # so long after its last strange hour an incident is over


@dataclass(frozen=True)
class Incident:
    """A run of strange hours of one unit.

    Attributes:
        unit: column.
        start: hour in which it was first strange enough.
        end: last such hour.
        score: standardised distance when it was found.
        window: length of what was looked at then, hours.
        observed: count or money in that window.
        expected: what was expected in it.
    """

    unit: int
    start: int
    end: int
    score: float
    window: int
    observed: float
    expected: float

    @property
    def span(self) -> slice:
        """Hours of the window in which it was found."""
        return slice(max(0, self.start - self.window + 1), self.start + 1)

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected if self.expected > 0 else 0.0


def runs(strange: Mask, quiet: int = QUIET_HOURS) -> list[tuple[int, int, int]]:
    """(column, first row, last row) of runs of true values with gaps of at most `quiet` rows, in order of time."""
    found = []
    for column in np.flatnonzero(strange.any(axis=0)):
        rows = np.flatnonzero(strange[:, column])
        cuts = np.flatnonzero(np.diff(rows) > quiet)
        firsts, lasts = rows[np.r_[0, cuts + 1]], rows[np.r_[cuts, len(rows) - 1]]
        found += [(int(column), int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]
    return sorted(found, key=lambda run: (run[1], run[0]))


def incidents(verdict: Verdict, bar: float, offset: int, quiet: int = QUIET_HOURS) -> list[Incident]:
    """Incidents of a verdict whose first row is hour `offset`."""
    return [
        Incident(
            unit=unit,
            start=first + offset,
            end=last + offset,
            score=float(verdict.score[first, unit]),
            window=int(verdict.window[first, unit]),
            observed=float(verdict.observed[first, unit]),
            expected=float(verdict.expected[first, unit]),
        )
        for unit, first, last in runs(verdict.score >= bar, quiet)
    ]
