"""The published schema is current, accepts what loads, and refuses what does not."""

from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from adtrack_pipeline.cli.policies import SECTIONS
from adtrack_pipeline.monitoring import policies as room
from adtrack_pipeline.monitoring.policies import default_text
from adtrack_pipeline.monitoring.policies.schema import SCHEMA_FILE, policies_schema, schema_text


def accepts(document: Any) -> bool:
    return jsonschema.Draft202012Validator(policies_schema(SECTIONS)).is_valid(document)


def test_the_published_file_is_current():
    published = files(room).joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    hint = f"run: uv run adtrack policies schema > adtrack_pipeline/monitoring/policies/{SCHEMA_FILE}"
    assert published == schema_text(SECTIONS), hint


def test_it_is_a_schema_and_takes_the_shipped_defaults():
    jsonschema.Draft202012Validator.check_schema(policies_schema())
    assert accepts(yaml.safe_load(default_text()))


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ("{}", True),
        ("thresholds: {cpc: {above: 2}}", True),
        ("thresholds: {cpc: {above: {default: 2, JPY: 300}}}", True),
        ("thresholds: {cpc: {above: {yen: 300}}}", False),
        ("thresholds: {cpc: {above: two}}", False),
        ("thresholds: {cpc: {abov: 2}}", False),
        ("thresholds: {frequency: {level: campaign}}", False),
        ("overrides: {campaigns: {'*': {thresholds: {roas: {enabled: false}}}}}", True),
        ("pacing: {budgets: [{name: a}]}", False),
        ("budgetz: {}", False),
    ],
)
def test_editors_see_what_loading_would_say(text: str, is_fine: bool):
    assert accepts(yaml.safe_load(text)) is is_fine


def test_every_key_of_the_own_sections_is_described_or_plain():
    schema = policies_schema()
    assert schema["$defs"]["ThresholdRule"]["properties"]["clear_pct"]["description"].startswith("Over again")
    assert "default" not in schema["$defs"]["ThresholdRule"]["properties"]["clear_pct"]


def test_only_sections_of_other_rooms_can_be_filled_in():
    with pytest.raises(ValueError, match="thresholds"):
        policies_schema({"thresholds": SECTIONS["channels"]})
