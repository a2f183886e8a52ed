"""Scores of every unit and hour under every rule.

Belongs here: putting expectations, windows and over-dispersion together. Does not belong here: turning hours into
incidents (`incidents.py`). A unit is an ad, or a group of ads whose counts were added up.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.expected import Family
from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.rules import Rule
from adtrack_pipeline.monitoring.score import (
    GRID,
    SAMPLE_DAYS,
    USUAL_RECORD,
    deviance_score,
    overdispersion,
    window_sums,
)

RENEWED_DAYS = 3  # over-dispersion and records are learned anew this often; days counted from 1970
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


@dataclass(frozen=True)
class Sums:
    """One window's sums at some hours, (rows, units); `events` is what the expectation stands for."""

    observed: Array
    expected: Array
    events: Array


def judge(family: Family, rule: Rule, groups: Index, first_day: int, hours: slice, whole: Family) -> Verdict:
    """Score a family under a rule.

    Args:
        family: what happened and what was expected.
        rule: direction, effect, volume.
        groups: number of the account of each unit.
        first_day: days from 1970 to the family's first day.
        hours: hours to judge.
        whole: the same family per account: what moves the rest of it is not this unit's doing.
    """
    ods, records = learn(family, rule, groups, first_day)
    day = np.arange(len(family.observed))[hours] // HOURS
    best = _nothing(len(day), family.observed.shape[1])
    for number, window in enumerate(rule.windows):
        sums = _due(family, rule, whole, groups, window, hours)
        score = _directed(sums, ods[number][day], rule) / records[day]
        ok = _meets(sums, rule)
        for part in range(THIRDS if window <= GLITCH_HOURS else 1):
            third = window // THIRDS
            ok &= _agrees(_due(family, rule, whole, groups, third, _back(hours, part * third)), rule)
        better = ok & (score > best.score)
        for kept, new in ((best.score, score), (best.observed, sums.observed), (best.expected, sums.expected)):
            np.copyto(kept, new, where=better)
        best.window[better] = window
    return best


def _nothing(rows: int, units: int) -> Verdict:
    return Verdict(*(np.zeros((rows, units)) for _ in range(4)))


def _sums(family: Family, window: int, hours: slice | Index) -> Sums:
    return Sums(
        observed=window_sums(family.observed, window, hours),
        expected=window_sums(family.expected, window, hours),
        events=window_sums(family.events, window, hours),
    )


def _due(family: Family, rule: Rule, whole: Family, groups: Index, window: int, hours: slice | Index) -> Sums:
    """Sums with the expectation moved to what it should be by now, as the rest of the account shows.

    Conversions may still be on their way: the arrival curve says what is missing at worst, the rest of the account,
    over the same hours, whether it is. And what moves the whole account is the account's incident, not the ad's.
    """
    sums = _sums(family, window, hours)
    arrived = np.ones_like(sums.expected)
    if family.arrival is not None:
        late = family.arrival.missing(family.expected, window)[hours]
        arrived = 1.0 - late / np.maximum(sums.expected, 1e-12)
    account = _sums(whole, window, hours)
    expected = np.maximum(account.expected[:, groups] - sums.expected, 0.0)
    per_event = sums.events / np.maximum(sums.expected, 1e-12)
    weight = expected * per_event / (expected * per_event + PEER_EVENTS)
    elsewhere = (account.observed[:, groups] - sums.observed) / np.maximum(expected, 1e-12)
    share = weight * elsewhere + (1.0 - weight) * arrived
    share = np.maximum(share, 1.0) if rule.rises else np.clip(share, 0.0, 1.0)
    return Sums(sums.observed, sums.expected * share, sums.events * share)


def _directed(sums: Sums, od: Array, rule: Rule) -> Array:
    """Score in the rule's direction; money is judged as the events it stands for."""
    ratio = sums.observed / np.maximum(sums.expected, 1e-12)
    score = deviance_score(ratio * sums.events, sums.events, od)
    return np.maximum(score if rule.rises else -score, 0.0)


def _meets(sums: Sums, rule: Rule) -> Mask:
    line = rule.ratio * sums.expected
    beyond = sums.observed >= line if rule.rises else sums.observed <= line
    return beyond & (sums.events >= rule.min_events)


def _back(hours: slice, by: int) -> Index:
    return np.maximum(np.arange(hours.start, hours.stop) - by, 0)


def _agrees(part: Sums, rule: Rule) -> Mask:
    """Whether a part of the window points the same way, as far as it can tell."""
    line = rule.beyond(PART_OF_EFFECT) * part.expected
    agrees = part.observed >= line if rule.rises else part.observed <= line
    return agrees | (part.events < TAIL_EVENTS)


def learn(
    family: Family, rule: Rule, groups: Index, first_day: int, *, own: bool = True
) -> tuple[list[Array], Array]:
    """Over-dispersion per window and the divisor from each unit's own record, per day and unit.

    Without `own` the over-dispersion is the account's alone.
    """
    days, units = len(family.observed) // HOURS, family.observed.shape[1]
    anchor = np.maximum((first_day + np.arange(days)) // RENEWED_DAYS * RENEWED_DAYS - first_day, 0)
    grid = (np.arange(days)[:, None] * HOURS + np.asarray(GRID)).ravel()
    ods: list[Array] = []
    daily_best = np.zeros((days, units))
    for window in rule.windows:
        sums = _sums(family, window, grid)
        od = np.empty((days, units))
        for day in np.unique(anchor):
            rows = slice(max(0, day - SAMPLE_DAYS - 1) * len(GRID), max(0, day - 1) * len(GRID))
            scale = sums.events[rows] / np.maximum(sums.expected[rows], 1e-12)
            od[anchor == day] = overdispersion(
                sums.observed[rows] * scale, sums.events[rows], groups, family.prior_od, rises=rule.rises, own=own
            )
        ods.append(od)
        score = _directed(sums, np.repeat(od, len(GRID), axis=0), rule)
        daily_best = np.maximum(daily_best, score.reshape(days, len(GRID), units).max(axis=1))
    return ods, _records(daily_best, anchor)


def _records(daily_best: Array, anchor: Index) -> Array:
    """Divisor of the scores: above 1 where the third best day of the last three weeks was beyond the usual."""
    found = np.ones_like(daily_best)
    for day in np.unique(anchor):
        past = daily_best[max(0, day - SAMPLE_DAYS - 1) : max(0, day - 1)]
        if len(past) >= 3:
            found[anchor == day] = np.maximum(1.0, np.sort(past, axis=0)[-3] / USUAL_RECORD)
    return found
