"""An incident with a name, before it becomes a row.

Belongs here: the record that rules, groups and explanations share. Does not belong here: money and words.
"""

from dataclasses import dataclass

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.found.incidents import Incident


@dataclass(frozen=True)
class Finding:
    """What was found about one ad, alone or as part of a group.

    Attributes:
        ad: column of the ad.
        level: where one message explains it.
        group: number of the campaign or account at that level; the ad's column at ad level.
        alert_type: what it is called.
        metric: what moved.
        family: whose counts showed it.
        incident: of the ad, or of its group.
        pages: worth a message; otherwise only recorded.
    """

    ad: int
    level: Level
    group: int
    alert_type: str
    metric: str
    family: str
    incident: Incident
    pages: bool = True

    @property
    def start(self) -> int:
        """Hour it was found in."""
        return self.incident.start

    @property
    def end(self) -> int:
        """Last hour it was seen in."""
        return self.incident.end
