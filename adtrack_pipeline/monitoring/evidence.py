"""The evidence method: families, rules, groups, stops, wear-out and causes, in this order.

Belongs here: the order of the steps. Does not belong here: any of the steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from adtrack_pipeline.monitoring.arrival import Arrival
from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.exhaustion import read_budgets
from adtrack_pipeline.monitoring.expected import Family, account_numbers, expect_delivery, expect_ratios, sum_by
from adtrack_pipeline.monitoring.explain import causes, named
from adtrack_pipeline.monitoring.fatigue import QUIET_HOURS as FATIGUE_QUIET
from adtrack_pipeline.monitoring.fatigue import RECENT_DAYS, SLOW, Wear, judge_fatigue
from adtrack_pipeline.monitoring.finding import Finding
from adtrack_pipeline.monitoring.groups import Grouping, groupings, members, shifted, summed
from adtrack_pipeline.monitoring.incidents import QUIET_HOURS, Incident, incidents
from adtrack_pipeline.monitoring.judge import Bench, Verdict, judge
from adtrack_pipeline.monitoring.panel import HOURS, Array, Index, Mask, Panel
from adtrack_pipeline.monitoring.plan import Plan
from adtrack_pipeline.monitoring.rules import RULES, Rule
from adtrack_pipeline.monitoring.running import Running
from adtrack_pipeline.monitoring.stops import STOPPED, Spent, judge_stops, unreported
from adtrack_pipeline.monitoring.wild import wild_hours

BASES = {"ctr": "impressions", "cpm": "impressions", "cpc": "spend", "cvr": "clicks", "aov": "conversions"}

Found = tuple[list[Finding], Mapping[str, Family], Mapping[str, Array]]


def find(
    panel: Panel, plan: Plan, arrival: Arrival | None, hours: slice, *, scale: float, recorded: float | None
) -> Found:
    """Findings in `hours`, the families they were found in, and what each ratio is counted over.

    Args:
        panel: what happened.
        plan: what was meant to happen.
        arrival: how late conversions become known.
        hours: hours to judge.
        scale: factor on every rule's bar.
        recorded: score from which an incident is recorded though nobody is told; None: only what is told.
    """
    accounts = account_numbers(panel)
    levels = groupings(panel, accounts)
    wild = wild_hours(panel, accounts)
    calm = panel.without(wild)
    spent = Spent(panel.metrics["impressions"], panel.metrics["spend"])
    budgets = read_budgets(spent.impressions, spent.spend, plan.active, accounts)
    families = {**expect_ratios(panel, calm, arrival), **expect_delivery(panel, calm, plan, budgets.ended)}
    found: list[Finding] = []
    for family_name, family in families.items():
        rules = [rule for rule in RULES if rule.family == family_name]
        if rules:
            found += _by_rules(panel, families, (family, wild), rules, levels, hours, scale, recorded)
    found += _stopped(families, spent, plan.active, levels, hours, scale)
    excused = budgets.used_up | unreported(spent.impressions, accounts)
    stops = judge_stops(families["impressions"], spent, plan.active, excused, hours)
    found += _alone(stops, STOPPED, hours.start, scale, recorded)
    worn = judge_fatigue(calm, families["ctr"].without(wild), accounts)
    found = [_by_wear(one, worn) for one in found]
    told = _alone(worn.verdict.upto(hours.stop), SLOW, 0, scale, recorded, quiet=FATIGUE_QUIET)
    found += [one for one in told if worn.seen[one.start // HOURS, one.ad] or not _dropped(one, found)]
    kept = [one for one in causes(found) if one.end >= hours.start and one.start < hours.stop]
    bases = {name: np.nan_to_num(panel.metrics[base]) for name, base in BASES.items() if base in panel.metrics}
    return kept, families, bases


def _by_rules(
    panel: Panel,
    families: Mapping[str, Family],
    of: tuple[Family, Mask],
    rules: Sequence[Rule],
    levels: Sequence[Grouping],
    hours: slice,
    scale: float,
    recorded: float | None,
) -> list[Finding]:
    """Findings of the rules on one family: groups that moved together, and ads that did so alone.

    `of` is the family of the ads and their wild hours: these are judged themselves and in no other hour's windows.
    """
    family, wild = of
    common = family.without(wild)
    sums = [Running(summed(common, level)) for level in levels]
    whole = sums[0]
    groups = [
        (level, Bench(units, whole, level.account_of, panel.first_day))
        for level, units in zip(levels, sums, strict=True)
    ]
    ads = Bench(Running(common), whole, levels[0].group_of, panel.first_day)
    erratic = replace(ads, units=Running(family), lasting=False)
    found: list[Finding] = []
    for rule in rules:
        for level, bench in groups:
            for incident in incidents(judge(bench, rule, hours), scale * rule.bar_at(level.level), hours.start):
                found += _together(families, common, rule, (level, levels[1].group_of), incident)
        verdict = judge(ads, rule, hours)
        if wild[hours].any():
            verdict = verdict.but(wild[hours], judge(erratic, rule, hours))
        if rule.family == "spend":
            verdict = verdict.but(shifted(family, levels[1], verdict, hours.start), verdict.nothing)
        alone = _alone(verdict, rule, hours.start, scale, recorded)
        found += [named(one, families, [one.ad]) for one in alone]
    return found


def _stopped(
    families: Mapping[str, Family],
    spent: Spent,
    active: Mask,
    levels: Sequence[Grouping],
    hours: slice,
    scale: float,
) -> list[Finding]:
    """Accounts and campaigns that deliver nothing any more: one message, not one for each of their ads."""
    found: list[Finding] = []
    family = families["impressions"]
    for level in levels:
        runs = sum_by(active.astype(np.float32), level.group_of) > 0
        whole = spent.summed(level.group_of)
        used_up = read_budgets(whole.impressions, whole.spend, runs, level.account_of).used_up
        excused = used_up | unreported(whole.impressions, level.account_of)
        verdict = judge_stops(summed(family, level), whole, runs, excused, hours)
        for incident in incidents(verdict, scale * STOPPED.bar_at(level.level), hours.start):
            found += _together(families, family, STOPPED, (level, levels[1].group_of), incident)
    return found


def _together(
    families: Mapping[str, Family],
    family: Family,
    rule: Rule,
    at: tuple[Grouping, Index],
    incident: Incident,
) -> list[Finding]:
    level, campaigns = at
    part = members(family, rule, level, incident, campaigns)
    if part is None:
        return []
    ads = [int(ad) for ad in part]
    first = Finding(ads[0], level.level, incident.unit, rule.alert_type, rule.metric, rule.family, incident)
    cause = named(first, families, ads)
    return [
        Finding(ad, level.level, incident.unit, cause.alert_type, cause.metric, rule.family, incident)
        for ad in ads
    ]


def _alone(
    verdict: Verdict, rule: Rule, offset: int, scale: float, recorded: float | None, quiet: int = QUIET_HOURS
) -> list[Finding]:
    """Incidents of single ads: those to be told, and between them those only to be recorded.

    Groups are told or nothing: long before a group is sure, its members are recorded one by one.
    """
    told = incidents(verdict, scale * rule.bar, offset, quiet)
    found = [(one, True) for one in told]
    if recorded is not None and recorded < scale * rule.bar:
        weak = incidents(verdict, recorded, offset, quiet)
        found += [(one, False) for one in weak if not any(_meet(one, other) for other in told)]
    return [
        Finding(one.unit, Level.AD, one.unit, rule.alert_type, rule.metric, rule.family, one, pages)
        for one, pages in found
    ]


def _by_wear(finding: Finding, worn: Wear) -> Finding:
    """Fewer clicks over days, on a creative that was wearing already, are wear."""
    day = finding.start // HOURS - 1
    slow = finding.level is Level.AD and finding.incident.window >= HOURS // 2
    if finding.alert_type == "ctr_drop" and slow and day >= 0 and worn.wearing[day, finding.ad]:
        return replace(finding, alert_type=SLOW.alert_type, metric=SLOW.metric)
    return finding


def _dropped(wear: Finding, found: Sequence[Finding]) -> bool:
    """Whether what looks like wear is the rest of a sudden drop; asked where frequency cannot tell."""
    drops = [one for one in found if one.ad == wear.ad and one.alert_type == "ctr_drop"]
    return any(one.start <= wear.start <= one.end + RECENT_DAYS * HOURS for one in drops)


def _meet(one: Incident, other: Incident) -> bool:
    return one.unit == other.unit and one.start <= other.end and other.start <= one.end
