"""The events of the alerts that are told. Pure.

Belongs here: which news becomes which event types, with which payload. Does not belong here: whether it is told
(telling.py), the published form (`notify/events`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.notify.alerts.rows import Alert, storable
from adtrack_pipeline.notify.alerts.telling import Decision
from adtrack_pipeline.notify.outbox import Change, EventType, OutboxEvent

HEALTH_TYPES = frozenset(
    {"sync_missing", "sync_stale", "sync_failing", "data_stale", "api_version_ending", "token_expiring"}
)
BUDGET = ("budget_limit", "current_spend", "percentage_exceeded")
THRESHOLD = ("metric_name", "threshold_type", "threshold_value", "current_value")
RETRAIN = ("model_name", "model_version", "metric", "direction", "effect", "onset", "recent", "reference")


def announcements(
    decisions: Iterable[Decision], conditions: Mapping[str, Condition], at: datetime, project_id: str
) -> list[OutboxEvent]:
    """The events of one scan, ends before beginnings. `conditions` by key give the facts of what is seen now."""
    told = sorted(
        (decision for decision in decisions if decision.is_told),
        key=lambda decision: (decision.change != "resolved", decision.alert_id),
    )
    return [event for decision in told for event in _events(decision, conditions, at, project_id)]


def is_health(alert: Alert) -> bool:
    """Whether it is about the pipeline's own work rather than about ads."""
    return alert.level is Level.PIPELINE or alert.source == "health" or alert.alert_type in HEALTH_TYPES


def _events(
    decision: Decision, conditions: Mapping[str, Condition], at: datetime, project_id: str
) -> list[OutboxEvent]:
    alert, change = decision.alert, decision.change
    who = {"project_id": project_id, "campaign_id": alert.campaign_id}
    events = []
    if change and is_health(alert):
        data = {"project_id": project_id, "account_id": alert.account_id, "alert": _payload(alert, at)}
        events.append(_event(alert, "pipeline.alert", change, data, at))
    elif change:
        events.append(
            _event(alert, "campaign.performance_alert", change, who | {"alert": _payload(alert, at)}, at)
        )
    condition = conditions.get(alert.alert_key)
    if condition and decision.states_fact:
        for event_type, fields in _FACTS.items():
            if facts := _facts(condition, fields):
                events.append(_event(alert, event_type, "opened", who | facts, at))
        if alert.level is Level.MODEL and (facts := _facts(condition, RETRAIN)):
            data = {"project_id": project_id, "alert_id": str(alert.alert_id), **facts}
            events.append(_event(alert, "model.retrain_recommended", "opened", data, at))
    return events


_FACTS: dict[EventType, tuple[str, ...]] = {
    "campaign.budget_exceeded": BUDGET,
    "campaign.performance_threshold": THRESHOLD,
}


def _facts(condition: Condition, fields: tuple[str, ...]) -> dict[str, Any]:
    """The named values of the evidence, if all are there."""
    facts = {name: storable(condition.evidence.get(name)) for name in fields}
    return facts if all(value is not None for value in facts.values()) else {}


def _payload(alert: Alert, at: datetime) -> dict[str, Any]:
    return {
        "alertId": str(alert.alert_id),
        "alertType": alert.alert_type,
        "severity": alert.severity.value,
        "message": alert.message,
        "threshold": alert.threshold,
        "currentValue": alert.actual,
        "timestamp": at.isoformat(),
    }


def _event(
    alert: Alert, event_type: EventType, change: Change, data: Mapping[str, Any], at: datetime
) -> OutboxEvent:
    return OutboxEvent(
        event_type=event_type,
        data=data,
        occurred_at=at,
        platform=alert.platform,
        account_id=alert.account_id,
        campaign_id=alert.campaign_id,
        alert_id=alert.alert_id,
        alert_type=alert.alert_type,
        severity=alert.severity.value,
        change=change,
        model_name=alert.model_name,
    )
