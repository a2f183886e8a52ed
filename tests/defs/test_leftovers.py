"""Runs whose process is gone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline.defs.instance.leftovers import close_dead_runs
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings


@dg.job
def nothing_job() -> None:
    """A job to have runs of."""


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(META_ACCESS_TOKEN="token")


@pytest.fixture
def instance(settings: Settings, database: Database) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings, database, foreground=True) as instance:
        yield instance


def run_in(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    return instance.create_run_for_job(nothing_job, status=status)


def status_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found
    return found.status


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
def test_a_run_without_a_living_process_is_closed_and_may_not_write_any_more(
    instance: dg.DagsterInstance, database: Database, conn: psycopg.Connection[Any], status: dg.DagsterRunStatus
):
    run = run_in(instance, status)
    assert close_dead_runs(instance, database) == [run.run_id]
    assert status_of(instance, run) is dg.DagsterRunStatus.FAILURE
    revoked = conn.execute("select revoked_at is not null from ops.load_tokens where run_id = %s", (run.run_id,))
    assert revoked.fetchone() == (True,)


def test_a_run_whose_process_lives_is_left_alone_until_that_process_has_gone(
    instance: dg.DagsterInstance, database: Database, settings: Settings
):
    run = run_in(instance, dg.DagsterRunStatus.STARTED)
    process = Pipeline(settings, database)
    process.keep_alive(run.run_id)
    process.keep_alive(run.run_id)  # every op says so
    assert close_dead_runs(instance, database) == []
    process.let_go(run.run_id)
    assert close_dead_runs(instance, database) == [run.run_id]


def test_runs_that_never_started_or_have_ended_are_nobodys_leftovers(
    instance: dg.DagsterInstance, database: Database
):
    for status in (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE):
        run_in(instance, status)
    assert close_dead_runs(instance, database) == []


def test_a_run_that_has_just_been_created_gets_time_to_show_that_it_lives(
    instance: dg.DagsterInstance, database: Database
):
    run_in(instance, dg.DagsterRunStatus.STARTED)
    assert close_dead_runs(instance, database, older_than=timedelta(minutes=10)) == []


@pytest.mark.parametrize(("running_since", "is_closed"), [("30 seconds", False), ("40 minutes", True)])
def test_a_run_is_as_old_as_its_start_however_long_it_queued(
    instance: dg.DagsterInstance,
    database: Database,
    conn: psycopg.Connection[Any],
    running_since: str,
    is_closed: bool,
):
    run = run_in(instance, dg.DagsterRunStatus.STARTED)
    conn.execute(
        "update dagster.runs set create_timestamp = now() at time zone 'utc' - interval '1 hour',"
        " start_time = extract(epoch from now() - %s::interval) where run_id = %s",
        (running_since, run.run_id),
    )
    closed = close_dead_runs(instance, database, older_than=timedelta(minutes=10))
    assert closed == ([run.run_id] if is_closed else [])


def test_a_second_build_of_the_marts_waits_for_the_first(settings: Settings, database: Database):
    first, second = Pipeline(settings, database), Pipeline(settings, database)
    with first.building_marts() as holder, second.connect() as conn:
        query = "select pg_try_advisory_lock(objid::bigint) from pg_locks where locktype = 'advisory' and pid = %s"
        assert conn.execute(query, (holder.info.backend_pid,)).fetchone() == (False,)
    with second.building_marts():
        pass
