"""The envelope: CloudEvents 1.0 with the extensions `sequence` and `partitionkey`. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from adtrack_pipeline.notify.events.payloads import VERSION

SEQUENCE_DIGITS = 20  # so that numbers compare as text


def to_cloudevent(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event as one JSON object (structured mode), the same for every channel and every attempt.

    Args:
        row: `event_id, stream_key, seq, event_type, subject, campaign_id, account_id, alert_type, severity,
            change, data, occurred_at` of `ops.event_outbox`.

    Returns:
        JSON values. `source` is the stream the `sequence` counts in; consumers drop what they have seen by
        (source, id). `change`, `severity` and `alerttype` are extensions of alerts and missing elsewhere.
    """
    data = row["data"]
    event = {
        "specversion": "1.0",
        "id": str(row["event_id"]),
        "source": _source(data.get("project_id") or "adtrack", row["stream_key"]),
        "type": row["event_type"],
        "subject": row["subject"],
        "time": _instant(row["occurred_at"]),
        "datacontenttype": "application/json",
        "dataschema": dataschema_of(row["event_type"]),
        "sequence": f"{row['seq']:0{SEQUENCE_DIGITS}d}",
        "partitionkey": row["campaign_id"] or row["account_id"] or row["stream_key"],
    }
    extensions = {"change": row["change"], "severity": row["severity"], "alerttype": row["alert_type"]}
    return {**event, **{name: value for name, value in extensions.items() if value is not None}, "data": data}


def dataschema_of(event_type: str) -> str:
    """The identifier of the published schema of an event type's data; its version is at the end."""
    return f"urn:adtrack:event:{event_type}:{VERSION}"


def _source(project_id: str, stream_key: str) -> str:
    parts = [project_id, *stream_key.split(":")]
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
