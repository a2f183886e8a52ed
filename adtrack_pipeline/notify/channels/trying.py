"""The message of `adtrack notify test`: an alert that opens and is over at once."""

import uuid
from datetime import UTC, datetime

from adtrack_pipeline.notify.channels.message import Alert, Message

TEXT = "This is a test message of adtrack. Nothing is wrong, and nothing is to be done."


def trial(*, is_sandbox: bool = False) -> list[Message]:
    """A beginning and its end, so that nothing stays open at the receiver."""
    now, alert_id = datetime.now(UTC), -int(uuid.uuid4().int % 1_000_000_000)
    return [
        _message(change, number, alert_id, now, is_sandbox)
        for number, change in enumerate(("opened", "resolved"), 1)
    ]


def _message(change: str, number: int, alert_id: int, now: datetime, is_sandbox: bool) -> Message:
    alert = Alert(
        alert_id=alert_id,
        alert_type="test",
        metric="test",
        level="pipeline",
        message=TEXT,
        severity="low",
        status="resolved" if change == "resolved" else "open",
        began_at=now,
        object_name="adtrack",
    )
    payload = {
        "alertId": str(alert_id),
        "alertType": "test",
        "severity": "low",
        "message": TEXT,
        "threshold": None,
        "currentValue": None,
        "timestamp": now.isoformat(),
    }
    event = {
        "event_id": uuid.uuid4(),
        "position": number,
        "stream_key": "pipeline",
        "seq": number,
        "event_type": "pipeline.alert",
        "subject": "events.pipeline.-.-.alert",
        "platform": None,
        "account_id": None,
        "campaign_id": None,
        "alert_id": alert_id,
        "alert_type": "test",
        "severity": "low",
        "change": change,
        "data": {"project_id": "adtrack", "account_id": None, "alert": payload},
        "occurred_at": now,
    }
    return Message(event, alert, is_sandbox=is_sandbox)
