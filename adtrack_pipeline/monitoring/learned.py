"""How far units usually stray from their expectations: over-dispersion, and a divisor where tails are fat.

Belongs here: learning from the weeks before each day. Does not belong here: judging the day (`judge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.rules import PAGE, Rule
from adtrack_pipeline.monitoring.running import Counts, Running
from adtrack_pipeline.monitoring.score import GRID, Samples, deviance_score, read_samples

RENEWED_DAYS = 3  # learned anew this often; days counted from 1970, so that it does not depend on the panel
SAMPLE_DAYS = 21
EPISODE_DAYS = 3  # to both sides of its worst day an incident fills the windows
FAR_BELOW = 0.6
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
    asked = np.unique(renewed[used.any(axis=1)])
    past = _past(running, rule, asked)
    for day in asked:
        rows = np.flatnonzero(renewed == day)
        units = np.flatnonzero(used[rows].any(axis=0))
        peers = np.flatnonzero(np.isin(groups, groups[units]))
        scope = Scope(groups[peers], np.searchsorted(peers, units), running.family.prior_od, rule)
        known = past.before(day, peers)
        spread, lone = _spread(known, scope, own=own)
        for number, od in enumerate(spread):
            ods[number][np.ix_(rows, units)] = od
        if own and known.days >= 3:
            best = _best_of_days(known, spread, scope)
            third = np.partition(np.where(lone, 0.0, best), -3, axis=0)[-3]
            records[np.ix_(rows, units)] = np.maximum(1.0, third / USUAL_RECORD)
    return Learned(days, ods, records)


@dataclass(frozen=True)
class Past:
    """Sampled windows of consecutive days, from `first` on: per length of window its sums and what they teach."""

    first: int
    windows: Sequence[Counts]
    samples: Sequence[Samples]

    @property
    def days(self) -> int:
        """How many."""
        return len(self.windows[0].observed) // len(GRID)

    def before(self, day: int, units: Index) -> "Past":
        """What may be learned from for a renewal on this day, of these units."""
        first, end = _sampled(day)
        rows = slice((first - self.first) * len(GRID), (end - self.first) * len(GRID))
        windows = [one.at(rows).take(units) for one in self.windows]
        return Past(first, windows, [one.at(rows).take(units) for one in self.samples])


def _sampled(day: int) -> tuple[int, int]:
    """First and end of the days learned from for a renewal on this day."""
    return max(0, day - SAMPLE_DAYS - 1), max(0, day - 1)


def _past(running: Running, rule: Rule, renewals: Index) -> Past:
    """All days that these renewals learn from; they overlap, so that each is read once."""
    first, end = (_sampled(int(renewals[0]))[0], _sampled(int(renewals[-1]))[1]) if len(renewals) else (0, 0)
    hours = (np.arange(first, end)[:, None] * HOURS + np.asarray(GRID)).ravel()
    windows = [running.sums(window, hours).counts for window in rule.windows]
    samples = [read_samples(one.observed, one.events, rises=rule.rises) for one in windows]
    return Past(first, windows, samples)


@dataclass(frozen=True)
class Scope:
    """Whom something is learned from and for: the account of each peer, and which of the peers are wanted."""

    groups: Index
    units: Index
    prior: float
    rule: Rule


def _spread(past: Past, scope: Scope, *, own: bool) -> tuple[list[Array], Mask]:
    """Over-dispersion of the wanted units in each window, and the days of theirs it was not learned from."""
    samples = past.samples
    pooled = [one.pooled(scope.groups, scope.prior, scope.units) for one in samples]
    common = [np.asarray(np.sqrt(one)) for one in pooled]
    if not own:
        return common, np.zeros((past.days, len(scope.units)), bool)
    lone = lone_incident(_best_of_days(past, common, scope))
    if lone.any():
        rows = np.repeat(lone, len(GRID), axis=0)
        samples = [one.without(scope.units, rows) for one in samples]
        pooled = [one.pooled(scope.groups, scope.prior, scope.units) for one in samples]
    return [one.own(scope.units, var) for one, var in zip(samples, pooled, strict=True)], lone


def _best_of_days(past: Past, spread: Sequence[Array], scope: Scope) -> Array:
    """Highest score of each day over all windows, (days, wanted units)."""
    best = np.zeros((past.days, len(scope.units)))
    for counts, od in zip(past.windows, spread, strict=True):
        score = directed(counts.take(scope.units), od, scope.rule)
        np.maximum(best, score.reshape(len(best), len(GRID), -1).max(axis=1), out=best)
    return best


def lone_incident(best: Array) -> Mask:
    """Days around the one or two incidents that stand alone in the past, (days, units): they teach nothing.

    Without this an ad that had a bad day would be called erratic for three weeks, and its next bad day excused.
    """
    left = best.copy()
    day = np.arange(len(best))[:, None]
    peaks, around = [], []
    for _ in range(3):
        peaks.append(left.max(axis=0, initial=0.0))
        around.append(np.abs(day - left.argmax(axis=0)) <= EPISODE_DAYS if len(left) else left > 0)
        left = np.where(around[-1], 0.0, left)
    first = (peaks[0] >= PAGE) & (peaks[1] <= FAR_BELOW * peaks[0])
    second = (peaks[1] >= PAGE) & (peaks[2] <= FAR_BELOW * peaks[1])
    return np.asarray((around[0] & (first | second)) | (around[1] & second))


def directed(counts: Counts, od: Array, rule: Rule) -> Array:
    """Score in the rule's direction, 0 in the other."""
    score = deviance_score(counts.observed, counts.events, od)
    return np.maximum(score if rule.rises else -score, 0.0)
