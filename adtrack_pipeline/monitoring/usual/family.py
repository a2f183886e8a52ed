"""A count and what was expected of it.

Belongs here: the arrays that judging works on. Does not belong here: how expectations are learned (`rates.py`,
`delivery.py`).
"""

from dataclasses import dataclass, replace

import numpy as np

from adtrack_pipeline.monitoring.inputs.arrival import Arrival
from adtrack_pipeline.monitoring.inputs.panel import Array, Mask


@dataclass(frozen=True)
class Family:
    """A count and what was expected of it, all (hours, units).

    Attributes:
        observed: events or money; 0 where nothing can be said.
        expected: in the same unit; 0 where nothing can be said.
        events: how many independent events the expectation stands for.
        prior_od: over-dispersion to assume before there is history.
        arrival: when what is counted becomes known; None: at once.
        follows: whether what strayed yesterday is expected to stray today: auctions move for a day at a time.
    """

    observed: Array
    expected: Array
    events: Array
    prior_od: float
    arrival: Arrival | None = None
    follows: bool = False

    def without(self, hours: Mask) -> "Family":
        """As if nothing could be said about these hours, (hours, units)."""
        if not hours.any():
            return self
        expected = np.where(hours, np.float32(0), self.expected)
        same = self.events is self.expected
        return replace(
            self,
            observed=np.where(hours, np.float32(0), self.observed),
            expected=expected,
            events=expected if same else np.where(hours, np.float32(0), self.events),
        )
