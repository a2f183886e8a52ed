"""Holds events against the published schemas, as a consumer would: from the committed files."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from adtrack_pipeline.notify.events import to_cloudevent

FOLDER = Path(__file__).parents[3] / "docs" / "events"
# A campaign's day as an event tells it.
METRICS = {
    "campaignId": "c1",
    "campaignName": None,
    "platform": "meta",
    "impressions": 1,
    "clicks": 0,
    "spend": 1.5,
    "conversions": 0,
    "revenue": 0,
    "ctr": 0.0,
    "cpc": None,
    "cpm": 1500.0,
    "roas": 0.0,
    "timestamp": "2026-11-20T10:00:00Z",
    "date": "2026-11-20",
}


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of a committed schema."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(row: Mapping[str, Any]) -> dict[str, Any]:
    """The CloudEvent of an outbox row, after a trip through JSON; fails where a schema is not kept."""
    event: dict[str, Any] = json.loads(json.dumps(to_cloudevent(row)))
    validator("envelope").validate(event)
    assert event["dataschema"] == validator(event["type"]).schema["$id"]
    validator(event["type"]).validate(event["data"])
    return event
