"""Scores of every unit and hour under every rule.

Belongs here: what looks strange, measured by how far units usually stray. Does not belong here: turning hours into
incidents (`found/incidents.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.inputs.threads import side_by_side
from adtrack_pipeline.monitoring.strange.learned import Learned, Past, directed, learn, read_past, renewals
from adtrack_pipeline.monitoring.strange.look import Bench, Look, looks
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.verdict import Verdict

R = TypeVar("R")


@dataclass(frozen=True)
class Benches:
    """What all units of a kind are judged with, some hundred at a time.

    Attributes:
        slices: which units each bench has.
        groups: number of the account of every unit.
        make: the bench of a slice; made anew each time, for all of them at once would be too much to hold.
    """

    slices: list[slice]
    groups: Index
    make: Callable[[slice], Bench]

    def each(self, work: Callable[[slice, Bench], R]) -> Iterator[R]:
        """What `work` makes of each slice and bench, in their order."""
        if len(self.slices) == 1:
            return iter([work(self.slices[0], self._only)])
        return side_by_side(lambda units: work(units, self.make(units)), self.slices)

    @cached_property
    def _only(self) -> Bench:
        return self.make(self.slices[0])


def judge(benches: Benches, rule: Rule, hours: slice, first_day: int) -> Iterator[Verdict]:
    """Score units under a rule in these hours, one verdict per slice, one after the other.

    Args:
        benches: the units.
        rule: what is asked.
        hours: hours to judge.
        first_day: days from 1970 to hour 0.
    """
    at = np.arange(hours.start, hours.stop)
    found = list(benches.each(lambda _, bench: looks(bench, rule, at)))
    if not any(len(look.row) for some in found for look in some):
        yield from (Verdict.nothing(len(at), one.stop - one.start) for one in benches.slices)
        return
    days, day_of = np.unique(at // HOURS, return_inverse=True)
    wanted = np.zeros((len(days), len(benches.groups)), bool)
    for units, some in zip(benches.slices, found, strict=True):
        for look in some:
            wanted[day_of[look.row], look.unit + units.start] = True
    past = read_all_past(benches, rule, renewals(first_day, days), np.asarray(wanted.any(axis=0)))
    learned = learn(past, rule, benches.groups, first_day, days, wanted=wanted)
    for units, some in zip(benches.slices, found, strict=True):
        yield _scored(some, learned, units, rule, (len(at), day_of))


def read_all_past(benches: Benches, rule: Rule, renewed: Index, wanted: Mask) -> Past:
    """Samples of all units, and sums of those that are wanted, (units,)."""

    def read(units: slice, bench: Bench) -> tuple[slice, Past]:
        return units, read_past(bench.units, rule, renewed, np.flatnonzero(wanted[units]))

    return Past.joined(benches.each(read), len(benches.groups))


def _scored(
    found: Sequence[Look], learned: Learned, units: slice, rule: Rule, hours: tuple[int, Index]
) -> Verdict:
    count, day_of = hours
    best = Verdict.nothing(count, units.stop - units.start)
    for number, look in enumerate(found):
        place = day_of[look.row], look.unit + units.start
        score = directed(look.sums.counts, learned.ods[number][place], rule) / learned.records[place]
        _keep_better(best, look, score, rule.windows[number])
    return best


def _keep_better(best: Verdict, look: Look, score: Array, window: int) -> None:
    better = score > best.score[look.row, look.unit]
    place = look.row[better], look.unit[better]
    best.score[place] = score[better]
    best.observed[place], best.expected[place] = look.sums.observed[better], look.sums.expected[better]
    best.window[place] = window
