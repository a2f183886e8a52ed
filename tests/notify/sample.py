"""Messages made by hand, for tests of how one message looks or travels."""

import uuid
from typing import Any

from adtrack_pipeline.notify.channels.message import Alert, Message
from tests.notify.writing import AT


def message(
    *,
    event_type: str = "campaign.metrics_updated",
    campaign: str | None = "c1",
    seq: int = 1,
    data: dict[str, Any] | None = None,
    is_sandbox: bool = False,
    alert: Alert | None = None,
    **event: Any,
) -> Message:
    """An event of a campaign."""
    row = {
        "event_id": uuid.uuid4(),
        "position": seq,
        "stream_key": f"meta:111:{campaign or '-'}",
        "seq": seq,
        "event_type": event_type,
        "subject": f"events.meta.111.{campaign or '-'}.{event_type.split('.')[1]}",
        "platform": "meta",
        "account_id": "111",
        "campaign_id": campaign,
        "alert_id": None,
        "alert_type": None,
        "severity": None,
        "change": None,
        "data": data or {},
        "occurred_at": AT,
        **event,
    }
    return Message(row, alert, is_sandbox=is_sandbox)


def alert_message(
    n: int = 1,
    *,
    severity: str = "high",
    change: str = "opened",
    alert_type: str = "ctr_drop",
    text: str = "CTR fell by half.",
    name: str = "Spring sale",
    account_name: str = "Acme",
    money: float | None = 120.0,
    status: str = "open",
    evidence: dict[str, Any] | None = None,
    **more: Any,
) -> Message:
    """Alert number `n`, told."""
    alert = Alert(
        alert_id=n,
        alert_type=alert_type,
        metric="ctr",
        level="campaign",
        message=text,
        severity=severity,
        status=status,
        began_at=AT,
        object_name=name,
        account_name=account_name,
        expected=2.0,
        actual=1.0,
        money_at_stake=money,
        currency="EUR",
        evidence=evidence or {},
    )
    return message(
        event_type="campaign.performance_alert",
        alert=alert,
        alert_id=n,
        alert_type=alert_type,
        severity=severity,
        change=change,
        **more,
    )
