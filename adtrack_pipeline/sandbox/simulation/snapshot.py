"""The objects of an account at an instant, as numbers: which exist, in which state, changed when.

Belongs here: existence, status, times, budgets. Does not belong here: how the Graph writes them (`catalogue.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from adtrack_pipeline.sandbox.simulation.calendar import HOUR, day_number, midnight
from adtrack_pipeline.sandbox.simulation.hashing import Floats, Ints, integers, uniform
from adtrack_pipeline.sandbox.simulation.incidents import incidents_between
from adtrack_pipeline.sandbox.simulation.layout import Plan
from adtrack_pipeline.sandbox.simulation.lives import (
    Bools,
    Lives,
    campaign_era,
    campaign_span,
    lives_between,
)
from adtrack_pipeline.sandbox.simulation.steering import (
    adset_budgets,
    budget_epoch,
    epoch_start,
    pause_days,
    paused,
)

ACTIVE, PAUSED, ARCHIVED, DELETED = 0, 1, 2, 3
RUNAWAY_FACTOR = 6
_DELETED_SHARE, _ARCHIVED_SHARE = 0.2, 0.5


@dataclass(frozen=True)
class Groups:
    """Campaigns or ad sets by generation: owner number, era, first day, first day after the end, state."""

    owner: Ints
    era: Ints
    start: Ints
    end: Ints
    state: Ints


class Snapshot:
    """An account at an instant; everything is computed when first asked for."""

    def __init__(self, plan: Plan, as_of: datetime, opening: int) -> None:
        self.plan = plan
        self.as_of = as_of
        local = as_of.astimezone(ZoneInfo(plan.advertiser.timezone))
        self.today = day_number(local.date())
        self.hour = self.today * 24 + local.hour
        self.opening = opening

    @cached_property
    def campaigns(self) -> Groups:
        """Campaigns, newest first."""
        return self._groups(np.arange(len(self.plan.campaign_days)), "campaign")

    @cached_property
    def adsets(self) -> Groups:
        """Ad sets, newest first."""
        return self._groups(np.arange(len(self.plan.adset_campaign)), "adset")

    def _groups(self, owners: Ints, kind: str) -> Groups:
        plan = self.plan
        campaign = owners if kind == "campaign" else plan.adset_campaign[owners]
        low, high = campaign_era(plan, campaign, self.opening), campaign_era(plan, campaign, self.today)
        counts = high - low + 1
        owner, era = np.repeat(owners, counts), np.repeat(low, counts)
        era = era + np.arange(len(era)) - np.repeat(np.cumsum(counts) - counts, counts)
        campaign = owner if kind == "campaign" else plan.adset_campaign[owner]
        start, end = campaign_span(plan, campaign, era)
        kept = (end > self.opening) & (start <= self.today)
        owner, era, start, end, campaign = (one[kept] for one in (owner, era, start, end, campaign))
        order = np.lexsort((owner, -start))
        owner, era, start, end, campaign = (one[order] for one in (owner, era, start, end, campaign))
        state = self._state_after(end, campaign, era)
        resting = paused(plan, kind, owner, self.today) & (state == ACTIVE)
        return Groups(owner, era, start, end, np.where(resting, PAUSED, state))

    def _state_after(self, end: Ints, owner: Ints, generation: Ints) -> Ints:
        """The state of things by the day they ended: paused, later archived or deleted, or left as they are."""
        since = self.today - end
        fate = uniform(self.plan.seed, "fate", owner, generation)
        deleted = (fate < _DELETED_SHARE) & (since >= self._deleted_after(owner, generation))
        archived = (fate >= _DELETED_SHARE) & (fate < _DELETED_SHARE + _ARCHIVED_SHARE) & (since >= 35)
        state = np.where(since >= 0, PAUSED, ACTIVE)
        return np.asarray(np.where(deleted, DELETED, np.where(archived, ARCHIVED, state)))

    def _deleted_after(self, owner: Ints, generation: Ints) -> Ints:
        return integers(self.plan.seed, "deleted after", 2, 16, owner, generation)

    @cached_property
    def ads(self) -> Lives:
        """Ads, newest first."""
        lives = lives_between(self.plan, self.opening, self.today)
        order = np.lexsort((lives.slot, -lives.start))
        return Lives(*(getattr(lives, name)[order] for name in Lives.__dataclass_fields__))

    @cached_property
    def ad_states(self) -> Ints:
        """What their owners set; an archived or deleted campaign takes its ads along."""
        ads, plan = self.ads, self.plan
        own = self._state_after(ads.end, ads.slot + 7_000_000, ads.generation)
        campaign = plan.slot_campaign[ads.slot]
        _, campaign_end = campaign_span(plan, campaign, ads.era)
        above = self._state_after(campaign_end, campaign, ads.era)
        return np.maximum(own, np.where(above >= ARCHIVED, above, ACTIVE))

    def resting(self, kind: str, owner: Ints) -> Bools:
        """Whether campaigns or ad sets are paused by plan today."""
        return paused(self.plan, kind, owner, self.today)

    def changed_at(self, end: Ints, state: Ints, owner: Ints, generation: Ints, start: Ints) -> Floats:
        """Unix time of the last change by life cycle: launch, end, archiving, deletion."""
        day = np.where(state == PAUSED, end, start)
        day = np.where(state == ARCHIVED, end + 35, day)
        day = np.where(state == DELETED, end + self._deleted_after(owner, generation), day)
        return self.day_times(np.minimum(day, self.today))

    def steered_at(self, groups: Groups, kind: str) -> Floats:
        """Unix time of the last change of campaigns or ad sets: life cycle, pause, budget."""
        plan = self.plan
        campaign = groups.owner if kind == "campaign" else plan.adset_campaign[groups.owner]
        ended = groups.end <= self.today
        latest = self.changed_at(
            groups.end,
            np.where(ended, np.maximum(groups.state, PAUSED), ACTIVE),
            campaign,
            groups.era,
            groups.start,
        )
        first, last = pause_days(plan, kind, groups.owner, self.today)
        for day in (first, last):
            happened = (first < last) & (day <= self.today) & (day >= groups.start) & ~ended
            latest = np.maximum(latest, np.where(happened, self.day_times(np.minimum(day, self.today)), 0.0))
        changed = self._budget_changed(groups, kind)
        return np.asarray(np.maximum(latest, np.where(ended, 0.0, changed)))

    def _budget_changed(self, groups: Groups, kind: str) -> Floats:
        plan = self.plan
        first_adset = groups.owner if kind == "adset" else np.searchsorted(plan.adset_campaign, groups.owner)
        campaign = plan.adset_campaign[first_adset]
        holds = (plan.campaign_budgeted[campaign] == 1) == (kind == "campaign")
        hours = epoch_start(plan, first_adset, budget_epoch(plan, first_adset, self.hour))
        times = self.day_times(hours // 24) + hours % 24 * HOUR
        times = np.where(holds & (hours >= groups.start * 24), times, 0.0)
        for owner, _, begin, end in self.runaways(self.hour - 24 * 40, self.hour + 1):
            for hour in (begin, end):
                if hour <= self.hour and owner[0] == kind:
                    at = float(self.day_times(np.array([hour // 24]))[0]) + hour % 24 * HOUR
                    times = np.where(groups.owner == owner[1], np.maximum(times, at), times)
        return times

    def runaways(self, first_hour: int, last_hour: int) -> list[tuple[tuple[str, int], int, int, int]]:
        """Budgets typed wrong: ((kind, owner), slot, begin, end) in local hours."""
        plan, found = self.plan, []
        for one in incidents_between(plan, first_hour, last_hour):
            if one.kind.name == "spend_runaway":
                campaign = int(plan.slot_campaign[one.slot])
                shared = plan.campaign_budgeted[campaign] == 1
                owner = ("campaign", campaign) if shared else ("adset", int(plan.slot_adset[one.slot]))
                found.append((owner, one.slot, one.begin, one.end))
        return found

    def budgets(self, hour: int | None = None) -> Ints:
        """Every ad set's daily budget in minor units, as if each had its own."""
        at = self.hour if hour is None else hour
        budgets = adset_budgets(self.plan, at)
        for (kind, owner), _, begin, end in self.runaways(at, at + 1):
            if begin <= at < end:
                mine = (
                    self.plan.adset_campaign == owner if kind == "campaign" else np.arange(len(budgets)) == owner
                )
                budgets = np.where(mine, budgets * RUNAWAY_FACTOR, budgets)
        return budgets

    def day_times(self, days: Ints) -> Floats:
        """Unix times of local midnights."""
        unique, inverse = np.unique(days, return_inverse=True)
        zone = self.plan.advertiser.timezone
        return np.array([midnight(int(day), zone).timestamp() for day in unique])[inverse]
