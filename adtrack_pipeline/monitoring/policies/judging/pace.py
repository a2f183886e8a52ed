"""A monthly budget and where it is heading."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime

from adtrack_pipeline.monitoring.condition import Level, Subject
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.calendar import hours_gone, hours_left, local_today
from adtrack_pipeline.monitoring.policies.judging.forecast import Outlook, outlook
from adtrack_pipeline.monitoring.policies.judging.targets import Target
from adtrack_pipeline.monitoring.policies.model import Pacing
from adtrack_pipeline.monitoring.policies.model.pacing import MonthlyBudget


@dataclass(frozen=True)
class Pace:
    """A monthly budget and where it is heading."""

    budget: MonthlyBudget
    target: Target
    outlook: Outlook
    month: tuple[date, date]
    days_complete: int
    interval: tuple[float, float]

    @property
    def subject(self) -> Subject:
        """The one campaign, else the first account: messages name the budget."""
        one = self.target
        level = Level.CAMPAIGN if one.campaign_id else Level.ACCOUNT
        account = one.accounts[0]
        return Subject(level, account[0], account[1], campaign_id=one.campaign_id, name=self.budget.name)

    @property
    def metric(self) -> str:
        """Every budget of the file is an incident of its own, also when two are about the same account."""
        return f"monthly_spend.{re.sub(r'[^a-z0-9]+', '_', self.budget.name.lower()).strip('_')}"

    @property
    def runs_out_on(self) -> date | None:
        """The day by whose end the budget is used up; None if it lasts."""
        path = self.outlook.path
        over = path[path > self.budget.monthly]
        return None if over.empty else over.index[0].date()


def pace_of(
    budget: MonthlyBudget, target: Target, frames: PolicyFrames, rules: Pacing, now: datetime
) -> Pace | None:
    """The pace of a budget whose target has no problem."""
    todays = {key: local_today(target.timezones[key], now) for key in target.accounts}
    first = min(todays.values()).replace(day=1)
    month = (first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
    total: Outlook | None = None
    for key in target.accounts:
        name = target.timezones[key]
        gone = hours_gone(name, now)
        part = outlook(*target.spend(frames, key), todays[key], month, gone / (gone + hours_left(name, now)))
        total = part if total is None else total + part
    if total is None:
        return None
    complete = (min(todays.values()) - first).days
    return Pace(budget, target, total, month, complete, total.interval(rules.interval_pct))
