"""From a file in the inbox to rows, run page and checks, as Dagster does it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import fsspec
import psycopg
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from adtrack_pipeline.defs import names
from adtrack_pipeline.defs.ingestion import ddl
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.intake import build_inbox_sensor, build_intake
from adtrack_pipeline.defs.intake.telling import PLAUSIBLE, TAKEN_WHOLE
from adtrack_pipeline.defs.intake.watching import SENSOR
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.intake.making import a_csv, csv_text, orders, predictions, write

Conn = psycopg.Connection[Any]
PREDICTIONS, ORDERS = names.raw_key("predictions"), names.raw_key("offline_conversions")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ADTRACK_HOME=tmp_path / "home", META_ACCESS_TOKEN="token")


@pytest.fixture
def inbox(settings: Settings) -> Path:
    return Path(settings.inbox_url)


@pytest.fixture
def instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings, database, foreground=True) as instance:
        yield instance


class Daemon:
    """Ticks the sensor and launches what it asks for, in this process."""

    def __init__(self, settings: Settings, database: Database, instance: dg.DagsterInstance) -> None:
        self.instance, self.cursor = instance, None
        self.sensor = build_inbox_sensor(settings)
        self.intake = build_intake(settings)
        self.resources = {"pipeline": Pipeline(settings, database)}

    def tick(self) -> dg.SensorResult:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = self.sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return result

    def launch(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        assert request.run_key is not None
        return self.materialize(run_config=request.run_config, tags={"dagster/run_key": request.run_key})

    def materialize(self, **more: Any) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            [self.intake], instance=self.instance, resources=self.resources, raise_on_error=False, **more
        )

    def until_loaded(self) -> dg.ExecuteInProcessResult:
        self.tick()
        [request] = self.tick().run_requests or []
        return self.launch(request)


@pytest.fixture
def daemon(settings: Settings, database: Database, instance: dg.DagsterInstance) -> Daemon:
    return Daemon(settings, database, instance)


class Store(MemoryFileSystem):
    """An object store that lists its files also while it does not hand them out."""

    protocol = "adtrack-test"
    is_down = True

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path.replace("adtrack-test://", "memory://"))

    def _open(self, path: str, *args: Any, **kwargs: Any) -> Any:
        if Store.is_down and path.endswith("/far.csv"):
            raise ConnectionResetError("reset by peer")
        return super()._open(path, *args, **kwargs)


def count(conn: Conn, table: str) -> int:
    row = conn.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def test_a_file_in_the_inbox_is_loaded_at_the_second_look_and_stays_there(daemon: Daemon, inbox: Path, conn: Conn):
    file = a_csv(inbox / "predictions", predictions(3))
    a_csv(inbox / "orders", orders(2))
    assert not daemon.tick().run_requests
    [request] = daemon.tick().run_requests or []
    assert daemon.launch(request).success
    assert (count(conn, "raw.predictions"), count(conn, "raw.offline_conversions")) == (3, 2)
    assert file.exists()
    assert not daemon.tick().run_requests
    assert conn.execute("select run_id is not null from ops.intake_files").fetchall() == [(True,), (True,)]


def test_a_missing_inbox_and_an_empty_one_are_fine(daemon: Daemon, inbox: Path):
    assert daemon.tick().skip_reason is not None
    inbox.mkdir(parents=True)
    assert "empty" in str(daemon.tick().skip_reason)


def test_folders_within_the_folder_are_read_too(daemon: Daemon, inbox: Path, conn: Conn):
    a_csv(inbox / "predictions" / "model=a" / "day=2026-03-01", predictions(2))
    assert daemon.until_loaded().success
    assert count(conn, "raw.predictions") == 2


def test_a_changed_file_is_loaded_again_as_new_versions(daemon: Daemon, inbox: Path, conn: Conn):
    a_csv(inbox / "predictions", predictions(2))
    daemon.until_loaded()
    a_csv(inbox / "predictions", predictions(2, predicted_roas="3.5"))
    result = daemon.until_loaded()
    [event] = result.asset_materializations_for_node("intake")
    assert event.metadata["new versions among them"].value == 2
    assert count(conn, "raw.predictions") == 4


def test_a_refused_file_is_told_by_a_check_and_not_tried_again_until_it_changes(
    daemon: Daemon, inbox: Path, conn: Conn
):
    write(inbox / "predictions" / "bad.csv", "no;such\n1;2\n")
    result = daemon.until_loaded()
    assert result.success
    checks = {one.check_name: one for one in result.get_asset_check_evaluations() if one.asset_key == PREDICTIONS}
    assert not checks[TAKEN_WHOLE].passed
    assert checks[TAKEN_WHOLE].severity is dg.AssetCheckSeverity.WARN
    assert "has no column prediction\\_id" in str(checks[TAKEN_WHOLE].metadata["details"].value)
    for _ in range(3):
        assert not daemon.tick().run_requests
    a_csv(inbox / "predictions", predictions(2), "bad.csv")
    result = daemon.until_loaded()
    assert all(one.passed for one in result.get_asset_check_evaluations() if one.check_name == TAKEN_WHOLE)


def test_a_good_file_does_not_hide_that_another_one_was_refused(daemon: Daemon, inbox: Path):
    write(inbox / "predictions" / "bad.csv", "no;such\n1;2\n")
    daemon.until_loaded()
    a_csv(inbox / "predictions", predictions(2), "good.csv")
    result = daemon.until_loaded()
    checks = {(one.asset_key, one.check_name): one.passed for one in result.get_asset_check_evaluations()}
    assert not checks[PREDICTIONS, TAKEN_WHOLE]
    assert checks[ORDERS, TAKEN_WHOLE]


def test_the_run_page_shows_rows_rejected_rows_their_reasons_and_warnings(daemon: Daemon, inbox: Path):
    bad = predictions(2, predicted_ctr="nan", prediction_id="x")
    a_csv(inbox / "predictions", predictions(3, predicted_ctr="0.02") + bad)
    result = daemon.until_loaded()
    [event] = result.asset_materializations_for_node("intake")
    shown = {name: value.value for name, value in event.metadata.items()}
    assert (shown["rows read"], shown["rows loaded"], shown["rows rejected"]) == (5, 3, 2)
    assert "predicted\\_ctr is not a number" in str(shown["worst mistakes"])
    assert "looks like fractions" in str(shown["warnings"])
    checks = {(one.asset_key, one.check_name): one.passed for one in result.get_asset_check_evaluations()}
    assert [checks[PREDICTIONS, name] for name in (TAKEN_WHOLE, PLAUSIBLE)] == [False, False]


def test_a_failed_run_is_asked_for_again_but_not_for_ever(daemon: Daemon, inbox: Path, conn: Conn):
    a_csv(inbox / "predictions", predictions(2))
    conn.execute("alter table ops.intake_files rename to away")
    assert not daemon.until_loaded().success
    assert count(conn, "raw.predictions") == 0
    for _ in range(2):
        [request] = daemon.tick().run_requests or []
        assert not daemon.launch(request).success
    assert not daemon.tick().run_requests
    conn.execute("alter table ops.away rename to intake_files")
    a_csv(inbox / "predictions", predictions(3))
    assert daemon.until_loaded().success


def test_a_second_try_after_the_trouble_is_over_loads_it(daemon: Daemon, inbox: Path, conn: Conn):
    a_csv(inbox / "predictions", predictions(2))
    conn.execute("alter table ops.intake_files rename to away")
    assert not daemon.until_loaded().success
    conn.execute("alter table ops.away rename to intake_files")
    [request] = daemon.tick().run_requests or []
    assert daemon.launch(request).success
    assert count(conn, "raw.predictions") == 2


def test_a_file_that_its_store_does_not_hand_out_now_is_tried_again(
    settings: Settings, database: Database, instance: dg.DagsterInstance, conn: Conn
):
    fsspec.register_implementation("adtrack-test", Store, clobber=True)
    Store.is_down, files = True, MemoryFileSystem()
    for number, name in enumerate(("far.csv", "near.csv")):
        files.pipe(f"/far/predictions/{name}", csv_text(predictions(1, prediction_id=f"p{number}")).encode())
    there = settings.model_copy(update={"inbox": "adtrack-test://far"})
    daemon = Daemon(there, database, instance)
    assert not daemon.until_loaded().success
    assert count(conn, "raw.predictions") == 1
    Store.is_down = False
    [request] = daemon.tick().run_requests or []
    assert daemon.launch(request).success
    assert count(conn, "raw.predictions") == 2


def test_started_by_hand_without_a_list_all_of_the_inbox_is_loaded(daemon: Daemon, inbox: Path, conn: Conn):
    a_csv(inbox / "predictions", predictions(2))
    assert daemon.materialize().success
    assert count(conn, "raw.predictions") == 2


def test_a_later_file_corrects_an_earlier_one_whatever_their_names(daemon: Daemon, inbox: Path, conn: Conn):
    late = a_csv(inbox / "predictions", predictions(1, predicted_ctr="9"), "a.csv")
    early = a_csv(inbox / "predictions", predictions(1, predicted_ctr="1"), "b.csv")
    os.utime(early, (1_700_000_000, 1_700_000_000))
    os.utime(late, (1_700_000_100, 1_700_000_100))
    daemon.until_loaded()
    newest = conn.execute(
        "select predicted_ctr::int from raw.predictions order by version desc limit 1"
    ).fetchone()
    assert newest == (9,)


def test_a_name_that_leads_out_of_the_inbox_is_refused(daemon: Daemon):
    result = daemon.materialize(run_config={"ops": {"intake": {"config": {"files": ["predictions/../../x.csv"]}}}})
    assert not result.success


def test_the_sensor_is_on_and_starts_one_job_in_one_process(definitions: dg.Definitions):
    repository = definitions.get_repository_def()
    [sensor] = [one for one in repository.sensor_defs if one.name == SENSOR]
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.job_name == names.INTAKE_JOB


def test_what_was_handed_in_is_compared_in_the_same_run(definitions: dg.Definitions):
    job = definitions.resolve_job_def(names.INTAKE_JOB)
    assert {node.name for node in job.nodes} == {"intake", "accuracy"}


def test_no_hour_waits_for_files(definitions: dg.Definitions):
    assert "intake" not in {node.name for node in definitions.resolve_job_def(names.HOURLY_JOB).nodes}


@pytest.mark.parametrize("table", ["raw.predictions", "raw.offline_conversions"])
def test_the_columns_shown_are_the_columns_there_are(conn: Conn, table: str):
    rows = conn.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum", (table,)
    ).fetchall()
    assert list(ddl.columns(table)) == [row[0] for row in rows]


def test_the_cursor_stays_small(daemon: Daemon, inbox: Path):
    for n in range(20):
        a_csv(inbox / "predictions", predictions(1), f"{n}.csv")
    daemon.until_loaded()
    daemon.tick()
    kept = json.loads(daemon.cursor or "")
    assert (len(kept["done"]), kept["seen"], kept["asked"]) == (20, [], None)
