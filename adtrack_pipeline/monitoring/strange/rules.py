"""What is worth a message: one line per kind of incident.

Belongs here: effect sizes, volumes and bars. Does not belong here: how a score is made (`score.py`).
"""

from dataclasses import dataclass

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.strange.score import WINDOWS

TRACKING_RATIO = 0.15  # of expected conversions: this little is no worse offer but a broken pixel
OUTAGE = 4.3  # next to nothing is a pattern of its own, and rare by chance
# There are far fewer groups than ads, so fewer looks: a lower bar pages as rarely.
LEVEL_BAR = {Level.AD: 1.0, Level.CAMPAIGN: 0.9, Level.ACCOUNT: 0.8}
PAGE = 5.0  # thousands of looks a day: a z of 5 on a score whose tails have been measured
LONG = (*WINDOWS, 168)  # orders are few: what three days cannot tell, a week may


@dataclass(frozen=True)
class Rule:
    """When a family's deviation is an incident.

    Attributes:
        alert_type: what it is called.
        metric: what is told to have moved.
        family: whose counts are judged.
        rises: too much (True) or too little (False).
        ratio: observed over expected must be beyond this.
        min_events: expected events in the window below which nobody can tell.
        bar: standard deviations that page.
        windows: lengths looked at, hours.
        together: standard deviations that a group must be away without the member that moved most.
    """

    alert_type: str
    metric: str
    family: str
    rises: bool
    ratio: float
    min_events: float
    bar: float = PAGE
    windows: tuple[int, ...] = WINDOWS
    together: float = 4.0

    def bar_at(self, level: Level) -> float:
        """Standard deviations that page at a level; an outage is rare enough to need no lower bar for groups."""
        return self.bar if self.bar < PAGE else self.bar * LEVEL_BAR[level]

    def beyond(self, share: float) -> float:
        """The ratio that lies `share` of the way from usual to this rule's."""
        return float(self.ratio**share)


RULES = (
    Rule("spend_anomaly", "spend", "spend", rises=True, ratio=1.8, min_events=10.0),
    Rule("ctr_drop", "ctr", "ctr", rises=False, ratio=0.72, min_events=15.0),
    Rule("cpm_spike", "cpm", "cpm", rises=True, ratio=1.35, min_events=10.0),
    Rule("cpc_spike", "cpc", "cpc", rises=False, ratio=1 / 1.45, min_events=15.0),
    Rule("tracking_outage", "conversions", "cvr", rises=False, ratio=TRACKING_RATIO, min_events=7.0, bar=OUTAGE),
    Rule("roas_drop", "cvr", "cvr", rises=False, ratio=0.7, min_events=12.0, windows=LONG),
    Rule("roas_drop", "aov", "aov", rises=False, ratio=0.75, min_events=8.0, together=3.0, windows=LONG),
)
