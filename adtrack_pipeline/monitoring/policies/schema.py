"""The JSON schema of the policies file, for editors and for the published file beside `defaults.yaml`.

Rooms that own a section of the file pass its model; a section nobody passes may hold anything.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, create_model

from adtrack_pipeline.monitoring.policies.model import FOREIGN, Policies

SCHEMA_FILE = "adtrack.policies.schema.json"


def policies_schema(sections: Mapping[str, type[BaseModel]] | None = None) -> dict[str, Any]:
    """The schema (draft 2020-12). `sections`: models of `channels` and `routing`."""
    given = sections or {}
    if unknown := set(given) - set(FOREIGN):
        raise ValueError(f"not a section that belongs to another room: {sorted(unknown)}")
    fields: dict[str, Any] = {name: (model | None, None) for name, model in given.items()}
    whole = create_model("Policies", __base__=Policies, **fields) if fields else Policies
    schema = whole.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_without_noise(schema),
        "title": "adtrack policies",
        "description": "Which numbers are worth an alert. Whatever is not said stays as in the shipped defaults.",
    }


def schema_text(sections: Mapping[str, type[BaseModel]] | None = None) -> str:
    """The schema as it is published."""
    return json.dumps(policies_schema(sections), indent=2, ensure_ascii=False) + "\n"


def _without_noise(schema: Any, *, are_names: bool = False) -> Any:
    """Without class names as titles, and without defaults: the real ones are in the shipped file."""
    if isinstance(schema, list):
        return [_without_noise(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = () if are_names else ("title", "default")
    return {
        key: _without_noise(value, are_names=key in {"properties", "$defs"} and not are_names)
        for key, value in schema.items()
        if key not in dropped
    }
