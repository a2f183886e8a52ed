"""What Dagster tells nobody becomes alerts: against a real instance with real runs, checks and ticks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    TickData,
    TickStatus,
)
from dagster._utils.error import SerializableErrorInfo

from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.notify.health import judging
from adtrack_pipeline.defs.notify.health.facts import (
    ChannelTrouble,
    FailedCheck,
    JobRun,
    Ticker,
    channel_trouble,
)
from adtrack_pipeline.defs.notify.watching import build_health_sensor
from adtrack_pipeline.defs.pipeline import Pipeline
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.defs.conftest import MakeSettings

NOW = datetime.now(UTC)
is_broken = {"asset": True, "check": True}


@dg.asset
def table() -> None:
    if is_broken["asset"]:
        raise dg.Failure("The API did not answer postgresql://me:hunter2@host/db", allow_retries=False)


@dg.asset_check(asset=table)
def sums() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=not is_broken["check"], description="3 rows too many")


@dg.asset_check(asset=table)
def advice() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@pytest.fixture
def project(make_settings: MakeSettings) -> dg.Definitions:
    is_broken.update(asset=True, check=True)
    return dg.Definitions(
        assets=[table],
        asset_checks=[sums, advice],
        jobs=[
            dg.define_asset_job("nightly_job", selection=dg.AssetSelection.assets(table).without_checks()),
            dg.define_asset_job("checks_job", selection=dg.AssetSelection.checks(sums, advice)),
        ],
        sensors=[build_health_sensor(make_settings())],
    )


@pytest.fixture
def instance(make_settings: MakeSettings, database: Database) -> Iterator[dg.DagsterInstance]:
    with open_instance(make_settings(), database, foreground=True) as one:
        yield one


class Health:
    """Runs jobs and ticks the sensor."""

    def __init__(
        self, project: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, database: Database
    ) -> None:
        self.project, self.instance = project, instance
        self.pipeline = Pipeline(settings, database)

    def run(self, job: str) -> None:
        self.project.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=False)

    def tick(self) -> str:
        repository = self.project.get_repository_def()
        context = dg.build_sensor_context(
            instance=self.instance, repository_def=repository, resources={"pipeline": self.pipeline}
        )
        result = repository.get_sensor_def("pipeline_health_sensor")(context)
        assert isinstance(result, dg.SkipReason)
        return str(result.skip_message)


@pytest.fixture
def health(
    project: dg.Definitions, instance: dg.DagsterInstance, make_settings: Any, database: Database
) -> Health:
    return Health(project, instance, make_settings(), database)


def alerts(conn: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    return conn.execute("select alert_type, object_id, status from ops.alerts order by alert_id").fetchall()


def told(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return conn.execute("select alert_type, change from ops.event_outbox order by seq").fetchall()


def test_a_failed_run_is_told_once_however_often_it_fails_and_its_recovery_once(
    health: Health, conn: psycopg.Connection[Any]
):
    for _ in range(3):
        health.run("nightly_job")
        health.tick()
    assert alerts(conn) == [("run_failed", "nightly_job", "open")]
    is_broken["asset"] = False
    health.run("nightly_job")
    health.tick()
    assert alerts(conn) == [("run_failed", "nightly_job", "resolved")]
    assert told(conn) == [("run_failed", "opened"), ("run_failed", "resolved")]


def test_the_message_says_why_it_failed_and_holds_no_login(health: Health, conn: psycopg.Connection[Any]):
    health.run("nightly_job")
    health.tick()
    [(message,)] = conn.execute("select message from ops.alerts").fetchall()
    assert "The API did not answer" in message
    assert "hunter2" not in message
    assert "hunter2" not in str(conn.execute("select data from ops.event_outbox").fetchall())


@pytest.mark.parametrize(
    "said",
    [
        "postgresql://me:hunter/2@host/db is away",
        "GET https://graph.example/act_1?fields=id&access_token=hunter2&limit=5 failed",
        "{'appsecret_proof': 'hunter2', 'limit': 5} was refused",
        "Authorization: Bearer hunter2 was refused",
        "https://hooks.slack.com/services/T0/B0/hunter2 answered 500",
        "signed with whsec_hunter2",
        "password=hunter2 host=db",
    ],
)
def test_no_secret_a_failure_repeats_is_told(said: str):
    run = JobRun("nightly_job", "0123456789", NOW, True, said)
    [told] = judging.failed_jobs([run], [], NOW)
    assert "hunter" not in told.message
    assert "…" in told.message


def test_what_is_no_secret_in_a_failure_stays():
    said = "Account 12 (act_12): the token expired on 3 Nov; renew it. See https://example.com/help?page=2."
    [told] = judging.failed_jobs([JobRun("j", "0123456789", NOW, True, said)], [], NOW)
    assert said in told.message


def test_a_failed_check_of_error_severity_is_told_and_a_warning_is_not(
    health: Health, conn: psycopg.Connection[Any]
):
    health.run("checks_job")
    health.tick()
    assert alerts(conn) == [("check_failed", "table sums", "open")]
    is_broken["check"] = False
    health.run("checks_job")
    health.tick()
    assert alerts(conn) == [("check_failed", "table sums", "resolved")]


def test_a_check_that_is_just_running_counts_as_it_was_before(health: Health, conn: psycopg.Connection[Any]):
    health.run("checks_job")
    health.tick()
    conn.execute(
        """
        insert into dagster.asset_check_executions (asset_key, check_name, run_id, execution_status)
        select asset_key, check_name, 'next', 'PLANNED' from dagster.asset_check_executions
        where check_name = 'sums'
        """
    )
    health.tick()
    assert alerts(conn) == [("check_failed", "table sums", "open")]


def test_a_run_that_never_started_is_told(health: Health, conn: psycopg.Connection[Any]):
    health.instance.create_run_for_job(health.project.resolve_job_def("nightly_job"))
    health.tick()
    assert alerts(conn) == []
    conn.execute("update dagster.runs set create_timestamp = create_timestamp - interval '2 hours'")
    health.tick()
    assert alerts(conn) == [("run_not_started", "nightly_job", "open")]


@pytest.mark.parametrize(
    ("status", "age", "expected"),
    [
        (TickStatus.SKIPPED, timedelta(seconds=5), []),
        (TickStatus.FAILURE, timedelta(seconds=5), [("tick_failed", "pipeline_health_sensor", "open")]),
        (TickStatus.SKIPPED, timedelta(hours=1), [("tick_missing", "pipeline_health_sensor", "open")]),
    ],
)
def test_a_sensor_whose_ticks_fail_or_stop_is_told(
    health: Health, conn: psycopg.Connection[Any], status: TickStatus, age: timedelta, expected: list[Any]
):
    origin = _origin(health)
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.DECLARED_IN_CODE)
    health.instance.add_instigator_state(state)
    health.instance.create_tick(
        TickData(
            state.instigator_origin_id,
            "pipeline_health_sensor",
            InstigatorType.SENSOR,
            status,
            (datetime.now(UTC) - age).timestamp(),
            error=SerializableErrorInfo("it broke", [], None) if status is TickStatus.FAILURE else None,
            selector_id=state.selector_id,
        )
    )
    health.tick()
    assert alerts(conn) == expected


def _origin(health: Health) -> Any:
    from dagster._core.remote_origin import (
        InProcessCodeLocationOrigin,
        RemoteInstigatorOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="tests"), location_name="adtrack")
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), "pipeline_health_sensor")


def test_checks_of_a_failed_run_are_part_of_its_message_and_no_alerts_of_their_own():
    run = JobRun("hourly_job", "r1", NOW, has_failed=True, reason="A step failed")
    check = FailedCheck("marts/a", "unique", "r1", NOW)
    [condition] = judging.failed_jobs([run], [check], NOW)
    assert "Failed checks: marts/a unique." in condition.message
    assert judging.red_checks([check], [run], NOW) == []


def test_a_manual_run_that_failed_long_ago_is_forgotten():
    old = JobRun(judging.MANUAL_JOB, "r1", NOW - timedelta(hours=7), has_failed=True)
    assert judging.failed_jobs([old], [], NOW) == []


def test_a_schedule_may_be_silent_between_its_hours():
    daily = Ticker("daily_schedule", "schedule", timedelta(days=1), NOW - timedelta(hours=24, minutes=5))
    assert judging.silent_tickers([daily], NOW) == []
    late = Ticker("daily_schedule", "schedule", timedelta(days=1), NOW - timedelta(hours=24, minutes=20))
    assert [one.alert_type for one in judging.silent_tickers([late], NOW)] == ["tick_missing"]


def test_a_channel_that_is_switched_off_is_told_to_the_others():
    trouble = ChannelTrouble("slack", NOW, "hooks.slack.com answered 410 Gone", is_disabled=True)
    [condition] = judging.broken_channels([trouble], NOW)
    assert "slack is switched off" in condition.message
    assert condition.subject.object_id == "slack"


def test_only_channels_that_are_configured_can_be_in_trouble(conn: psycopg.Connection[Any]):
    conn.execute(
        "insert into ops.delivery_channels (channel, kind, seen_xid, failures, last_error) "
        "values ('old', 'slack', '1'::xid8, 9, 'gone'), ('new', 'slack', '1'::xid8, 3, 'away')"
    )
    assert [one.channel for one in channel_trouble(conn, ["new"])] == ["new"]
