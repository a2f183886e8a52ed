"""`health:` when the data itself needs a look."""

from typing import Annotated

from pydantic import Field

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies.model.base import Section


class HealthRule(Section):
    """What all rules of this section share."""

    enabled: bool = Field(True, description="false switches the rule off.")
    severity: Severity = Severity.HIGH
    pages: bool = True
    cool_down_hours: Annotated[float, Field(ge=0)] = 4


class SyncMissing(HealthRule):
    """Nothing was even tried."""

    after_hours: Annotated[float, Field(gt=0)] = 2


class SyncFailing(HealthRule):
    """Too many syncs failed within `window_hours`."""

    severity: Severity = Severity.MEDIUM
    below_pct: Annotated[float, Field(gt=0, le=100)] = 95
    clear_pct: Annotated[float, Field(ge=0, le=90)] = Field(
        2, description="Over again this percentage above the line."
    )
    min_syncs: Annotated[int, Field(ge=1)] = Field(
        10, description="With fewer ended syncs the rate is not judged."
    )


class DataStale(HealthRule):
    """No complete answer for long."""

    after_hours: Annotated[float, Field(gt=0)] = 24


class Ending(HealthRule):
    """Something is about to stop working: high in the last week, critical after the end."""

    severity: Severity = Severity.MEDIUM
    cool_down_hours: Annotated[float, Field(ge=0)] = 24
    within_days: Annotated[int, Field(ge=1, le=365)] = 60


class AccountHealth(Section):
    """What can differ by account."""

    sync_missing: SyncMissing = SyncMissing()
    sync_failing: SyncFailing = SyncFailing()
    data_stale: DataStale = DataStale()


class Health(AccountHealth):
    """All of it."""

    window_hours: Annotated[int, Field(ge=1, le=168)] = Field(24, description="Syncs that count for sync_failing.")
    api_version_ending: Ending = Ending()
    token_expiring: Ending = Ending(within_days=14)
