"""Outbox rows as CloudEvents."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from adtrack_pipeline.notify.events import to_cloudevent
from tests.notify.events.published import METRICS, check

ROW: dict[str, Any] = {
    "event_id": UUID(int=7),
    "stream_key": "meta:100:c1",
    "seq": 42,
    "event_type": "campaign.metrics_updated",
    "subject": "events.meta.100.c1.metrics_updated",
    "platform": "meta",
    "account_id": "100",
    "campaign_id": "c1",
    "alert_type": None,
    "severity": None,
    "change": None,
    "data": {"project_id": "shop", "campaign_id": "c1", "platform": "meta", "metrics": METRICS},
    "occurred_at": datetime(2026, 11, 20, 11, tzinfo=timezone(timedelta(hours=1))),
}


def test_the_envelope_is_a_cloudevent_numbered_within_its_source() -> None:
    event = check(ROW)
    assert event == {
        "specversion": "1.0",
        "id": "00000000-0000-0000-0000-000000000007",
        "source": "/shop/meta/100/c1",
        "type": "campaign.metrics_updated",
        "subject": "events.meta.100.c1.metrics_updated",
        "time": "2026-11-20T10:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:adtrack:event:campaign.metrics_updated:1",
        "sequence": "00000000000000000042",
        "partitionkey": "c1",
        "data": ROW["data"],
    }


def test_attribute_names_are_such_as_every_binding_can_carry() -> None:
    event = to_cloudevent({**ROW, "change": "opened", "severity": "high", "alert_type": "ctr_drop"})
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in event)
    assert (event["change"], event["severity"], event["alerttype"]) == ("opened", "high", "ctr_drop")


def test_sequences_compare_as_text() -> None:
    numbers = [to_cloudevent({**ROW, "seq": seq})["sequence"] for seq in (1, 9, 10, 99, 100, 10**12)]
    assert numbers == sorted(numbers)


def test_a_source_is_a_valid_reference_whatever_the_ids_hold() -> None:
    event = to_cloudevent({**ROW, "stream_key": "meta:1/0 0:ü?", "data": {**ROW["data"], "project_id": "a b"}})
    assert event["source"] == "/a%20b/meta/1%2F0%200/%C3%BC%3F"


def test_an_event_without_a_campaign_is_partitioned_by_its_account() -> None:
    assert to_cloudevent({**ROW, "campaign_id": None})["partitionkey"] == "100"
    health = {**ROW, "campaign_id": None, "account_id": None, "stream_key": "pipeline"}
    assert to_cloudevent(health)["partitionkey"] == "pipeline"
    assert to_cloudevent(health)["source"] == "/shop/pipeline"


def test_times_are_utc() -> None:
    assert (
        to_cloudevent({**ROW, "occurred_at": datetime(2026, 1, 1, tzinfo=UTC)})["time"] == "2026-01-01T00:00:00Z"
    )
