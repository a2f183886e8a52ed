"""What a rule says about every hour of some units.

Belongs here: the record between judging and incidents. Does not belong here: how it comes about (`judge.py`,
`stops.py`, `found/fatigue.py`).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Array, Mask


@dataclass(frozen=True)
class Verdict:
    """What a rule says, (hours, units).

    Attributes:
        score: best score over windows that meet the rule's volume and effect, else 0.
        window: that window, hours.
        observed: count or money in it.
        expected: what was expected in it.
    """

    score: Array
    window: Array
    observed: Array
    expected: Array

    @classmethod
    def nothing(cls, hours: int, units: int) -> "Verdict":
        """Nothing found."""
        return cls(*(np.zeros((hours, units)) for _ in range(4)))

    def upto(self, hour: int) -> "Verdict":
        """The verdict on the hours before this one."""
        return Verdict(self.score[:hour], self.window[:hour], self.observed[:hour], self.expected[:hour])

    def but(self, nothing: Mask) -> "Verdict":
        """Nothing found where the mask is true."""
        return Verdict(np.where(nothing, 0.0, self.score), self.window, self.observed, self.expected)
