"""The committed description of events is what the code does."""

import json
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError

from adtrack_pipeline.notify.events import PAYLOADS, published_files
from tests.notify.events.published import FOLDER, METRICS, validator


def test_the_committed_files_are_what_the_models_say() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert committed == {str(name): text for name, text in published_files().items()}, (
        "run python -m adtrack_pipeline.notify.events docs/events, and think of the version"
    )


@pytest.mark.parametrize("event_type", PAYLOADS)
def test_each_event_type_has_a_valid_schema_with_every_field_described(event_type: str) -> None:
    schema = validator(event_type).schema
    for part in [schema, *schema.get("$defs", {}).values()]:
        assert all("description" in field for field in part.get("properties", {}).values())
        assert set(part.get("required", ())) == set(part.get("properties", {}))


def test_the_asyncapi_document_points_at_messages_and_files_that_exist() -> None:
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0"
    refs = list(_refs(document))
    assert len(refs) > len(PAYLOADS)
    for ref in refs:
        if ref.startswith("./"):
            assert (FOLDER / ref).is_file()
        else:
            held: Any = document
            for part in ref.removeprefix("#/").split("/"):
                held = held[part]


@pytest.mark.parametrize(
    ("event_type", "fields"),
    [
        ("campaign.metrics_updated", {"project_id", "campaign_id", "platform", "metrics"}),
        ("campaign.performance_alert", {"project_id", "campaign_id", "alert"}),
        (
            "campaign.budget_exceeded",
            {"project_id", "campaign_id", "budget_limit", "current_spend", "percentage_exceeded"},
        ),
        (
            "campaign.performance_threshold",
            {
                *("project_id", "campaign_id", "metric_name", "threshold_type", "threshold_value"),
                "current_value",
            },
        ),
    ],
)
def test_payloads_have_exactly_the_promised_fields(event_type: str, fields: set[str]) -> None:
    assert set(validator(event_type).schema["properties"]) == fields


def test_metrics_have_exactly_the_promised_fields() -> None:
    assert set(validator("campaign.metrics_updated").schema["$defs"]["Metrics"]["properties"]) == set(METRICS)


@pytest.mark.parametrize("change", [{"spend": "1.5"}, {"date": None}, {"impressions": -1}, {"extra": 1}])
def test_a_schema_refuses_what_was_not_promised(change: dict[str, Any]) -> None:
    data = {"project_id": "p", "campaign_id": "c1", "platform": "meta", "metrics": METRICS}
    validator("campaign.metrics_updated").validate(data)
    with pytest.raises(ValidationError):
        validator("campaign.metrics_updated").validate({**data, "metrics": {**METRICS, **change}})


def _refs(held: Any) -> Any:
    if isinstance(held, dict):
        for name, value in held.items():
            if name == "$ref":
                yield value
            else:
                yield from _refs(value)


def test_published_schemas_are_json_a_program_can_read() -> None:
    for name, text in published_files().items():
        if name.suffix == ".json":
            assert json.loads(text)["$id"].startswith("urn:adtrack:event:")
