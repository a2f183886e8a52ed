"""What to tell dbt: a pure function of what the run is for."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
from pydantic import Field

DAILY_TAG = "daily"
DAILY_TESTED_DAYS = 35  # once a day the data tests look at the whole restatement window and a week beyond


class TransformConfig(dg.Config):
    """Config of the op `transform`."""

    daily: bool = Field(
        default=False,
        description="Also build the models tagged daily, and recompute the whole restatement window.",
    )
    full_refresh: bool = Field(
        default=False, description="Rebuild incremental tables from raw, from the beginning."
    )


def dbt_arguments(config: TransformConfig, *, skip_daily: bool) -> list[str]:
    """Arguments of one `dbt build`.

    Variables are passed only where they matter: dbt parses the whole project again for each new set of them.
    """
    # Unit tests judge the project's code, not the warehouse: CI runs them, an hour does not pay for them.
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if config.daily:
        arguments += ["--vars", json.dumps({"refresh_window": True, "tested_days": DAILY_TESTED_DAYS})]
    elif skip_daily:
        arguments += ["--exclude", f"tag:{DAILY_TAG}"]
    if config.full_refresh:
        arguments.append("--full-refresh")
    return arguments


def daily_relations(manifest: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(schema, table) of the models that are built once a day."""
    return {(node["schema"], node["alias"]) for node in _models(manifest) if DAILY_TAG in node.get("tags", [])}


def _models(manifest: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
