"""How far units usually stray from their expectations: over-dispersion, and a divisor where tails are fat.

Belongs here: learning from the weeks before each day. Does not belong here: judging the day (`judge.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.strange.rules import PAGE, Rule
from adtrack_pipeline.monitoring.strange.running import Counts, Running
from adtrack_pipeline.monitoring.strange.score import GRID, Samples, deviance_score, read_samples
from adtrack_pipeline.monitoring.usual.shape import SAMPLE_DAYS

RENEWED_DAYS = 3  # learned anew this often; days counted from 1970, so that it does not depend on the panel
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


def renewals(first_day: int, days: Index) -> Index:
    """Day of the last renewal before each of these days (numbers within the panel)."""
    return np.maximum((first_day + days) // RENEWED_DAYS * RENEWED_DAYS - first_day, 0)


@dataclass(frozen=True)
class Past:
    """Sampled windows of consecutive days, from `first` on.

    Attributes:
        first: number of the first day.
        prior: over-dispersion to assume before there is history.
        kept: units whose sums are here.
        windows: sums, per length of window, (samples, kept units).
        samples: what they teach, per length of window, (samples, all units).
    """

    first: int
    prior: float
    kept: Index
    windows: Sequence[Counts]
    samples: Sequence[Samples]

    @classmethod
    def joined(cls, parts: "Iterable[tuple[slice, Past]]", units: int) -> "Past":
        """All units, given those of each part, which is let go of before the next."""
        kept, windows = [], []
        samples: list[Samples] = []
        for ours, part in parts:
            if ours.stop - ours.start == units:
                return part
            if not samples:
                samples = [Samples.empty(len(one.weight), units) for one in part.samples]
            for room, some in zip(samples, part.samples, strict=True):
                room.put(ours, some)
            kept.append(part.kept + ours.start)
            windows.append(part.windows)
        joined = [Counts.joined(some) for some in zip(*windows, strict=True)]
        return cls(part.first, part.prior, np.concatenate(kept), joined, samples)


def read_past(running: Running, rule: Rule, renewed: Index, kept: Index) -> Past:
    """All days that these renewals learn from; they overlap, so that each is read once.

    Args:
        running: sums of the units.
        rule: direction and windows.
        renewed: days of renewals, ascending.
        kept: units whose sums will be used; of the others only samples are.
    """
    first, end = _sampled(int(renewed[0]))[0], _sampled(int(renewed[-1]))[1]
    hours = (np.arange(first, end)[:, None] * HOURS + np.asarray(GRID)).ravel()
    windows, samples = [], []
    for window in rule.windows:
        counts = running.sums(window, hours).counts
        samples.append(read_samples(counts.observed, counts.events, rises=rule.rises))
        windows.append(counts.take(kept))
    return Past(first, running.family.prior_od, kept, windows, samples)


def _sampled(day: int) -> tuple[int, int]:
    """First and end of the days learned from for a renewal on this day."""
    return max(0, day - SAMPLE_DAYS - 1), max(0, day - 1)


def learn(
    past: Past,
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
        past: windows of all these weeks.
        rule: direction and windows.
        groups: number of the account of each unit.
        first_day: days from 1970 to the panel's first day.
        days: days to be judged, ascending.
        own: whether a unit's own over-dispersion counts beside its account's.
        wanted: (days, units) for which it will be used; the rest is not worked out. Default: all.
    """
    renewed = renewals(first_day, days)
    ods = [np.ones((len(days), len(groups))) for _ in rule.windows]
    records = np.ones((len(days), len(groups)))
    used = np.ones((len(days), len(groups)), bool) if wanted is None else wanted
    for day in np.unique(renewed[used.any(axis=1)]):
        rows = np.flatnonzero(renewed == day)
        known = _known(past, day, groups, np.flatnonzero(used[rows].any(axis=0)), own=own)
        spread, lone = _spread(known, rule, own=own)
        for number, od in enumerate(spread):
            ods[number][np.ix_(rows, known.units)] = od
        if own and known.days >= 3:
            best = _best_of_days(known, spread, rule)
            third = np.partition(np.where(lone, 0.0, best), -3, axis=0)[-3]
            records[np.ix_(rows, known.units)] = np.maximum(1.0, third / USUAL_RECORD)
    return Learned(days, ods, records)


@dataclass(frozen=True)
class Known:
    """What one renewal learns from.

    Attributes:
        days: how many.
        units: units that it learns for.
        place: their places among their peers.
        groups: number of each peer's account.
        prior: over-dispersion to assume before there is history.
        windows: sums of the units, (samples, units); none where own spread does not count.
        samples: what the windows of all peers teach, (samples, peers).
    """

    days: int
    units: Index
    place: Index
    groups: Index
    prior: float
    windows: Sequence[Counts]
    samples: Sequence[Samples]


def _known(past: Past, day: int, groups: Index, units: Index, *, own: bool) -> Known:
    first, end = _sampled(day)
    rows = slice((first - past.first) * len(GRID), (end - past.first) * len(GRID))
    peers = np.flatnonzero(np.isin(groups, groups[units]))
    kept = np.searchsorted(past.kept, units)
    return Known(
        days=end - first,
        units=units,
        place=np.searchsorted(peers, units),
        groups=groups[peers],
        prior=past.prior,
        windows=[one.at(rows).take(kept) for one in past.windows] if own else [],
        samples=[one.at(rows).take(peers) for one in past.samples],
    )


def _spread(known: Known, rule: Rule, *, own: bool) -> tuple[list[Array], Mask]:
    """Over-dispersion of the units in each window, and the days of theirs it was not learned from."""
    samples = known.samples
    pooled = [one.pooled(known.groups, known.prior, known.place) for one in samples]
    common = [np.asarray(np.sqrt(one)) for one in pooled]
    if not own:
        return common, np.zeros((known.days, len(known.units)), bool)
    lone = lone_incident(_best_of_days(known, common, rule))
    mine = [one.take(known.place) for one in samples]
    if lone.any():
        rows, every = np.repeat(lone, len(GRID), axis=0), np.arange(len(known.place))
        pooled = [one.pooled_without(known.groups, known.prior, known.place, rows) for one in samples]
        mine = [one.without(every, rows) for one in mine]
    return [one.own(var) for one, var in zip(mine, pooled, strict=True)], lone


def _best_of_days(known: Known, spread: Sequence[Array], rule: Rule) -> Array:
    """Highest score of each day over all windows, (days, units)."""
    best = np.zeros((known.days, len(known.units)))
    for counts, od in zip(known.windows, spread, strict=True):
        score = directed(counts, od, rule)
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
