"""Which of several findings about one ad is the cause, and which only follow from it.

Belongs here: cause from the pattern over metrics. Does not belong here: how findings were made.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.found.fatigue import QUIET_HOURS as WEAR_QUIET
from adtrack_pipeline.monitoring.found.fatigue import SLOW
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.found.groups import MIN_MEMBERS
from adtrack_pipeline.monitoring.found.incidents import QUIET_HOURS
from adtrack_pipeline.monitoring.inputs.panel import HOURS
from adtrack_pipeline.monitoring.usual.families import Families

# What each kind explains, if the other one came at the same time or while it lasted. Some also the other way
# round, when the weaker word was found first: whoever was told "clicks cost more" needs no second message. But
# whoever was told that sales fell does need one when they turn out to have stopped (`_outgrows`).
EXPLAINS: Mapping[str, frozenset[str]] = {
    "zero_delivery": frozenset(
        {"spend_anomaly", "ctr_drop", "cpm_spike", "cpc_spike", "roas_drop", "tracking_outage"}
    ),
    "tracking_outage": frozenset({"roas_drop"}),
    "spend_anomaly": frozenset({"cpm_spike", "cpc_spike"}),
    "ctr_drop": frozenset({"cpc_spike", "creative_fatigue"}),
    "cpm_spike": frozenset({"cpc_spike"}),
    "creative_fatigue": frozenset({"ctr_drop", "cpc_spike"}),
    "cpc_spike": frozenset({"ctr_drop", "cpm_spike"}),
    "roas_drop": frozenset({"tracking_outage"}),
}
# As long as its own pauses may be: whether an incident goes on after one must not decide about what lies in it.
AFTER_HOURS: Mapping[str, int] = {SLOW.alert_type: WEAR_QUIET}
_WIDTH = {Level.AD: 0, Level.CAMPAIGN: 1, Level.ACCOUNT: 2}
NEVER = 10**9  # hours
OUTAGE, MILDER = "tracking_outage", "roas_drop"
MAIN_CAUSE = 0.65  # share of a change in cost per click that one factor carries alone


def named(finding: Finding, families: Families, ads: Sequence[int]) -> Finding:
    """The finding by its cause: dear clicks are dear views or few clicks, unless it is a bit of both.

    Money that goes for dearer views, not for more of them, is no runaway.
    """
    incident = finding.incident
    span = incident.span
    if finding.family == "spend" and _share(families, span, ads, ("cpm", 1), ("impressions", 1)) >= MAIN_CAUSE:
        return replace(finding, alert_type="cpm_spike", metric="cpm")
    if finding.family != "cpc":
        return finding
    share = _share(families, span, ads, ("cpm", 1), ("ctr", -1))
    if share >= MAIN_CAUSE:
        return replace(finding, alert_type="cpm_spike", metric="cpm")
    if share <= 1.0 - MAIN_CAUSE:
        return replace(finding, alert_type="ctr_drop", metric="ctr")
    return finding


def _share(
    families: Families, span: slice, ads: Sequence[int], one: tuple[str, int], other: tuple[str, int]
) -> float:
    """Share of a rise that comes from the first of two families moving in its direction (1: up), 0 to 1."""
    columns = np.asarray(ads)
    moved = []
    for name, sign in (one, other):
        family = families.of(name, columns, span)
        observed, expected = family.observed.sum(), family.expected.sum()
        moved.append(max(sign * float(np.log(max(observed, 1e-9) / expected)), 0.0) if expected > 0 else 0.0)
    return moved[0] / sum(moved) if sum(moved) > 0 else 0.5


def causes(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that are not explained by one that was there before, or by a stronger one of the same hour."""
    order = list(EXPLAINS)
    kept: dict[int, list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: (not one.pages, one.start, order.index(one.alert_type))):
        others = kept.setdefault(finding.ad, [])
        if not any(_explains(other, finding) for other in others):
            others.append(finding)
    outgrown = _outgrown(kept)
    left = [outgrown(one) for ones in kept.values() for one in ones]
    left.sort(key=lambda one: (one.start, one.ad))
    size = Counter(map(_message, left))
    return [one for one in left if one.level is Level.AD or size[_message(one)] >= MIN_MEMBERS]


def _message(finding: Finding) -> tuple[Level, int, str, int]:
    """Findings with the same are told together; a group whose members were told one by one is none any more."""
    return finding.level, finding.group, finding.alert_type, finding.start


def _outgrown(kept: Mapping[int, Sequence[Finding]]) -> Callable[[Finding], Finding]:
    """Ends milder messages where most of what they name turned out to be a broken pixel.

    What was said stays as it was said then; from the outage on, it is the outage that lasts.
    """
    ends: dict[tuple[Level, int, str, int], list[int]] = {}
    for ones in kept.values():
        outages = [one for one in ones if one.alert_type == OUTAGE]
        for mild in ones:
            if mild.alert_type == MILDER:
                taken = [one.start for one in outages if _outgrows(one, mild)]
                ends.setdefault(_message(mild), []).append(min(taken, default=NEVER))
    until = {message: sorted(hours)[len(hours) // 2] - 1 for message, hours in ends.items()}

    def ended(finding: Finding) -> Finding:
        end = until.get(_message(finding), NEVER)
        return replace(finding, incident=replace(finding.incident, end=end)) if end < finding.end else finding

    return ended


def _outgrows(outage: Finding, mild: Finding) -> bool:
    """Whether sales that fell turned out to have stopped, of the same object or of one that holds it."""
    return (
        outage.alert_type == OUTAGE
        and mild.alert_type == MILDER
        and mild.family == outage.family
        and outage.pages >= mild.pages
        and mild.start < outage.start <= mild.end + QUIET_HOURS
        and _WIDTH[outage.level] >= _WIDTH[mild.level]
    )


def _explains(cause: Finding, finding: Finding) -> bool:
    if not cause.start <= finding.start <= cause.end + AFTER_HOURS.get(cause.alert_type, QUIET_HOURS):
        return False
    if finding.alert_type == cause.alert_type:
        return True
    if finding.alert_type == SLOW.alert_type and cause.incident.window < HOURS:
        return False  # a bad hour does not explain bad weeks
    return finding.alert_type in EXPLAINS[cause.alert_type] and not _outgrows(finding, cause)
