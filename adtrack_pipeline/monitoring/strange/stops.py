"""Ads that should deliver and do not.

Belongs here: runs of hours without delivery. Does not belong here: slow delivery.
"""

from dataclasses import dataclass

import numpy as np

from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.score import deviance_score
from adtrack_pipeline.monitoring.strange.verdict import Verdict
from adtrack_pipeline.monitoring.usual.family import Family
from adtrack_pipeline.monitoring.usual.shape import SAMPLE_DAYS

MIN_HOURS = 3
LATE_HOURS = 6  # a whole account without delivery may just not have been reported yet
MIN_EXPECTED = 150.0  # impressions that should have come in the meantime
TRICKLE = 0.02  # of what was expected counts as nothing
MORE_THAN_USUAL = 2.0  # times the longest usual gap, in expected delivery
LONGER_THAN_USUAL = 1.3  # ... and in hours: a budget that is used up by evening is used up earlier on some days
OD = 0.5
STOPPED = Rule("zero_delivery", "delivery", "impressions", rises=False, ratio=TRICKLE, min_events=3.0, bar=3.0)


@dataclass(frozen=True)
class Spent:
    """What was delivered and paid, (hours, units).

    Attributes:
        impressions: delivered.
        spend: paid.
        active: whether a unit was meant to run, or how many of its ads were.
    """

    impressions: Array
    spend: Array
    active: Array | Mask


def judge_stops(family: Family, spent: Spent, excused: Mask, hours: slice) -> Verdict:
    """Score every hour by what should have been delivered since the last delivery.

    Args:
        family: impressions of ads or groups of them, and what was expected.
        spent: delivery, also of the days in which nothing was expected yet.
        excused: whether silence says nothing: its budget is used up, or nothing may have been reported yet.
        hours: hours to judge.

    A gap is strange when it is long in expected impressions (nights are short), and longer than the ad's gaps of
    the three weeks before it; the third longest day counts, so that an earlier outage does not excuse the next.
    However long it lasts, it never becomes the usual itself.
    """
    silent = (family.observed <= TRICKLE * family.expected) & (family.expected > 0)
    missed = _since_last(silent, family.expected)
    lasted = _since_last(silent, np.ones_like(missed))
    score = -deviance_score(
        np.zeros_like(missed), _since_last(silent, family.events), np.full(missed.shape[1], OD)
    )
    began = _began(silent)
    unusual = missed >= MORE_THAN_USUAL * _usual_gap(missed, began)
    nothing = (spent.active > 0) & (spent.impressions == 0)
    unusual &= lasted > LONGER_THAN_USUAL * _usual_gap(_since_last(nothing, np.ones_like(missed)), began)
    unusual &= ~excused
    ok = (lasted >= MIN_HOURS) & (missed >= MIN_EXPECTED) & unusual
    score = np.where(ok, score, 0.0)
    return Verdict(score[hours], lasted[hours], np.zeros_like(score[hours]), missed[hours])


def unreported(impressions: Array) -> Mask:
    """Hours in which a whole account is silent, and not yet for so long that late reporting would be no reason.

    Both (hours, accounts).
    """
    silent = impressions == 0
    lasted = _since_last(silent, np.ones(silent.shape))
    return np.asarray(silent & (lasted < LATE_HOURS))


def _since_last(silent: Mask, values: Array) -> Array:
    """Sum of values over the run of silent hours that ends with each hour."""
    total = np.cumsum(np.where(silent, values, 0.0), axis=0)
    return np.asarray(total - np.maximum.accumulate(np.where(silent, 0.0, total), axis=0))


def _began(silent: Mask) -> Index:
    """Day in which the run of silent hours began that ends with each hour; elsewhere the hour's own day."""
    hour = np.arange(len(silent))[:, None]
    spoke = np.maximum.accumulate(np.where(silent, -1, hour), axis=0)
    return np.where(silent, spoke + 1, hour) // HOURS


def _usual_gap(missed: Array, began: Index) -> Array:
    """Third highest daily maximum of the three weeks up to two days before the day it `began`, for each hour."""
    best = missed.reshape(-1, HOURS, missed.shape[1]).max(axis=1)
    usual = np.zeros_like(best)
    for day in range(len(best)):
        past = best[max(0, day - SAMPLE_DAYS - 1) : max(0, day - 1)]
        if len(past) >= 3:
            usual[day] = np.sort(past, axis=0)[-3]
    return np.take_along_axis(usual, began, axis=0)
