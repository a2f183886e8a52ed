"""What is asked of detection, and what single ads answer to it.

Belongs here: bars that verdicts are held against. Does not belong here: verdicts (`strange/judge.py`).
"""

from dataclasses import dataclass, replace

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.found.incidents import QUIET_HOURS, Incident, incidents
from adtrack_pipeline.monitoring.strange.rules import Rule
from adtrack_pipeline.monitoring.strange.verdict import Verdict


@dataclass(frozen=True)
class Asked:
    """How much has to be known, about which hours.

    Attributes:
        hours: to be judged.
        scale: factor on every rule's bar.
        recorded: score from which an incident is recorded though nobody is told; None: only what is told.
    """

    hours: slice
    scale: float
    recorded: float | None

    def within(self, before: int, stop: int) -> "Asked":
        """The same of a panel that begins `before` hours later and is judged up to its own hour `stop`."""
        return replace(self, hours=slice(min(max(0, self.hours.start - before), stop), stop))

    def of_group(self, verdict: Verdict, rule: Rule, level: Level) -> list[Incident]:
        """Incidents of groups that are worth a message."""
        return incidents(verdict, self.scale * rule.bar_at(level), self.hours.start)

    def of_ads(
        self, verdict: Verdict, rule: Rule, first_ad: int, *, offset: int | None = None, quiet: int = QUIET_HOURS
    ) -> list[Finding]:
        """Incidents of single ads: those to be told, and between them those only to be recorded.

        Groups are told or nothing: long before a group is sure, its members are recorded one by one.

        Args:
            verdict: on some ads.
            rule: what was asked.
            first_ad: number of the verdict's first ad among all.
            offset: hour of the verdict's first row; default: the first one judged.
            quiet: hours after which an incident is over.
        """
        row = self.hours.start if offset is None else offset
        told = incidents(verdict, self.scale * rule.bar, row, quiet)
        found = [(one, True) for one in told]
        if self.recorded is not None and self.recorded < self.scale * rule.bar:
            weak = incidents(verdict, self.recorded, row, quiet)
            found += [(one, False) for one in weak if not any(_meet(one, other) for other in told)]
        return [_named(one, rule, first_ad, pages=pages) for one, pages in found]


def _named(incident: Incident, rule: Rule, first_ad: int, *, pages: bool) -> Finding:
    ad = incident.unit + first_ad
    return Finding(ad, Level.AD, ad, rule.alert_type, rule.metric, rule.family, incident, pages)


def _meet(one: Incident, other: Incident) -> bool:
    return one.unit == other.unit and one.start <= other.end and other.start <= one.end
