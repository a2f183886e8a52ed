"""How patient alerts are, as one value. Does not belong here: reading the environment (settings.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies import PoliciesError, Reminders, default_policies, load_policies
from adtrack_pipeline.settings import Settings


@dataclass(frozen=True)
class Patience:
    """How long a condition must be gone before its alert is resolved: both must have passed.

    Attributes:
        scans: consecutive scans that looked and did not see it; 1 resolves at the first.
        duration: time since the first of them.
    """

    scans: int = 1
    duration: timedelta = timedelta(0)


# Anomalies flicker around their bar; a threshold has hysteresis and a failed sync has an end.
_PATIENCE = MappingProxyType({"detection": Patience(3, timedelta(hours=2))})


@dataclass(frozen=True)
class AlertOptions:
    """What the life of alerts depends on besides the conditions.

    Attributes:
        project_id: named in every event.
        cooldown: a condition that comes back so soon after its end is the same incident and no new message.
        reminders: by severity, how long after it was last told an alert nobody has acknowledged is told again.
        patience: by scan source; sources not named resolve at the first scan that no longer sees a condition.
        group_at_least: so many objects under one parent with the same alert become one message about the parent,
        group_share: if they are also this share of those judged there (where the conditions say how many were).
    """

    project_id: str = "adtrack"
    cooldown: timedelta = timedelta(hours=24)
    reminders: Mapping[Severity, timedelta] = field(default_factory=dict)
    patience: Mapping[str, Patience] = field(default_factory=lambda: _PATIENCE)
    group_at_least: int = 3
    group_share: float = 0.5

    def patience_of(self, source: str) -> Patience:
        """The patience with conditions of a source."""
        return self.patience.get(source, Patience())


def alert_options(settings: Settings) -> AlertOptions:
    """What the user configured."""
    gone = Patience(settings.alert_missed_scans, _PATIENCE["detection"].duration)
    return AlertOptions(
        project_id=settings.project_id,
        cooldown=timedelta(hours=settings.alert_cooldown_hours),
        reminders=_reminders(settings).spans(),
        patience={**_PATIENCE, "detection": gone},
    )


def _reminders(settings: Settings) -> Reminders:
    """As the policies file says. A mistake in it is told by what judges by it; alerts go on meanwhile."""
    try:
        return load_policies(settings.policies_file).reminders
    except PoliciesError:
        return default_policies().reminders
