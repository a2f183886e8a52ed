"""Budgets and where they are heading: monthly ones of the policies file, lifetime ones of the platform. Pure.

The forecast and the lines are those of the pacing alerts (`monitoring/policies/judging`), so that report and alert
never disagree. A lifetime budget has no forecast: the platform spreads it itself; its share of time is shown.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from adtrack_pipeline.monitoring.policies import Policies, PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.budget import budgets_of
from adtrack_pipeline.monitoring.policies.judging.pace import Pace as Heading
from adtrack_pipeline.monitoring.policies.judging.pace import pace_of
from adtrack_pipeline.monitoring.policies.judging.targets import find_target
from adtrack_pipeline.monitoring.policies.model import Pacing
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook
from adtrack_pipeline.reporting.frames import Pace

SHOWN_LIFETIME = 10
AccountKey = tuple[str, str]


def paces_by_account(
    frames: PolicyFrames, policies: Policies, now: datetime
) -> Mapping[AccountKey | None, list[Pace]]:
    """Budgets by the account they are about; under None those that span several accounts."""
    found: dict[AccountKey | None, list[Pace]] = {}
    for key, pace in (*_monthly(frames, policies, now), *_lifetime(frames, policies, now)):
        listed = found.setdefault(key, [])
        if pace.kind == "monthly" or sum(one.kind != "monthly" for one in listed) < SHOWN_LIFETIME:
            listed.append(pace)
    return found


def _monthly(frames: PolicyFrames, policies: Policies, now: datetime) -> Iterator[tuple[AccountKey | None, Pace]]:
    for budget in policies.pacing.budgets:
        target = find_target(budget, policies, frames)
        heading = None if target.problem else pace_of(budget, target, frames, policies.pacing, now)
        if heading:
            key = target.accounts[0] if len(target.accounts) == 1 else None
            yield key, _pace(heading, policies.pacing)


def _pace(heading: Heading, rules: Pacing) -> Pace:
    budget, outlook = heading.budget, heading.outlook
    first, last = heading.month
    return Pace(
        name=budget.name,
        kind="monthly",
        limit=budget.monthly,
        spent=outlook.spent_so_far,
        forecast=outlook.total,
        low=heading.interval[0],
        high=heading.interval[1],
        gone_pct=100 * heading.days_complete / ((last - first).days + 1),
        currency=heading.target.currency,
        verdict=_verdict(heading, rules),
    )


def _verdict(heading: Heading, rules: Pacing) -> str | None:
    """The lines of the alerts: beyond the tolerance, with the whole interval on the same side of the budget."""
    limit, total = heading.budget.monthly, heading.outlook.total
    tolerance = heading.budget.tolerance_pct if heading.budget.tolerance_pct is not None else rules.tolerance_pct
    if heading.outlook.spent_so_far > limit * (1 + tolerance / 100):
        return "over"
    if heading.days_complete < rules.min_days:
        return None
    if total > limit * (1 + tolerance / 100) and heading.interval[0] > limit:
        return "over"
    if total < limit * (1 - tolerance / 100) and heading.interval[1] < limit:
        return "under"
    return "on_track"


def _lifetime(frames: PolicyFrames, policies: Policies, now: datetime) -> Iterator[tuple[AccountKey | None, Pace]]:
    """Running lifetime budgets, the largest first."""
    budgets = [one for one, _ in budgets_of(frames, Rulebook(policies, frames), now) if one.kind == "lifetime"]
    for budget in sorted((one for one in budgets if one.is_running), key=lambda one: -one.limit):
        subject = budget.subject
        assert subject.platform is not None
        assert subject.account_id is not None
        yield (
            (subject.platform, subject.account_id),
            Pace(
                name=subject.name or subject.object_id,
                kind="lifetime",
                limit=budget.limit,
                spent=budget.spent,
                forecast=None,
                low=None,
                high=None,
                gone_pct=budget.planned_pct,
                currency=budget.currency,
                verdict="over" if budget.spent >= budget.limit else None,
            ),
        )
