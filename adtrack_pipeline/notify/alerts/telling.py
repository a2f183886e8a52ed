"""Whether there is news about an alert, and whether it is told. Pure.

Told is: an incident once when it opens, again when its severity rises, again when a snooze ends, a quiet comeback
outlasts the cool-down or nobody has acknowledged it for long, and its end if anything was told. Not told is what
is only recorded, explained by another alert, silenced or snoozed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.notify.alerts.explaining import Explainer
from adtrack_pipeline.notify.alerts.options import AlertOptions
from adtrack_pipeline.notify.alerts.rows import Alert
from adtrack_pipeline.notify.alerts.silences import Silence, covering
from adtrack_pipeline.notify.outbox import Change

EARLY = timedelta(minutes=30)  # scans are about an hour apart: a day later means the scan of the same hour


class Pauses(NamedTuple):
    """How long nothing is told of one alert: after it came back, and (None: for ever) while it goes on."""

    quiet: timedelta
    reminder: timedelta | None


@dataclass(frozen=True)
class Decision:
    """What becomes of one alert in one scan.

    Attributes:
        alert: the alert as it was read, after the scan's conditions were applied to it.
        suppressed_by: the alert that explains it.
        suppressed_why: how it explains it, `grouped` or `inhibited`.
        silenced_by: the silence that covers it.
        change: the news to tell; None for none.
        states_fact: what was crossed is to be told to programs (not again within the incident).
    """

    alert: Alert
    suppressed_by: int | None = None
    suppressed_why: str | None = None
    silenced_by: int | None = None
    change: Change | None = None
    states_fact: bool = False

    @property
    def alert_id(self) -> int:
        """The alert's id."""
        return self.alert.alert_id

    @property
    def is_told(self) -> bool:
        """Whether any event is written."""
        return self.change is not None or self.states_fact


def decide(
    alerts: Sequence[Alert],
    seen: Mapping[str, Condition],
    ended: Iterable[int],
    silences: Sequence[Silence],
    at: datetime,
    options: AlertOptions,
) -> list[Decision]:
    """One decision per alert that is open or has just `ended`; news only of those `seen` (conditions by key)."""
    explainer = Explainer(alerts, at)
    just_ended = frozenset(ended)
    decisions = []
    for alert in alerts:
        if alert.alert_id in just_ended:
            decisions.append(_end(alert))
        elif alert.is_live:
            condition = seen.get(alert.alert_key)
            pauses = _pauses(alert, condition, options) if condition else None
            decisions.append(_go_on(alert, explainer, silences, at, pauses))
    return decisions


def _end(alert: Alert) -> Decision:
    """An end is told to whoever was told of the beginning, silence or not: something waits to be closed."""
    told_since_opened = alert.last_told_at is not None and alert.last_told_at >= alert.opened_at
    return Decision(
        alert,
        alert.suppressed_by,
        alert.suppressed_why,
        alert.silenced_by,
        change="resolved" if alert.told_severity and told_since_opened else None,
    )


def _go_on(
    alert: Alert,
    explainer: Explainer,
    silences: Sequence[Silence],
    at: datetime,
    pauses: Pauses | None,
) -> Decision:
    """`pauses` is None if the scan did not see the condition: then there is no news."""
    explanation = explainer.explain(alert)
    silence = covering(alert, silences)
    is_hushed = silence is not None or is_snoozed(alert, at)
    is_news = pauses is not None and not is_hushed
    return Decision(
        alert,
        explanation.alert_id if explanation else None,
        explanation.why if explanation else None,
        silence,
        change=news(alert, at, pauses) if pauses is not None and is_news and not explanation else None,
        # Grouping spares people messages; for programs each campaign's limit is a fact of its own.
        states_fact=is_news
        and alert.last_told_at is None
        and (explanation is None or explanation.why == "grouped"),
    )


def is_snoozed(alert: Alert, at: datetime) -> bool:
    """Whether somebody wants to hear nothing of this alert yet."""
    return alert.snoozed_until is not None and alert.snoozed_until > at


def cooldown_of(condition: Condition, options: AlertOptions) -> timedelta:
    """How soon after its end the condition is the same incident: as it says itself, or the default."""
    hours = condition.evidence.get("cool_down_hours")
    return options.cooldown if hours is None else timedelta(hours=float(hours))


def _pauses(alert: Alert, condition: Condition, options: AlertOptions) -> Pauses:
    return Pauses(cooldown_of(condition, options), options.reminders.get(alert.severity))


def news(alert: Alert, at: datetime, pauses: Pauses) -> Change | None:
    """What is new about an open alert that nothing covers."""
    is_taken = alert.status == "acknowledged"
    told, last_told = alert.told_severity, alert.last_told_at
    if told is None or last_told is None:
        return None if is_taken else "opened"
    if alert.severity.rank > told.rank:
        return "escalated"
    if is_taken:
        return None
    snooze_ended = alert.snoozed_until is not None and last_told < alert.snoozed_until <= at
    came_back_to_stay = last_told < alert.opened_at and last_told + pauses.quiet <= at
    is_forgotten = pauses.reminder is not None and last_told + pauses.reminder - EARLY <= at
    return "reminded" if snooze_ended or came_back_to_stay or is_forgotten else None
