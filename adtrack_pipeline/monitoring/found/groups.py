"""One message at the highest level that explains it: counts of ads added up to campaigns and accounts.

Belongs here: sums, and whether many ads moved together. Does not belong here: the scores themselves
(`strange/judge.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.found.incidents import Incident
from adtrack_pipeline.monitoring.inputs.adding import Groups, sums_of_all
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.score import deviance_score
from adtrack_pipeline.monitoring.strange.verdict import Verdict
from adtrack_pipeline.monitoring.usual.accounts import Accounts
from adtrack_pipeline.monitoring.usual.families import Families
from adtrack_pipeline.monitoring.usual.family import Family

MIN_MEMBERS = 3
HALF_WAY = 0.5  # of the rule's effect makes a member take part
REST_OF_EFFECT = 0.8  # of the rule's effect must be left without the member that moved most
REST_OD = 0.02  # ... by more than chance alone
MOVED_TOGETHER = 0.6  # share of what was expected that lies with members taking part
STAYS = 0.4  # share of an ad's excess that the campaign as a whole must show
DAYS_BEFORE, LESS_THAN_USUAL = 14, 1.5  # ... unless its siblings lost no more than in so many days, in deviations
SCALE = 1.4826  # median absolute deviation to standard deviation
NOT_ONE_ALONE = 0.7  # share of the deviation that one member may carry
ONE_CAMPAIGN, MORE_THAN_ITS_PART = 0.75, 0.2  # of an account's deviation, by a campaign with less of what was due


@dataclass(frozen=True)
class Grouping:
    """Which group each ad belongs to.

    Attributes:
        level: campaign or account.
        group_of: group number of each ad.
        account_of: account number of each group.
        size: ads per group.
    """

    level: Level
    group_of: Index
    account_of: Index
    size: Index

    @property
    def groups(self) -> Groups:
        """By this level."""
        return Groups(self.group_of, len(self.size))


def groupings(accounts: Accounts) -> list[Grouping]:
    """Accounts first: the higher level explains the lower one."""
    ads = accounts.panel.ads.groupby(["account_id", "campaign_id"], sort=False)
    campaigns = ads.ngroup().to_numpy().astype(np.intp)
    return [_grouping(Level.ACCOUNT, accounts.of, accounts.of), _grouping(Level.CAMPAIGN, campaigns, accounts.of)]


def _grouping(level: Level, group_of: Index, accounts: Index) -> Grouping:
    count = int(group_of.max()) + 1
    account_of = np.zeros(count, np.intp)
    account_of[group_of] = accounts
    return Grouping(level, group_of, account_of, np.bincount(group_of, minlength=count))


def summed(families: Families, name: str, levels: Sequence[Grouping]) -> list[Family]:
    """A family of the groups of each level, without wild hours."""

    def read(ads: slice) -> list[Array]:
        family = families.calm(name, ads)
        counted = [family.observed, family.expected]
        return counted if family.events is family.expected else [*counted, family.events]

    nobody = families.of(name, slice(0, 0))  # what is known of the family beforehand
    sums = sums_of_all(read, families.accounts.slices, [level.groups for level in levels])
    return [
        replace(nobody, observed=observed, expected=expected, events=rest[0] if rest else expected)
        for observed, expected, *rest in sums
    ]


def members(
    families: Families, rule: Rule, grouping: Grouping, incident: Incident, campaigns: Index
) -> Index | None:
    """Ads that moved with their group; None when it was not the group but one or few of them, or one campaign."""
    ads = np.flatnonzero(grouping.group_of == incident.unit)
    family = families.calm(rule.family, ads, incident.span)
    observed, expected = family.observed.sum(axis=0), family.expected.sum(axis=0)
    judged = expected > 0
    part = judged & _beyond(observed, expected, rule)
    deviation = np.where(judged, np.abs(observed - expected), 0.0) * part
    if judged.sum() < MIN_MEMBERS or not part.any():
        return None
    together = expected[part].sum() >= MOVED_TOGETHER * expected[judged].sum()
    rest = judged & (np.arange(len(ads)) != deviation.argmax())
    alone = deviation.max() > NOT_ONE_ALONE * deviation.sum()
    alone |= not _holds(family, rest, rule)
    if grouping.level is Level.ACCOUNT:
        alone |= _one_campaign(observed, expected, campaigns[ads], rule)
    return ads[part] if together and not alone and part.sum() >= MIN_MEMBERS else None


def _holds(family: Family, rest: Mask, rule: Rule) -> bool:
    """Whether these members moved by more than chance, too: they are left without the one that moved most."""
    observed, expected = family.observed[:, rest].sum(), family.expected[:, rest].sum()
    events = family.events[:, rest].sum() / max(float(expected), 1e-12) * np.array([observed, expected])
    score = abs(float(deviance_score(events[:1], events[1:], np.array([REST_OD]))[0]))
    beyond = bool(_beyond(observed, expected, rule, REST_OF_EFFECT))
    return beyond and score >= rule.together


def _one_campaign(observed: Array, expected: Array, campaigns: Index, rule: Rule) -> bool:
    """Whether most of an account's deviation lies with a campaign that is far less of the account."""
    judged = np.bincount(campaigns, expected)
    moved = np.bincount(campaigns, np.where(expected > 0, observed, 0.0)) - judged
    moved = np.maximum(moved if rule.rises else -moved, 0.0)
    most = int(moved.argmax())
    share = moved[most] / max(float(moved.sum()), 1e-12)
    return bool(share > max(ONE_CAMPAIGN, judged[most] / judged.sum() + MORE_THAN_ITS_PART))


def shifted(
    ads: Family, columns: slice, campaigns: Family, grouping: Grouping, verdict: Verdict, offset: int
) -> Mask:
    """Where an ad got more because its siblings got less: one shared budget that went elsewhere.

    Same shape as the verdict, whose first row is hour `offset`; asked only where it says something. Siblings that
    got no less than on other days have given nothing away: beside big ones, a small gain is lost in chance.
    """
    found = np.zeros(verdict.score.shape, bool)
    campaign_of = grouping.group_of[columns]
    row, unit = np.nonzero((verdict.score > 0) & (grouping.size[campaign_of] > 1))
    if not len(row):
        return found
    whole, own = _excess(campaigns), _excess(ads)
    upto, window = row + offset + 1, verdict.window[row, unit].astype(np.intp)

    def between(total: Array, of: Index, back: int) -> Array:
        until = np.maximum(upto - back * HOURS, 0)
        return np.asarray(total[until, of] - total[np.maximum(until - window, 0), of])

    group = campaign_of[unit]
    siblings = np.stack([between(whole, group, day) - between(own, unit, day) for day in range(DAYS_BEFORE + 1)])
    wobble = SCALE * np.median(np.abs(siblings[1:]), axis=0)
    gained = verdict.observed[row, unit] - verdict.expected[row, unit]
    stayed = between(whole, group, 0) < STAYS * gained
    found[row, unit] = stayed & (siblings[0] < -LESS_THAN_USUAL * wobble)
    return found


def _excess(family: Family) -> Array:
    """Running totals of what was more than expected, (hours + 1, units)."""
    more = np.zeros((len(family.observed) + 1, family.observed.shape[1]))
    np.cumsum(family.observed - family.expected, axis=0, out=more[1:])
    return more


def _beyond(observed: Array, expected: Array, rule: Rule, share: float = HALF_WAY) -> Mask:
    line = rule.beyond(share) * expected
    return np.asarray(observed >= line if rule.rises else observed <= line)
