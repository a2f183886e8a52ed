"""How a dbt node becomes a Dagster asset or check: key, description, badges, freshness.

Owners and groups come from the dbt project itself.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion.tables import DAILY, HOURLY
from adtrack_pipeline.defs.transform.arguments import DAILY_TAG
from adtrack_pipeline.settings import Settings

# What is found in the marts is shown by views among the marts. As a dependency that would be a circle, which
# Dagster runs as three builds instead of one; a view shows new rows without being built again.
SEEN_THROUGH_A_VIEW = {
    dg.AssetKey(["ops", table])
    for table in ("alerts", "prediction_comparisons", "prediction_accuracy", "model_drift", "model_ranking")
}


class Translator(DagsterDbtTranslator):
    """Keys equal schema and table, for models and sources alike."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(enable_code_references=True, enable_source_tests_as_checks=True)
        )
        self._adtrack = settings

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`[schema, table]`."""
        table = dbt_resource_props.get("identifier") or dbt_resource_props.get("alias")
        return dg.AssetKey([dbt_resource_props["schema"], table or dbt_resource_props["name"]])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Upstream's spec, with what this project adds."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        return spec.replace_attributes(
            deps=[one for one in spec.deps if one.asset_key not in SEEN_THROUGH_A_VIEW],
            description=names.marked(self._adtrack, props.get("description", "")),
            kinds=names.kinds(self._adtrack, "dbt"),
            owners=spec.owners or names.OWNERS,
            freshness_policy=_freshness(props),
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Upstream's spec, with the test's own description (upstream reads it from `meta` only)."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        description = self.get_resource_props(manifest, unique_id).get("description")
        return spec._replace(description=description) if spec and description and not spec.description else spec


def _freshness(props: Mapping[str, Any]) -> dg.FreshnessPolicy | None:
    """Marts promise to be fresh; views behind them promise nothing of their own."""
    if props["schema"] != names.MARTS:
        return None
    return DAILY if DAILY_TAG in props.get("tags", []) else HOURLY
