"""Tables that a run leaves out, as they are built once a day, but that are gone: dropped by hand, or not restored.

Models built every hour read them, or people do; waiting for the daily job would cost up to a day. Does not belong
here: tables that this run builds anyway, which dbt makes anew by itself.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg

from adtrack_pipeline.defs.transform.arguments import DAILY_TAG
from adtrack_pipeline.defs.transform.dbt import Dbt


def missing_tables(
    conn: psycopg.Connection[Any], manifest: Mapping[str, Any], selected: Collection[dg.AssetKey]
) -> list[str]:
    """Names of the models built once a day that are not selected and have no table."""
    daily = {
        f"{node['schema']}.{node['alias']}": str(node["name"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and DAILY_TAG in node["tags"]
        and dg.AssetKey([node["schema"], node["alias"]]) not in selected
    }
    found = conn.execute("select name from unnest(%s::text[]) as name where to_regclass(name) is null", [[*daily]])
    return sorted(daily[name] for (name,) in found.fetchall())


def build_missing(dbt: Dbt, manifest: Mapping[str, Any], models: Collection[str], folder: Path) -> None:
    """Build tables anew, with whatever they read.

    Raises:
        dagster.Failure: one sentence, when dbt could not.
    """
    names = ", ".join(f"marts.{name}" for name in models)
    selection = " ".join(f"+{name}" for name in models)
    done = dbt.cli(
        ["run", "--select", selection], manifest=manifest, target_path=folder, raise_on_error=False
    ).wait()
    if not done.is_successful():
        raise dg.Failure(
            f"{names} had been dropped, and dbt could not build what was missing anew: see logs/run.log."
        )
