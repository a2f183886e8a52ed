"""Dagster's storage in the warehouse: connections are kept, and survive a restart of the database."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from sqlalchemy.pool import QueuePool

from adtrack_pipeline.defs.instance.home import (
    INSTANCE_FILE,
    dagster_home,
    environment,
    instance_template,
    prepare_home,
)
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.instance.storage import create_tables, storage_url
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings
from tests.postgres import PgServer


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(META_ACCESS_TOKEN="token")


@pytest.fixture
def instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings, database, foreground=True) as instance:
        yield instance


@dg.job
def nothing_job() -> None:
    """A job to have runs of."""


def sessions(conn: psycopg.Connection[Any]) -> set[int]:
    rows = conn.execute(
        "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    return {row[0] for row in rows}


def test_dagsters_tables_live_in_their_own_schema(instance: dg.DagsterInstance, conn: psycopg.Connection[Any]):
    instance.create_run_for_job(nothing_job)
    rows = conn.execute("select schemaname from pg_tables where tablename in ('event_logs', 'runs', 'job_ticks')")
    assert {row[0] for row in rows} == {"dagster"}


def test_every_storage_keeps_its_connection(instance: dg.DagsterInstance):
    """Also fails when upstream renames the attribute that PooledPostgresStorage sets."""
    for part in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
        assert isinstance(part._engine.pool, QueuePool)


def test_writing_events_opens_no_new_connections(instance: dg.DagsterInstance, conn: psycopg.Connection[Any]):
    run = instance.create_run_for_job(nothing_job)
    instance.report_engine_event("first", run)
    before = sessions(conn)
    for n in range(20):
        instance.report_engine_event(f"event {n}", run)
    assert sessions(conn) <= before


def test_a_database_restart_costs_a_reconnect_and_not_a_run(
    instance: dg.DagsterInstance, conn: psycopg.Connection[Any]
):
    run = instance.create_run_for_job(nothing_job)
    for pid in sessions(conn):
        conn.execute("select pg_terminate_backend(%s)", (pid,))
    instance.report_engine_event("after the restart", run)
    assert instance.get_run_by_id(run.run_id)
    events = [record.event_log_entry.dagster_event for record in instance.get_records_for_run(run.run_id).records]
    assert [event.message for event in events if event] == ["after the restart"]


def test_two_first_starts_at_once_make_the_tables_once(pg_server: PgServer):
    with pg_server.fresh_database() as fresh:
        env = fresh.env()
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DATABASE"}
        place = {key: env[f"ADTRACK_PG{name}"] for key, name in names.items()}
        with ThreadPoolExecutor(2) as pool:
            for made in [pool.submit(create_tables, place) for _ in range(2)]:
                made.result()
        with fresh.connect() as conn:
            found = conn.execute("select count(*) from pg_tables where schemaname = 'dagster'").fetchone()
    assert found
    assert found[0] > 20


def test_opening_the_instance_a_second_time_finds_the_first(
    settings: Settings, database: Database, instance: dg.DagsterInstance
):
    run = instance.create_run_for_job(nothing_job)
    with open_instance(settings, database) as again:
        assert again.get_run_by_id(run.run_id)


def test_the_home_gets_the_configuration_the_project_ships_also_after_an_update(settings: Settings):
    prepare_home(settings)
    file = dagster_home(settings) / INSTANCE_FILE
    shipped = file.read_text()
    file.write_text("storage: {}")
    prepare_home(settings)
    assert file.read_text() == shipped


def test_no_configuration_file_holds_the_databases_password(settings: Settings, database: Database):
    home = prepare_home(settings)
    secret = environment(settings, database)["ADTRACK_PGPASSWORD"]
    assert secret
    assert not [path for path in home.iterdir() if path.is_file() and secret in path.read_text()]


def test_a_server_that_listens_on_a_socket_directory_can_hold_the_storage():
    place = {"host": "/var/run/postgresql", "user": "me", "password": "p@ss/word", "dbname": "adtrack"}
    url = storage_url(place)
    assert url.startswith("postgresql+psycopg2://me:p%40ss%2Fword@/adtrack?")
    assert "host=%2Fvar%2Frun%2Fpostgresql" in url


def test_loading_the_instance_connects_to_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    shutil.copy(instance_template(), tmp_path / INSTANCE_FILE)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@192.0.2.1/none")
    monkeypatch.setenv("META_ACCESS_TOKEN", "token")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.event_log_storage).__name__ == "PostgresEventLogStorage"


def test_without_variables_the_storage_is_found_like_the_warehouse(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """`dg dev` in a checkout."""
    shutil.copy(instance_template(), tmp_path / INSTANCE_FILE)
    monkeypatch.setenv("DATABASE_URL", database.url().get_secret_value())
    monkeypatch.setenv("META_ACCESS_TOKEN", "token")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        run = instance.create_run_for_job(nothing_job)
    with database.connect() as conn:
        assert conn.execute("select run_id from dagster.runs").fetchone() == (run.run_id,)


def test_session_options_of_the_users_own_url_are_kept(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PGOPTIONS", "")  # so that what the code under test sets is unset afterwards
    asking = replace(database, options={**database.options, "options": "-c work_mem=7MB"})
    with open_instance(settings, asking, foreground=True) as instance, instance.run_storage.connect() as conn:
        assert conn.exec_driver_sql("show work_mem").scalar() == "7MB"
        assert conn.exec_driver_sql("show search_path").scalar() == "dagster"


def test_the_webserver_cannot_occupy_the_database_with_one_page(instance: dg.DagsterInstance):
    instance.optimize_for_webserver(statement_timeout=1234, pool_recycle=3600, max_overflow=20)
    with instance.run_storage.connect() as conn:
        assert conn.exec_driver_sql("show statement_timeout").scalar() == "1234ms"
