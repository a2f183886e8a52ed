"""What was to be expected in each hour, given what the ad got: worked out for the ads and hours asked for.

Belongs here: turning usual rates into expectations. Does not belong here: learning rates (`rates.py`,
`delivery.py`), how far from them is too far (`strange/score.py`, `strange/rules.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.arrival import Arrival
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index
from adtrack_pipeline.monitoring.usual.accounts import Accounts
from adtrack_pipeline.monitoring.usual.delivery import MIN_AGE_HOURS, PRIOR_OD, Level, usual_delivery
from adtrack_pipeline.monitoring.usual.family import Family
from adtrack_pipeline.monitoring.usual.rates import Rates, usual_rates
from adtrack_pipeline.monitoring.usual.ratios import KINDS

EVERY_HOUR = slice(None)


@dataclass(frozen=True)
class Families:
    """Expectations of all ads: `ctr, cpm, cpc`, `cvr, aov` where conversions are known, `impressions, spend`."""

    accounts: Accounts
    rates: Mapping[str, Rates]
    levels: Mapping[str, Level]
    arrival: Arrival | None

    @property
    def names(self) -> list[str]:
        """What is known, ratios first: of two words for one thing the more exact one comes first."""
        return [*self.rates, *self.levels]

    def of(self, name: str, ads: slice | Index, hours: slice = EVERY_HOUR) -> Family:
        """A family of these ads in these hours."""
        return self._level(name, ads, hours) if name in self.levels else self._ratio(name, ads, hours)

    def calm(self, name: str, ads: slice | Index, hours: slice = EVERY_HOUR) -> Family:
        """The same, as if nothing could be said about wild hours."""
        return self.of(name, ads, hours).without(self.accounts.wild[hours][:, ads])

    def base(self, name: str, ads: slice | Index, hours: slice) -> Array:
        """What a ratio is counted over, (hours, ads)."""
        return np.nan_to_num(self.accounts.panel.metrics[KINDS[name].base][hours][:, ads])

    def _ratio(self, name: str, ads: slice | Index, hours: slice) -> Family:
        rates, kind, panel = self.rates[name], KINDS[name], self.accounts.panel
        hour = np.arange(panel.hours)[hours]
        day = hour // HOURS
        ratio = kind.of({one: panel.metrics[one][hours][:, ads] for one in kind.needs})
        shape = rates.shape[day, hour % HOURS][:, self.accounts.of[ads]]
        rate = rates.rate[:, ads][day]
        judged = (hour[:, None] >= panel.launched[hours][:, ads] + MIN_AGE_HOURS) & (rate > 0)
        usual = np.where(judged, rate * (ratio.exposure * shape), 0.0)
        observed = np.where(judged, ratio.observed, 0.0).astype(np.float32)
        expected = usual.astype(np.float32)
        events = expected
        if rates.per_event is not None:
            events = np.where(usual > 0, ratio.exposure / rates.per_event[:, ads][day], 0.0).astype(np.float32)
        arrival = self.arrival if name == "cvr" else None
        return Family(observed, expected, events, kind.prior_od, arrival, kind.follows)

    def _level(self, name: str, ads: slice | Index, hours: slice) -> Family:
        level = self.levels[name]
        expected = level.expected[hours][:, ads]
        day = np.arange(self.accounts.panel.hours)[hours] // HOURS
        observed = np.where(expected > 0, self.accounts.panel.metrics[name][hours][:, ads], np.float32(0))
        events = (expected * level.per_unit[:, ads][day]).astype(np.float32)
        return Family(observed, expected, events, PRIOR_OD, follows=level.follows)


def expect(accounts: Accounts, totals: Mapping[str, Array], arrival: Arrival | None) -> Families:
    """Learn what is usual of all ads.

    Args:
        accounts: all ads.
        totals: sums by account, see `hourly_totals`.
        arrival: how late conversions become known.
    """
    return Families(accounts, usual_rates(accounts, totals), usual_delivery(accounts, totals), arrival)
