"""Hours and units that look strange enough for their spread to be asked about.

Belongs here: what a rule wants of volume and effect. Does not belong here: how strange they are (`judge.py`).
A unit is an ad, or a group of ads whose counts were added up.
"""

from dataclasses import dataclass, replace

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import Index, Mask
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.running import Running, Sums

THIRDS = 3  # the newest third of a window must point the same way, or it is over
GLITCH_HOURS = 6  # ... and in windows this short every third: one odd hour is no incident
PART_OF_EFFECT = 0.6  # of the rule's effect, on a log scale
TAIL_EVENTS = 2.0
PEER_EVENTS = 20.0  # events expected elsewhere that weigh as much as no knowledge of elsewhere


@dataclass(frozen=True)
class Wild:
    """Hours that teach nothing, (hours, units), and the units' sums with them."""

    hours: Mask
    units: Running


@dataclass(frozen=True)
class Bench:
    """What units are judged with.

    Attributes:
        units: the units' own sums.
        whole: the same family per account: what moves the rest of it is not this unit's doing.
        groups: number of the account of each unit.
        wild: wild hours are judged themselves and in no other hour's windows; None: there are none.
        lasting: whether an effect must be there without its strangest hour.
    """

    units: Running
    whole: Running
    groups: Index
    wild: Wild | None = None
    lasting: bool = True


@dataclass(frozen=True)
class Look:
    """Hours and units that meet a rule's volume and effect over one window, and their sums; all (n,).

    Most never do, so that spread has to be learned and scores worked out for few.

    Attributes:
        row: of the hours asked about.
        unit: which.
        sums: of the window.
    """

    row: Index
    unit: Index
    sums: Sums

    def where(self, mask: Mask) -> "Look":
        """Where the mask (hours asked about, units) is true."""
        kept = np.flatnonzero(mask[self.row, self.unit])
        return Look(self.row[kept], self.unit[kept], self.sums.at(kept))

    def plus(self, other: "Look") -> "Look":
        """Both."""
        return Look(
            np.concatenate([self.row, other.row]),
            np.concatenate([self.unit, other.unit]),
            self.sums.plus(other.sums),
        )


def looks(bench: Bench, rule: Rule, at: Index) -> list[Look]:
    """One for each of the rule's windows, at these hours."""
    found = [_look(bench, rule, window, at) for window in rule.windows]
    if bench.wild is None or not bench.wild.hours[at].any():
        return found
    wild = bench.wild.hours[at]
    erratic = replace(bench, units=bench.wild.units, lasting=False)
    strange = [_look(erratic, rule, window, at) for window in rule.windows]
    return [one.where(~wild).plus(other.where(wild)) for one, other in zip(found, strange, strict=True)]


def _look(bench: Bench, rule: Rule, window: int, at: Index) -> Look:
    # What the rest of the account shows can only make an effect smaller: worked out for what is beyond without it.
    row, unit = np.nonzero(_beyond(bench.units.sums(window, at), rule))
    if not len(row):
        return Look(row, unit, Sums(*[np.zeros(0)] * 4))
    sums = _due(bench, rule, window, at[row], unit)
    left = np.flatnonzero(_beyond(sums, rule) & (sums.events >= rule.min_events))
    third = window // THIRDS
    for part in range(THIRDS if window <= GLITCH_HOURS else 1):
        if not len(left):
            break
        upto = np.maximum(at[row[left]] - part * third, 0)
        left = left[_agrees(_due(bench, rule, third, upto, unit[left]), rule)]
    if bench.lasting and len(left):
        lasting = _without_strangest_hour(bench, rule, window, at[row[left]], unit[left])
        left = left[_agrees(lasting, rule, share=1.0)]
    return Look(row[left], unit[left], sums.at(left))


def _without_strangest_hour(bench: Bench, rule: Rule, window: int, at: Index, units: Index) -> Sums:
    """The window's sums but for the hour that moved them most the rule's way."""
    whole = _due(bench, rule, window, at, units)
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


def _due(bench: Bench, rule: Rule, window: int, at: Index, units: Index) -> Sums:
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
