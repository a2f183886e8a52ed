"""Findings of the rules: groups that moved together, and ads that did so alone.

Belongs here: each family under its rules, from groups down to ads. Does not belong here: scores
(`strange/judge.py`), stops (`stopped.py`), wear (`fatigue.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from adtrack_pipeline.monitoring.found.asked import Asked
from adtrack_pipeline.monitoring.found.explain import named
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.found.groups import Grouping, members, shifted, summed
from adtrack_pipeline.monitoring.found.incidents import Incident
from adtrack_pipeline.monitoring.strange.judge import Benches, judge
from adtrack_pipeline.monitoring.strange.look import Bench, Wild
from adtrack_pipeline.monitoring.strange.rules import RULES, Rule
from adtrack_pipeline.monitoring.strange.running import Running
from adtrack_pipeline.monitoring.strange.verdict import Verdict
from adtrack_pipeline.monitoring.usual.families import Families


@dataclass(frozen=True)
class Levels:
    """A family at each level, without wild hours.

    Attributes:
        families: of all ads.
        name: which family.
        groups: accounts, then campaigns.
        sums: the family of the groups of each.
    """

    families: Families
    name: str
    groups: Sequence[Grouping]
    sums: Sequence[Running]

    def of_groups(self, number: int) -> Benches:
        """What a level's groups are judged with."""
        level = self.groups[number]
        bench = Bench(self.sums[number], self.sums[0], level.account_of)
        return Benches([slice(0, len(level.size))], level.account_of, lambda _: bench)

    def of_ads(self) -> Benches:
        """What ads are judged with."""
        accounts = self.families.accounts

        def bench(ads: slice) -> Bench:
            wild = accounts.wild[:, ads]
            family = self.families.of(self.name, ads)
            units = Running(family.without(wild))
            return Bench(
                units, self.sums[0], accounts.of[ads], Wild(wild, Running(family)) if wild.any() else None
            )

        return Benches(accounts.slices, accounts.of, bench)


def by_rules(families: Families, levels: Sequence[Grouping], asked: Asked) -> list[Finding]:
    """What the rules find, family by family."""
    found: list[Finding] = []
    for name in families.names:
        rules = [rule for rule in RULES if rule.family == name]
        if not rules:
            continue
        sums = [Running(one) for one in summed(families, name, levels)]
        family = Levels(families, name, levels, sums)
        ads, groups = family.of_ads(), [family.of_groups(number) for number in range(len(levels))]
        for rule in rules:
            for level, benches in zip(levels, groups, strict=True):
                found += _groups(family, level, benches, rule, asked)
            found += _ads(family, ads, rule, asked)
    return found


def _groups(family: Levels, level: Grouping, benches: Benches, rule: Rule, asked: Asked) -> list[Finding]:
    (verdict,) = judge(benches, rule, asked.hours, family.families.accounts.panel.first_day)
    return [
        finding
        for incident in asked.of_group(verdict, rule, level.level)
        for finding in together(family.families, rule, (level, family.groups[1]), incident)
    ]


def _ads(family: Levels, benches: Benches, rule: Rule, asked: Asked) -> list[Finding]:
    families = family.families
    found: list[Finding] = []
    verdicts = judge(benches, rule, asked.hours, families.accounts.panel.first_day)
    for ads, verdict in zip(benches.slices, verdicts, strict=True):
        seen = verdict if rule.family != "spend" else _kept(family, ads, verdict, asked)
        found += asked.of_ads(seen, rule, ads.start)
    return [named(one, families, [one.ad]) for one in found]


def _kept(family: Levels, ads: slice, verdict: Verdict, asked: Asked) -> Verdict:
    """Without ads that only got what their siblings gave away; wild hours are no such gain."""
    if not (verdict.score > 0).any():
        return verdict
    campaigns, own = family.sums[1].family, family.families.calm(family.name, ads)
    moved = shifted(own, ads, campaigns, family.groups[1], verdict, asked.hours.start)
    return verdict.but(moved & ~family.families.accounts.wild[asked.hours, ads])


def together(families: Families, rule: Rule, at: tuple[Grouping, Grouping], incident: Incident) -> list[Finding]:
    """One finding for each ad that moved with its group; none if it was not the group.

    Args:
        families: of all ads.
        rule: what was asked.
        at: the level, and campaigns.
        incident: of a group at that level.
    """
    level, campaigns = at
    part = members(families, rule, level, incident, campaigns.group_of)
    if part is None:
        return []
    ads = [int(ad) for ad in part]
    first = Finding(ads[0], level.level, incident.unit, rule.alert_type, rule.metric, rule.family, incident)
    cause = named(first, families, ads)
    return [
        Finding(ad, level.level, incident.unit, cause.alert_type, cause.metric, rule.family, incident)
        for ad in ads
    ]
