"""The key a condition will have, before it is worth building one."""

from datetime import UTC, datetime

from adtrack_pipeline.monitoring.condition import Condition, Severity, Subject

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def key_of(alert_type: str, metric: str, subject: Subject) -> str:
    """`Condition.key` of a condition with these."""
    return Condition(alert_type, metric, subject, Severity.LOW, "", _NO_TIME, _NO_TIME).key
