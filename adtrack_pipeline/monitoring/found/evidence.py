"""The evidence method: families, rules, groups, stops, wear-out and causes, in this order.

Belongs here: the order of the steps. Does not belong here: any of the steps.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.found.asked import Asked
from adtrack_pipeline.monitoring.found.explain import causes
from adtrack_pipeline.monitoring.found.fatigue import RECENT_DAYS, SLOW, Wear, by_wear
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.found.groups import groupings
from adtrack_pipeline.monitoring.found.moved import by_rules
from adtrack_pipeline.monitoring.found.stopped import by_silence
from adtrack_pipeline.monitoring.inputs.arrival import Arrival
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array
from adtrack_pipeline.monitoring.usual.accounts import Accounts
from adtrack_pipeline.monitoring.usual.families import Families, expect
from adtrack_pipeline.monitoring.usual.totals import hourly_totals


@dataclass(frozen=True)
class Evidence:
    """What was found, the families it was found in, and sums by account (see `hourly_totals`)."""

    findings: Sequence[Finding]
    families: Families
    totals: Mapping[str, Array]


def find(accounts: Accounts, arrival: Arrival | None, asked: Asked) -> Evidence:
    """Judge the hours that are asked about.

    Args:
        accounts: what happened, and what was meant to happen.
        arrival: how late conversions become known.
        asked: hours to judge, and how much has to be known.
    """
    levels = groupings(accounts)
    totals = hourly_totals(accounts)
    families = expect(accounts, totals, arrival)
    found = by_rules(families, levels, asked) + by_silence(families, totals, levels, asked)
    worn, told = by_wear(families, asked)
    found = [_by_wear(one, worn) for one in found]
    drops = defaultdict(list)
    for one in found:
        if one.alert_type == "ctr_drop":
            drops[one.ad].append(one)
    found += [one for one in told if worn.seen[one.start // HOURS, one.ad] or not _left_by(drops[one.ad], one)]
    hours = asked.hours
    kept = [one for one in causes(found) if one.end >= hours.start and one.start < hours.stop]
    return Evidence(kept, families, totals)


def _by_wear(finding: Finding, worn: Wear) -> Finding:
    """Fewer clicks over days, on a creative that was wearing already, are wear."""
    day = finding.start // HOURS - 1
    slow = finding.level is Level.AD and finding.incident.window >= HOURS // 2
    if finding.alert_type == "ctr_drop" and slow and day >= 0 and worn.wearing[day, finding.ad]:
        return replace(finding, alert_type=SLOW.alert_type, metric=SLOW.metric)
    return finding


def _left_by(drops: Sequence[Finding], wear: Finding) -> bool:
    """Whether what looks like wear is the rest of a sudden drop; asked where frequency cannot tell."""
    return any(one.start <= wear.start <= one.end + RECENT_DAYS * HOURS for one in drops)
