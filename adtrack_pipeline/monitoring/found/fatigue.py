"""Creatives that wear out: clicks fall slowly while people see the ad more often.

Belongs here: the daily verdict of monitoring on an ad's own best earlier period. Does not belong here: sudden
drops (`strange/rules.py`), the published status of creatives (`marts.creative_fatigue`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adtrack_pipeline.monitoring.found.asked import Asked
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask, Panel
from adtrack_pipeline.monitoring.strange.learned import Past, learn, read_past, renewals
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.running import Running
from adtrack_pipeline.monitoring.strange.score import deviance_score
from adtrack_pipeline.monitoring.strange.verdict import Verdict
from adtrack_pipeline.monitoring.usual.accounts import Block
from adtrack_pipeline.monitoring.usual.families import Families
from adtrack_pipeline.monitoring.usual.shape import daily

BEST_DAYS, RECENT_DAYS, REACH_BACK = 10, 3, 60
MIN_CLICKS = 40.0  # expected in the recent days, and counted in the best period
DROP = 0.82  # of the best rate, which is taken low (see `LUCK`): a fifth is gone
DROP_UNSEEN = 0.72  # ... where frequency is not known
DROP_BEGUN = 0.88  # so far gone, slowly, a drop in the click rate is wear and not a sudden fault
BAR = 2.7  # a few days' wait cost more than a rare word too many
UNSEEN = 0.67  # of the score counts where no frequency that rises speaks for wear
FREQUENCY_RISE, FREQUENCY_BEGUN = 1.12, 1.05
SUDDEN = 0.6  # of the drop within two days is no wear
TREND_DAYS, FALLING_ON = 7, 0.1
LEAST_OD = 0.03
LUCK = 0.22
QUIET_HOURS = 7 * HOURS  # one wear-out is one incident, whatever single days say
SLOW = Rule(
    "creative_fatigue", "fatigue", "ctr", rises=False, ratio=DROP, min_events=MIN_CLICKS, bar=BAR, windows=(72,)
)


@dataclass(frozen=True)
class Days:
    """What counts per day, (days, ads)."""

    clicks: Array
    impressions: Array
    frequency: Array

    @classmethod
    def joined(cls, parts: "Sequence[Days]") -> "Days":
        """Ads of all parts."""
        names = ("clicks", "impressions", "frequency")
        return cls(*(np.concatenate([getattr(one, name) for one in parts], axis=1) for name in names))

    def take(self, ads: slice) -> "Days":
        """Of these ads only."""
        return Days(self.clicks[:, ads], self.impressions[:, ads], self.frequency[:, ads])


@dataclass(frozen=True)
class Wear:
    """What was seen of wear at the end of each day, (days, ads).

    Attributes:
        score: worn out, standard deviations, else 0.
        recent: clicks of the recent days.
        expected: clicks that the best earlier days would have given.
        wearing: on the way there.
        seen: whether frequency was known, so that it speaks for wear.
    """

    score: Array
    recent: Array
    expected: Array
    wearing: Mask
    seen: Mask

    @classmethod
    def joined(cls, parts: "Sequence[Wear]") -> "Wear":
        """Ads of all parts."""
        names = ("score", "recent", "expected", "wearing", "seen")
        return cls(*(np.concatenate([getattr(one, name) for one in parts], axis=1) for name in names))

    def verdict(self, ads: slice) -> Verdict:
        """By hour: a day's word stands in its last hour."""
        score, recent, expected = self.score[:, ads], self.recent[:, ads], self.expected[:, ads]
        found = [np.zeros((len(score) * HOURS, score.shape[1])) for _ in range(4)]
        window = np.full_like(score, RECENT_DAYS * HOURS)
        for kept, values in zip(found, (score, window, recent, expected), strict=True):
            kept[HOURS - 1 :: HOURS] = values
        return Verdict(*found)


def by_wear(families: Families, asked: Asked) -> tuple[Wear, list[Finding]]:
    """What was seen of wear, and single ads that are worn out."""
    accounts = families.accounts
    days = Days.joined(list(accounts.each(lambda block: _days(block.calm))))
    od, common = _spread(families), _common(days, accounts.of)
    worn = Wear.joined([_wear(days.take(ads), od[:, ads], common[:, ads]) for ads in accounts.slices])
    found = [
        finding
        for ads in accounts.slices
        for finding in asked.of_ads(
            worn.verdict(ads).upto(asked.hours.stop), SLOW, ads.start, offset=0, quiet=QUIET_HOURS
        )
    ]
    return worn, found


def _spread(families: Families) -> Array:
    """Over-dispersion of the account of each ad's clicks, (days, ads)."""
    accounts = families.accounts
    first_day, every = accounts.panel.first_day, np.arange(accounts.panel.days)
    renewed, none = renewals(first_day, every), np.zeros(0, np.intp)

    def past(block: Block) -> tuple[slice, Past]:
        return block.ads, read_past(Running(families.calm("ctr", block.ads)), SLOW, renewed, none)

    known = Past.joined(accounts.each(past), len(accounts.of))
    return np.maximum(learn(known, SLOW, accounts.of, first_day, every, own=False).ods[0], LEAST_OD)


