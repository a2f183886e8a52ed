"""What a channel is handed: an event of the outbox with the facts people need to understand it.

Belongs here: plain records. Does not belong here: reading them (`delivery/outbox.py`), drawing them (one module
per channel).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from adtrack_pipeline.monitoring.condition import Severity

SANDBOX = "SANDBOX"
REPORT = "account.daily_report"


@dataclass(frozen=True)
class Alert:
    """The facts of `ops.alerts` that messages show; names are as their owner wrote them, markup and all.

    `comparable_money` is the money at stake in the reporting currency, to rank by and never to show; None without
    a rate.
    """

    alert_id: int
    alert_type: str
    metric: str
    level: str
    message: str
    severity: str
    status: str
    began_at: datetime
    object_id: str | None = None
    object_name: str | None = None
    account_name: str | None = None
    threshold: float | None = None
    expected: float | None = None
    actual: float | None = None
    money_at_stake: float | None = None
    currency: str | None = None
    comparable_money: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Message:
    """One event for one channel.

    Attributes:
        event: the row of the outbox: `event_id, stream_key, seq, event_type, subject, platform, account_id,
            campaign_id, alert_id, alert_type, severity, change, data, occurred_at`.
        alert: what it is about, as it is now; None for metrics, or when the alert was purged.
        is_sandbox: simulated data: whatever is sent must carry the word SANDBOX.
        ui_url: address of the Dagster UI, for links; None when it is not configured.
        page: HTML of the report it is about, for channels that show pages; None elsewhere, or when it was purged.
    """

    event: Mapping[str, Any]
    alert: Alert | None = None
    is_sandbox: bool = False
    ui_url: str | None = None
    page: str | None = None

    @cached_property
    def event_id(self) -> str:
        """The idempotency key: the same however often it is sent, on every channel."""
        return str(self.event["event_id"])

    @property
    def stream(self) -> str:
        """The stream within which order is kept."""
        return str(self.event["stream_key"])

    @property
    def seq(self) -> int:
        """Its number within the stream."""
        return int(self.event["seq"])

    @property
    def is_report(self) -> bool:
        """A daily report: no alert, never collected with others, told in a message of its own."""
        return bool(self.event["event_type"] == REPORT)

    @property
    def severity(self) -> Severity:
        """How much it matters; events without one are low."""
        return Severity(self.event["severity"] or "low")

    @property
    def is_resolved(self) -> bool:
        """A recovery: the alert has ended."""
        return bool(self.event["change"] == "resolved")

    @property
    def text(self) -> str:
        """What happened, in plain sentences, unescaped."""
        if self.alert:
            return self.alert.message
        told = self.event["data"].get("alert")
        if isinstance(told, Mapping) and told.get("message"):
            return str(told["message"])
        return (
            f"{self.event['event_type']} of {self.event['campaign_id'] or self.event['account_id'] or 'adtrack'}"
        )

    @property
    def stake(self) -> tuple[bool, float, bool, str, float]:
        """Sorts by money at stake: what has no rate below what has one, within its currency; none at all last."""
        alert = self.alert
        if alert is None or alert.money_at_stake is None:
            return False, 0.0, False, "", 0.0
        comparable = alert.comparable_money
        return comparable is not None, comparable or 0.0, True, alert.currency or "", alert.money_at_stake
