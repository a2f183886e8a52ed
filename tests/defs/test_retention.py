"""What is swept, and what never is."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.upkeep.event_log import sweep_check_results, sweep_events
from adtrack_pipeline.defs.upkeep.files import old_folders, remove
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings

KEY = dg.AssetKey(["marts", "thing"])
NOW = datetime.now(UTC)
TWO_WEEKS_AGO = NOW - timedelta(days=14)


@dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec("sound", asset=KEY)])
def thing(context: dg.AssetExecutionContext) -> Iterator[Any]:
    context.log.info("a line")
    yield dg.MaterializeResult(metadata={"n": 1})
    yield dg.AssetCheckResult(passed=True)


@pytest.fixture
def instance(make_settings: MakeSettings, database: Database) -> Iterator[dg.DagsterInstance]:
    with open_instance(make_settings(META_ACCESS_TOKEN="token"), database, foreground=True) as instance:
        yield instance


def materialised(instance: dg.DagsterInstance, conn: psycopg.Connection[Any], *, days_ago: int) -> str:
    """A run of the asset, made to look as if it had been then."""
    run_id = dg.materialize([thing], instance=instance).run_id
    conn.execute(
        'update dagster.event_logs set "timestamp" = "timestamp" - make_interval(days => %s) where run_id = %s',
        (days_ago, run_id),
    )
    conn.execute(
        "update dagster.asset_check_executions set create_timestamp = create_timestamp - make_interval(days => %s)"
        " where run_id = %s",
        (days_ago, run_id),
    )
    return run_id


def kinds(conn: psycopg.Connection[Any], run_id: str) -> set[str]:
    rows = conn.execute("select dagster_event_type from dagster.event_logs where run_id = %s", (run_id,))
    return {str(row[0]) for row in rows}


def test_old_events_go_and_materialisations_stay(instance: dg.DagsterInstance, conn: psycopg.Connection[Any]):
    old, young = (materialised(instance, conn, days_ago=days) for days in (30, 1))
    young_before = kinds(conn, young)
    assert sweep_events(conn, TWO_WEEKS_AGO, batch=3) > 5
    assert kinds(conn, old) == {"ASSET_MATERIALIZATION"}
    assert kinds(conn, young) == young_before
    assert instance.get_latest_materialization_event(KEY)


def test_sweeping_again_finds_nothing(instance: dg.DagsterInstance, conn: psycopg.Connection[Any]):
    materialised(instance, conn, days_ago=30)
    sweep_events(conn, TWO_WEEKS_AGO)
    assert sweep_events(conn, TWO_WEEKS_AGO) == 0


def test_the_newest_result_of_a_check_stays_however_old(
    instance: dg.DagsterInstance, conn: psycopg.Connection[Any]
):
    runs = [materialised(instance, conn, days_ago=days) for days in (40, 30, 20)]
    assert sweep_check_results(conn, TWO_WEEKS_AGO, batch=1) == 2
    left = conn.execute("select run_id, execution_status from dagster.asset_check_executions").fetchall()
    assert left == [(runs[-1], "SUCCEEDED")]


def test_folders_nothing_was_written_to_for_days_are_removed(tmp_path: Path):
    for name, days in (("old", 5), ("young", 1)):
        file = tmp_path / name / "compiled" / "model.sql"
        file.parent.mkdir(parents=True)
        file.write_text("select 1")
        then = (NOW - timedelta(days=days)).timestamp()
        for path in (file, file.parent, tmp_path / name):
            os.utime(path, (then, then))
    (tmp_path / "manifest.json").write_text("{}")
    assert remove(old_folders(tmp_path, NOW - timedelta(days=3))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "young"]


def test_a_folder_that_does_not_exist_has_nothing_to_sweep(tmp_path: Path):
    assert list(old_folders(tmp_path / "none", NOW)) == []
