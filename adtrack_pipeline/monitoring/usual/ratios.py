"""The funnel as counts over counts: clicks given impressions, sales given clicks, and so on.

Belongs here: what each ratio is made of, for any piece of a panel. Does not belong here: what is usual
(`rates.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Array

IMPRESSIONS_PER_EVENT = 50.0  # prices vary by auction: so many impressions count as one independent event

Metrics = Mapping[str, Array]


@dataclass(frozen=True)
class Ratio:
    """One count over another, all (hours, ads).

    Attributes:
        observed: events or money.
        exposure: what it is counted over.
        events: how many events were observed.
    """

    observed: Array
    exposure: Array
    events: Array


@dataclass(frozen=True)
class Kind:
    """What is known of a ratio beforehand.

    Attributes:
        of: its arrays, from the metrics of some ads and hours.
        needs: those metrics.
        base: the metric it is counted over.
        prior_od: over-dispersion to assume before there is history.
        counts: whether it counts events, so that an expectation stands for itself.
        follows: see `Family`.
    """

    of: Callable[[Metrics], Ratio]
    needs: tuple[str, ...]
    base: str
    prior_od: float
    counts: bool = True
    follows: bool = False


def _ctr(m: Metrics) -> Ratio:
    return Ratio(m["clicks"], m["impressions"], m["clicks"])


def _cpm(m: Metrics) -> Ratio:
    return Ratio(m["spend"], m["impressions"], m["impressions"] / IMPRESSIONS_PER_EVENT)


def _cpc(m: Metrics) -> Ratio:
    return Ratio(m["clicks"], m["spend"], m["clicks"])


def _cvr(m: Metrics) -> Ratio:
    known = np.isfinite(m["conversions"])
    conversions = np.where(known, m["conversions"], 0.0)
    return Ratio(conversions, np.where(known, m["clicks"], 0.0), conversions)


def _aov(m: Metrics) -> Ratio:
    known = np.isfinite(m["conversions"]) & np.isfinite(m["revenue"])
    orders = np.where(known, m["conversions"], 0.0)
    return Ratio(np.where(known, m["revenue"], 0.0), orders, orders)


KINDS: Mapping[str, Kind] = {
    "ctr": Kind(_ctr, ("impressions", "clicks"), "impressions", 0.12),
    "cpm": Kind(_cpm, ("impressions", "spend"), "impressions", 0.15, counts=False, follows=True),
    "cpc": Kind(_cpc, ("spend", "clicks"), "spend", 0.18),
    "cvr": Kind(_cvr, ("clicks", "conversions"), "clicks", 0.25),
    "aov": Kind(_aov, ("conversions", "revenue"), "conversions", 0.2, counts=False),
}


def kinds(metrics: Metrics) -> dict[str, Kind]:
    """The ratios that these metrics have."""
    return {name: kind for name, kind in KINDS.items() if all(one in metrics for one in kind.needs)}
