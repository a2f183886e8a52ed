"""Scores of every unit and hour under every rule.

Belongs here: putting expectations, windows and over-dispersion together. Does not belong here: turning hours into
incidents (`incidents.py`). A unit is an ad, or a group of ads whose counts were added up.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.learned import directed, learn
from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.rules import Rule
from adtrack_pipeline.monitoring.running import Running, Sums

THIRDS = 3  # the newest third of a window must point the same way, or it is over
GLITCH_HOURS = 6  # ... and in windows this short every third: one odd hour is no incident
PART_OF_EFFECT = 0.6  # of the rule's effect, on a log scale
TAIL_EVENTS = 2.0
PEER_EVENTS = 20.0  # events expected elsewhere that weigh as much as no knowledge of elsewhere


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

    @property
    def nothing(self) -> "Verdict":
        """A verdict of the same shape that finds nothing."""
        return Verdict(*(np.zeros_like(self.score) for _ in range(4)))

    def upto(self, hour: int) -> "Verdict":
        """The verdict on the hours before this one."""
        return Verdict(self.score[:hour], self.window[:hour], self.observed[:hour], self.expected[:hour])

    def but(self, where: Mask, other: "Verdict") -> "Verdict":
        """The other's word where the mask is true."""
        return Verdict(
            np.where(where, other.score, self.score),
            np.where(where, other.window, self.window),
            np.where(where, other.observed, self.observed),
            np.where(where, other.expected, self.expected),
        )


@dataclass(frozen=True)
class Bench:
    """What units are judged with.

    Attributes:
        units: the units' own sums.
        whole: the same family per account: what moves the rest of it is not this unit's doing.
        groups: number of the account of each unit.
        first_day: days from 1970 to the family's first day.
        lasting: whether an effect must be there without its strangest hour.
    """

    units: Running
    whole: Running
    groups: Index
    first_day: int
    lasting: bool = True


def judge(bench: Bench, rule: Rule, hours: slice) -> Verdict:
    """Score units under a rule in these hours."""
    at = np.arange(hours.start, hours.stop)
    best = Verdict(*(np.zeros((len(at), len(bench.groups))) for _ in range(4)))
    looks = [_look(bench, rule, number, at) for number in range(len(rule.windows))]
    if not any(len(look.hour) for look in looks):
        return best
    days, row = np.unique(at // HOURS, return_inverse=True)
    wanted = np.zeros((len(days), len(bench.groups)), bool)
    for look in looks:
        wanted[row[look.hour], look.unit] = True
    learned = learn(bench.units, rule, bench.groups, bench.first_day, days, wanted=wanted)
    for number, look in enumerate(looks):
        place = row[look.hour], look.unit
        score = directed(look.sums.counts, learned.ods[number][place], rule) / learned.records[place]
        _keep_better(best, look, score, rule.windows[number])
    return best


@dataclass(frozen=True)
class Look:
    """Hours and units that meet a rule's volume and effect over one window, and their sums; all (n,).

    Most never do, so that spread has to be learned and scores worked out for few.
    """

    hour: Index
    unit: Index
    sums: Sums


def _look(bench: Bench, rule: Rule, number: int, at: Index) -> Look:
    window = rule.windows[number]
    # What the rest of the account shows can only make an effect smaller: worked out for what is beyond without it.
    hour, unit = np.nonzero(_beyond(bench.units.sums(window, at), rule))
    if not len(hour):
        return Look(hour, unit, Sums(*[np.zeros(0)] * 4))
    sums = due(bench, rule, window, at[hour], unit)
    left = np.flatnonzero(_beyond(sums, rule) & (sums.events >= rule.min_events))
    third = window // THIRDS
    for part in range(THIRDS if window <= GLITCH_HOURS else 1):
        if not len(left):
            break
        upto = np.maximum(at[hour[left]] - part * third, 0)
        left = left[_agrees(due(bench, rule, third, upto, unit[left]), rule)]
    if bench.lasting and len(left):
        lasting = _without_strangest_hour(bench, rule, window, at[hour[left]], unit[left])
        left = left[_agrees(lasting, rule, share=1.0)]
    return Look(hour[left], unit[left], sums.at(left))


def _without_strangest_hour(bench: Bench, rule: Rule, window: int, at: Index, units: Index) -> Sums:
    """The window's sums but for the hour that moved them most the rule's way."""
    whole = due(bench, rule, window, at, units)
    hours = at[:, None] - np.arange(window)
    inside = hours >= 0
    family, place = bench.units.family, (np.maximum(hours, 0), units[:, None])
    share = whole.expected / np.maximum(bench.units.sums(window, at, units).expected, 1e-12)
    observed = np.where(inside, family.observed[place], 0.0)
    expected = np.where(inside, family.expected[place], 0.0) * share[:, None]
    moved = observed - expected if rule.rises else expected - observed
    strangest = (np.arange(len(at)), moved.argmax(axis=1))
    events = np.where(inside, family.events[place], 0.0)[strangest] * share
    left = whole.expected - expected[strangest]
    return Sums(whole.observed - observed[strangest], left, whole.events - events, left)


def _keep_better(best: Verdict, look: Look, score: Array, window: int) -> None:
    better = score > best.score[look.hour, look.unit]
    place = look.hour[better], look.unit[better]
    best.score[place] = score[better]
    best.observed[place], best.expected[place] = look.sums.observed[better], look.sums.expected[better]
    best.window[place] = window


def due(bench: Bench, rule: Rule, window: int, at: Index, units: Index) -> Sums:
    """Sums of one unit per hour, expecting what should be there by now, as the rest of the account shows.

    Conversions may still be on their way: the arrival curve says what is missing at worst, the rest of the
    account, over the same hours, whether it is. What moves the whole account is the account's incident, not that
    of the ad.
    """
    sums = bench.units.sums(window, at, units)
    account = bench.whole.sums(window, at, bench.groups[units])
    per_unit = np.maximum(sums.expected, 1e-12)
    late = bench.units.late(window, at, units)
    arrived = 1.0 if late is None else 1.0 - late / per_unit
    expected = np.maximum(account.expected - sums.expected, 0.0)
    events = expected * sums.events / per_unit
    weight = events / (events + PEER_EVENTS)
    elsewhere = (account.observed - sums.observed) / np.maximum(expected, 1e-12)
    share = weight * elsewhere + (1.0 - weight) * arrived
    share = np.maximum(share, 1.0) if rule.rises else np.clip(share, 0.0, 1.0)
    return Sums(sums.observed, sums.expected * share, sums.events * share, sums.usual * share)


def _beyond(sums: Sums, rule: Rule) -> Mask:
    """Whether there is the rule's effect; back to usual after an unusual day is none."""
    expected = np.maximum(sums.expected, sums.usual) if rule.rises else np.minimum(sums.expected, sums.usual)
    line = rule.ratio * expected
    beyond = sums.observed >= line if rule.rises else sums.observed <= line
    return np.asarray(beyond & (expected > 0))


def _agrees(part: Sums, rule: Rule, share: float = PART_OF_EFFECT) -> Mask:
    """Whether a part of the window shows that share of the rule's effect (log scale), as far as it can tell."""
    line = rule.beyond(share) * part.expected
    agrees = part.observed >= line if rule.rises else part.observed <= line
    return np.asarray(agrees | (part.events < TAIL_EVENTS))
