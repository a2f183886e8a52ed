"""`reminders:` when an alert that nobody has acknowledged is told again."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from adtrack_pipeline.monitoring.condition import Severity
from adtrack_pipeline.monitoring.policies.model.base import Section

Hours = Annotated[float, Field(ge=1, le=8760)]


class Reminders(Section):
    """Hours by severity; null: told once. Never while it is silenced, snoozed or explained by another alert."""

    critical: Hours | None = Field(24, description="Hours after which a critical alert is told again.")
    high: Hours | None = Field(None, description="Hours after which one of high severity is told again.")
    medium: Hours | None = Field(None, description="Hours after which one of medium severity is told again.")
    low: Hours | None = Field(None, description="Hours after which one of low severity is told again.")

    def spans(self) -> dict[Severity, timedelta]:
        """How long to wait, for the severities that are reminded of."""
        hours = {severity: getattr(self, severity.value) for severity in Severity}
        return {severity: timedelta(hours=span) for severity, span in hours.items() if span is not None}
