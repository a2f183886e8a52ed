"""How far units usually stray from their expectations: over-dispersion, and a divisor where tails are fat.

Belongs here: learning from the weeks before each day. Does not belong here: judging the day (`judge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.rules import Rule
from adtrack_pipeline.monitoring.running import Running, Sums
from adtrack_pipeline.monitoring.score import GRID, deviance_score, overdispersion

RENEWED_DAYS = 3  # learned anew this often; days counted from 1970, so that it does not depend on the panel
SAMPLE_DAYS = 21
USUAL_RECORD = 3.5  # third highest daily maximum of a score in three quiet weeks, with some room


@dataclass(frozen=True)
class Learned:
    """Per day judged.

    Attributes:
        days: days (numbers within the panel), ascending.
        ods: over-dispersion of each of the rule's windows, (days, units).
        records: divisor of scores, (days, units); above 1 where the third best day of three weeks was beyond the
            usual. The third, so that an incident of a day or two does not raise the bar for the next one.
    """

    days: Index
    ods: Sequence[Array]
    records: Array


def learn(
    running: Running,
    rule: Rule,
    groups: Index,
    first_day: int,
    days: Index,
    *,
    own: bool = True,
    wanted: Mask | None = None,
) -> Learned:
    """Learn from the three weeks that end the day before each day's last renewal.

    Args:
        running: sums of the units.
        rule: direction and windows.
        groups: number of the account of each unit.
        first_day: days from 1970 to the panel's first day.
        days: days to be judged, ascending.
        own: whether a unit's own over-dispersion counts beside its account's.
        wanted: (days, units) for which it will be used; the rest is not worked out. Default: all.
    """
    renewed = np.maximum((first_day + days) // RENEWED_DAYS * RENEWED_DAYS - first_day, 0)
    ods = [np.ones((len(days), len(groups))) for _ in rule.windows]
    records = np.ones((len(days), len(groups)))
    used = np.ones((len(days), len(groups)), bool) if wanted is None else wanted
    for day in np.unique(renewed[used.any(axis=1)]):
        rows = np.flatnonzero(renewed == day)
        units = np.flatnonzero(used[rows].any(axis=0))
        peers = np.flatnonzero(np.isin(groups, groups[units]))
        past = np.arange(max(0, day - SAMPLE_DAYS - 1), max(0, day - 1))
        hours = (past[:, None] * HOURS + np.asarray(GRID)).ravel()
        best = np.zeros((len(past), len(units)))
        for number, window in enumerate(rule.windows):
            sums = running.sums(window, hours)
            scaled = _as_events(sums.take(peers))
            chosen = np.searchsorted(peers, units)
            od = overdispersion(
                *scaled, groups[peers], running.family.prior_od, rises=rule.rises, own=own, wanted=chosen
            )
            ods[number][np.ix_(rows, units)] = od
            daily = directed(sums.take(units), od, rule).reshape(len(past), len(GRID), len(units)).max(axis=1)
            np.maximum(best, daily, out=best)
        if len(past) >= 3:
            records[np.ix_(rows, units)] = np.maximum(1.0, np.partition(best, -3, axis=0)[-3] / USUAL_RECORD)
    return Learned(days, ods, records)


def _as_events(sums: Sums) -> tuple[Array, Array]:
    return sums.observed * (sums.events / np.maximum(sums.expected, 1e-12)), sums.events


def directed(sums: Sums, od: Array, rule: Rule) -> Array:
    """Score in the rule's direction, 0 in the other; money is judged as the events it stands for."""
    ratio = sums.observed / np.maximum(sums.expected, 1e-12)
    score = deviance_score(ratio * sums.events, sums.events, od)
    return np.maximum(score if rule.rises else -score, 0.0)
