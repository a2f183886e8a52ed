"""How late conversions become known, and what that leaves of an expectation.

Belongs here: the arrival curve. Does not belong here: learning it (`marts.conversion_maturity`).
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Array


@dataclass(frozen=True)
class Arrival:
    """Share of a conversion's hour known after `h` hours: 1 - late * exp(-h / hours).

    Attributes:
        late: share that is not known in its own hour, 0 to 1.
        hours: time constant in which the late ones arrive.
    """

    late: float
    hours: float

    def kept(self, hours: int) -> float:
        """Share of what is waiting that still waits so many hours later."""
        return float(np.exp(-hours / self.hours))

    def waiting(self, expected: Array) -> Array:
        """Expected events of all hours so far that are still on their way, at each hour; (hours, units)."""
        waiting, keep = self.late * expected.astype(np.float64), self.kept(1)
        for hour in range(1, len(waiting)):
            waiting[hour] += keep * waiting[hour - 1]
        return waiting


# Where an account's own curve is not known: nearly half late, most of them within a day. Meta's default window
# is seven days after the click, but most of what it reports arrives in the first two.
USUAL = Arrival(late=0.45, hours=12.0)