def _wear(days: Days, od: Array, common: Array) -> Wear:
    """The last days' clicks against what the best earlier ten would have given for the same impressions.

    Divided by how the rest of the account moved in the meantime; only with rising frequency where it is known.
    """
    recent, impressions = _window(days.clicks, RECENT_DAYS), _window(days.impressions, RECENT_DAYS)
    best, best_day = _best(days, od)
    expected = best * impressions * common
    score = -deviance_score(recent, expected, od)
    drop = recent / np.maximum(expected, 1e-12)
    risen, known = _frequency_rise(days.frequency, best_day)
    worn = np.where(known, (drop * _falling_on(days) <= DROP) & (risen >= FREQUENCY_RISE), drop <= DROP_UNSEEN)
    slow = (expected >= MIN_CLICKS) & _slow(recent, impressions, expected)
    wearing = known & slow & (drop <= DROP_BEGUN) & (risen >= FREQUENCY_BEGUN)
    score = np.where(worn & slow, score * np.where(known, 1.0, UNSEEN), 0.0)
    return Wear(score, recent, expected, wearing, known)


def _days(panel: Panel) -> Days:
    clicks, impressions = (daily(panel.metrics[name]).sum(axis=1) for name in ("clicks", "impressions"))
    return Days(clicks, impressions, panel.frequency)


def _window(values: Array, days: int) -> Array:
    """Sums over the days that end with each day."""
    total = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), np.nan_to_num(values)]), axis=0)
    upto = np.arange(len(values)) + 1
    return np.asarray(total[upto] - total[np.maximum(upto - days, 0)])


def _best(days: Days, od: Array) -> tuple[Array, Index]:
    """Best ten-day rate that ended before the recent days, and the day it ended; 0 where there is none.

    The best of many periods was lucky too: each is taken as good as it was for sure, less `LUCK` standard errors.
    """
    clicks, impressions = _window(days.clicks, BEST_DAYS), _window(days.impressions, BEST_DAYS)
    complete = (_window((days.impressions > 0).astype(np.float64), BEST_DAYS) >= BEST_DAYS - 1) & (
        clicks >= MIN_CLICKS
    )
    luck = LUCK * np.sqrt(1.0 / np.maximum(clicks, 1.0) + od**2)
    rate = np.where(complete, clicks / np.maximum(impressions, 1e-12) * np.maximum(0.0, 1.0 - luck), 0.0)
    gap = RECENT_DAYS + 1
    padded = np.concatenate([np.zeros((REACH_BACK + gap - 1, rate.shape[1])), rate])
    view = sliding_window_view(padded, REACH_BACK, axis=0)[: len(rate)]
    place = view.argmax(axis=-1)
    found = np.take_along_axis(view, place[..., None], axis=-1)[..., 0]
    return found, np.arange(len(rate))[:, None] - (REACH_BACK + gap - 1) + place


def _common(days: Days, accounts: Index) -> Array:
    """How click rates of the whole account moved between earlier and recent days; at most a relief of 30 %."""
    factor = np.ones_like(days.clicks)
    for account in np.unique(accounts):
        member = accounts == account
        if member.sum() < 5:
            continue
        recent = _window(days.clicks[:, member], RECENT_DAYS) / np.maximum(
            _window(days.impressions[:, member], RECENT_DAYS), 1
        )
        before = _window(days.clicks[:, member], 28) / np.maximum(_window(days.impressions[:, member], 28), 1)
        some = (before > 0).any(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.nanmedian(np.where(before > 0, recent / before, np.nan)[some], axis=1)
        factor[np.ix_(some, member)] = np.clip(moved, 0.7, 1.0)[:, None]
    return factor


def _falling_on(days: Days) -> Array:
    """The rate at the end of the last day over its mean of the recent days, as the line of the last week runs.

    A mean over days lags behind a rate that falls by half their number. Weighted least squares; at most 1, and no
    more than `FALLING_ON` below it.
    """
    weight, clicks = np.nan_to_num(days.impressions), np.nan_to_num(days.clicks)
    day = np.arange(len(weight), dtype=np.float64)[:, None]
    w, wx, wxx = (_window(weight * day**power, TREND_DAYS) for power in (0, 1, 2))
    y, xy = _window(clicks, TREND_DAYS), _window(clicks * day, TREND_DAYS)
    spread = w * wxx - wx**2
    slope = np.where(spread > 0, (w * xy - wx * y) / np.maximum(spread, 1e-12), 0.0)
    recent = _window(clicks, RECENT_DAYS) / np.maximum(_window(weight, RECENT_DAYS), 1e-12)
    middle = _window(weight * day, RECENT_DAYS) / np.maximum(_window(weight, RECENT_DAYS), 1e-12)
    ahead = slope * (day + 0.5 - middle)
    return np.clip(1.0 + ahead / np.maximum(recent, 1e-12), 1.0 - FALLING_ON, 1.0)


def _frequency_rise(frequency: Array, best_day: Index) -> tuple[Array, Mask]:
    """Last week's mean frequency over that of the best period, and whether both are known."""
    known = np.isfinite(frequency).astype(np.float64)
    week = _window(frequency, RECENT_DAYS) / np.maximum(_window(known, RECENT_DAYS), 1.0)
    base = _window(frequency, BEST_DAYS) / np.maximum(_window(known, BEST_DAYS), 1.0)
    at_best = np.take_along_axis(base, np.clip(best_day, 0, len(base) - 1), axis=0)
    both = (week > 0) & (at_best > 0)
    return np.where(both, week / np.maximum(at_best, 1e-12), 0.0), both


def _slow(recent: Array, impressions: Array, expected: Array) -> Mask:
    """Not a step: some days before the recent ones the rate had already begun to fall."""
    rate = recent / np.maximum(impressions, 1e-12)
    earlier = np.zeros_like(rate)
    earlier[RECENT_DAYS:] = rate[:-RECENT_DAYS]
    best = expected / np.maximum(impressions, 1e-12)
    return np.asarray((best - earlier) >= (1.0 - SUDDEN) * 0.5 * (best - rate))
