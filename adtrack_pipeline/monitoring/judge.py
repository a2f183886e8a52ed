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
TAIL_SHARE = 3  # the newest third of a window must point the same way, or it is over
TAIL_EVENTS = 2.0


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


def judge(family: Family, rule: Rule, groups: Index, first_day: int, hours: slice) -> Verdict:
    """Score a family under a rule.

    Args:
        family: what happened and what was expected.
        rule: direction, effect, volume.
        groups: number of the account of each unit.
        first_day: days from 1970 to the family's first day.
        hours: hours to judge.
    """
    days = len(family.observed) // HOURS
    anchor = np.maximum((first_day + np.arange(days)) // RENEWED_DAYS * RENEWED_DAYS - first_day, 0)
    grid = (np.arange(days)[:, None] * HOURS + np.asarray(GRID)).ravel()
    ods, records = _learn(family, rule, groups, anchor, grid)
    day = np.arange(len(family.observed))[hours] // HOURS
    best = _nothing(len(day), family.observed.shape[1])
    for number, window in enumerate(rule.windows):
        sums = _sums(family, window, hours)
        score = _directed(sums, ods[number][day], rule) / records[day]
        ok = _meets(sums, rule) & _still_on(family, rule, window, hours)
        better = ok & (score > best.score)
        for kept, new in ((best.score, score), (best.observed, sums.observed), (best.expected, sums.expected)):
            np.copyto(kept, new, where=better)
        best.window[better] = window
    return best


def _nothing(rows: int, units: int) -> Verdict:
    return Verdict(*(np.zeros((rows, units)) for _ in range(4)))


def _sums(family: Family, window: int, hours: slice | Index) -> Sums:
    expected = window_sums(family.expected, window, hours)
    events = window_sums(family.events, window, hours)
    if family.arrival is not None:
        late = family.arrival.missing(family.expected, window)[hours]
        events = events * (1.0 - late / np.maximum(expected, 1e-12))
        expected = expected - late
    return Sums(window_sums(family.observed, window, hours), expected, events)


def _directed(sums: Sums, od: Array, rule: Rule) -> Array:
    """Score in the rule's direction; money is judged as the events it stands for."""
    ratio = sums.observed / np.maximum(sums.expected, 1e-12)
    score = deviance_score(ratio * sums.events, sums.events, od)
    return np.maximum(score if rule.rises else -score, 0.0)


def _meets(sums: Sums, rule: Rule) -> Mask:
    line = rule.ratio * sums.expected
    beyond = sums.observed >= line if rule.rises else sums.observed <= line
    return beyond & (sums.events >= rule.min_events)


def _still_on(family: Family, rule: Rule, window: int, hours: slice) -> Mask:
    """Whether the newest part of the window agrees, as far as it can tell."""
    tail = _sums(family, max(2, window // TAIL_SHARE), hours)
    line = rule.beyond(0.6) * tail.expected
    agrees = tail.observed >= line if rule.rises else tail.observed <= line
    return agrees | (tail.events < TAIL_EVENTS)


def _learn(family: Family, rule: Rule, groups: Index, anchor: Index, grid: Index) -> tuple[list[Array], Array]:
    """Over-dispersion per window and the divisor from each unit's own record, per day and unit."""
    days, units = len(anchor), family.observed.shape[1]
    ods: list[Array] = []
    daily_best = np.zeros((days, units))
    for window in rule.windows:
        sums = _sums(family, window, grid)
        od = np.empty((days, units))
        for day in np.unique(anchor):
            rows = slice(max(0, day - SAMPLE_DAYS - 1) * len(GRID), max(0, day - 1) * len(GRID))
            scale = sums.events[rows] / np.maximum(sums.expected[rows], 1e-12)
            od[anchor == day] = overdispersion(
                sums.observed[rows] * scale, sums.events[rows], groups, family.prior_od
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
