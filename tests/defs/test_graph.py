"""The public graph: what people click on, and what other projects may rely on."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline.definitions import build_definitions
from adtrack_pipeline.defs.ingestion import ddl
from adtrack_pipeline.defs.ingestion.tables import INSIGHT_TABLES, OBJECT_TABLES, OTHER_TABLES
from adtrack_pipeline.defs.instance.home import SANDBOX, location_name
from tests.defs.conftest import MakeSettings

SNAPSHOT = Path(__file__).with_name("graph.txt")
WRITE = os.environ.get("SNAPSHOT") == "write"


def specs(definitions: dg.Definitions) -> list[dg.AssetSpec]:
    return list(definitions.resolve_all_asset_specs())


def graph_text(definitions: dg.Definitions) -> str:
    repository = definitions.get_repository_def()
    assets = sorted(f"{spec.group_name:10} {spec.key.to_user_string()}" for spec in specs(definitions))
    jobs = sorted(name for name in repository.job_names if not name.startswith("__"))
    schedules = sorted(f"{one.cron_schedule:12} {one.name}" for one in repository.schedule_defs)
    return "\n".join(["# assets", *assets, "# jobs", *jobs, "# schedules", *schedules]) + "\n"


def test_the_project_loads_as_the_code_server_loads_it(definitions: dg.Definitions):
    dg.Definitions.validate_loadable(definitions)


def test_loading_the_project_opens_no_connection(make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened while definitions were loading")

    settings = make_settings(META_ACCESS_TOKEN="token", DATABASE_URL="postgresql://nobody@192.0.2.1/none")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    dg.Definitions.validate_loadable(build_definitions(settings))


def test_every_asset_has_a_description_an_owner_a_group_and_a_kind(definitions: dg.Definitions):
    bare = [
        spec.key.to_user_string()
        for spec in specs(definitions)
        if not (spec.description and spec.owners and spec.group_name and spec.kinds)
    ]
    assert bare == []


def test_every_asset_shows_its_columns(definitions: dg.Definitions):
    bare = [spec.key for spec in specs(definitions) if not spec.metadata.get("dagster/column_schema")]
    assert bare == []


def test_keys_are_schema_and_table(definitions: dg.Definitions):
    assert {spec.key.path[0] for spec in specs(definitions)} == {"raw", "ops", "staging", "intermediate", "marts"}
    assert {len(spec.key.path) for spec in specs(definitions)} == {2}


def test_every_table_dbt_reads_is_an_asset(definitions: dg.Definitions, parsed: Path):
    manifest = json.loads((parsed / "manifest.json").read_text())
    sources = {(one["schema"], one["identifier"]) for one in manifest["sources"].values()}
    made = {
        (spec.key.path[0], spec.key.path[1])
        for spec in specs(definitions)
        if spec.group_name in {"ingestion", "monitoring", "accuracy"}
    }
    assert sources - made == set()


def test_nothing_in_the_graph_is_only_mentioned_and_never_described(definitions: dg.Definitions):
    described = {spec.key for spec in specs(definitions)}
    assert definitions.resolve_asset_graph().get_all_asset_keys() - described == set()


def test_every_data_test_of_dbt_is_a_check(definitions: dg.Definitions, parsed: Path):
    manifest = json.loads((parsed / "manifest.json").read_text())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert tests - checks == set()


def test_marts_and_raw_tables_that_are_filled_promise_to_be_fresh(definitions: dg.Definitions):
    graph = definitions.resolve_asset_graph()
    stale = [
        spec.key.to_user_string()
        for spec in specs(definitions)
        if spec.key.path[0] in {"raw", "marts"}
        and graph.get(spec.key).is_materializable
        and "inbox" not in spec.kinds  # people hand files in when they like
        and not spec.freshness_policy
    ]
    assert stale == []


def test_a_configured_account_has_a_check_of_its_own(make_settings: MakeSettings):
    settings = make_settings(META_ACCESS_TOKEN="token", META_AD_ACCOUNT_ID="act_111,222")
    names = {key.name for key in build_definitions(settings).resolve_asset_graph().asset_check_keys}
    assert {"account_111_read", "account_222_read"} <= names


def test_every_job_runs_in_one_process(definitions: dg.Definitions):
    repository = definitions.get_repository_def()
    executors = {name: repository.get_job(name).executor_def.name for name in repository.job_names}
    assert set(executors.values()) == {"in_process"}


def test_an_hour_is_few_steps(definitions: dg.Definitions):
    assert {node.name for node in definitions.resolve_job_def("hourly_job").nodes} == {
        "objects",
        "insights",
        "transform",
        "accuracy",
        "alerts",
        "reports",
        "ingestion_watch",
    }


def test_simulated_data_says_so_on_every_asset_and_in_the_locations_name(make_settings: MakeSettings):
    settings = make_settings()
    unmarked = [
        spec.key
        for spec in specs(build_definitions(settings))
        if SANDBOX not in (spec.description or "") or SANDBOX not in spec.kinds
    ]
    assert unmarked == []
    assert SANDBOX in location_name(settings)


def test_real_data_never_says_sandbox(definitions: dg.Definitions):
    assert not [spec.key for spec in specs(definitions) if SANDBOX in (spec.description or "") + str(spec.kinds)]


def test_the_columns_shown_are_the_columns_there_are(conn: psycopg.Connection[Any]):
    for table in [f"raw.{name}" for name in (*OBJECT_TABLES, *INSIGHT_TABLES)] + list(OTHER_TABLES):
        rows = conn.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
            (table,),
        ).fetchall()
        assert list(ddl.columns(table)) == [row[0] for row in rows], table


def test_the_public_graph_changes_on_purpose_only(definitions: dg.Definitions):
    """After a change on purpose: SNAPSHOT=write pytest tests/defs/test_graph.py, and review graph.txt."""
    text = graph_text(definitions)
    if WRITE:
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text()
