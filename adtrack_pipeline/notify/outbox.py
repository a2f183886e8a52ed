"""Writing events in the transaction of what caused them. Numbering and waking deliverers is `ops.append_events`.

Does not belong here: what events say (`events/`, and the alerts that are told), delivering them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

EventType = Literal[
    "campaign.metrics_updated",
    "campaign.performance_alert",
    "campaign.budget_exceeded",
    "campaign.performance_threshold",
    "pipeline.alert",
    "model.retrain_recommended",
    "account.daily_report",
]
Change = Literal["opened", "escalated", "reminded", "resolved"]
CHANNEL = "adtrack_events"  # LISTEN to this to hear of new events at the moment they are committed


@dataclass(frozen=True)
class OutboxEvent:
    """One event to be written; its id, stream, number and subject are given by the database.

    `data` is the payload as its published schema says (JSON values). With `model_name` it is about a model that
    predicts, and goes into that model's stream.
    """

    event_type: EventType
    data: Mapping[str, Any]
    occurred_at: datetime
    platform: str | None = None
    account_id: str | None = None
    campaign_id: str | None = None
    alert_id: int | None = None
    alert_type: str | None = None
    severity: str | None = None
    change: Change | None = None
    model_name: str | None = None


def append(conn: psycopg.Connection[Any], events: Sequence[OutboxEvent]) -> int:
    """Write events into `ops.event_outbox`, in their order, without gaps per stream; returns how many.

    Call it once per transaction and late: until the commit, other writers of the same campaigns wait.
    """
    if not events:
        return 0
    rows = json.dumps([asdict(event) for event in events], default=datetime.isoformat)
    row = conn.execute("select ops.append_events(%s)", [rows]).fetchone()
    return int(row[0]) if row else 0
