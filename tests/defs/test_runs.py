"""Whole runs in this process: a real platform over HTTP, a real Postgres, real dbt.

One hour is shared by most tests: four accounts, one of which the token may not read.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from adtrack_pipeline.defs.instance.home import dbt_target
from adtrack_pipeline.defs.instance.opening import open_instance
from adtrack_pipeline.defs.run import RunReport, run_in_process
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.postgres import PgServer
from tests.sandbox_server import RunningSandbox, running_sandbox

pytestmark = pytest.mark.xdist_group("runs")  # one worker has the hour that the others would run again

NOON = "2026-03-08T20:00:00+00:00"  # 13:00 in Los Angeles, on the 23-hour day of spring
TOKEN = "canary-token-5c1f"
HOOK, SIGNING, MAIL, KEY = (
    "canary-hook-77aa",
    "Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LTU1NTU=",
    "canary-mail-31",
    "canary-pager-9",
)
DAILY = dg.AssetKey(["raw", "insights_daily"])


@dataclass
class Installation:
    """One home, one database, one source."""

    settings: Settings
    database: Database
    sandbox: RunningSandbox
    ill: str

    def run(self, job: str, **asked: Any) -> RunReport:
        return run_in_process(self.settings, self.database, job, **asked)

    def instance(self) -> Any:
        return open_instance(self.settings, self.database, foreground=True)


@pytest.fixture(scope="module")
def installation(
    pg_server: PgServer, parsed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("installation")
    with (
        pytest.MonkeyPatch.context() as patch,
        pg_server.fresh_database() as database,
        running_sandbox(seed=3, accounts=4, ads=12, days=40, tokens=frozenset({TOKEN})) as sandbox,
    ):
        for name in [name for name in os.environ if name.startswith(("ADTRACK_", "META_", "DATABASE_URL"))]:
            patch.delenv(name)
        patch.setenv("ADTRACK_NOW", NOON)
        sandbox.set_now(NOON)
        accounts = sandbox.get("me/adaccounts", fields="account_id").json()["data"]
        settings = Settings(
            ADTRACK_HOME=home,
            META_ACCESS_TOKEN=TOKEN,
            META_GRAPH_URL=sandbox.base_url,
            META_AD_ACCOUNT_ID=",".join(one["account_id"] for one in accounts),
            ADTRACK_INITIAL_DAYS=6,
            ADTRACK_INITIAL_HOURLY_DAYS=3,
            ADTRACK_THUMBNAILS=False,
            ADTRACK_SLACK_WEBHOOK_URL=f"http://127.0.0.1:9/{HOOK}",
            ADTRACK_WEBHOOK_URL=f"http://user:{HOOK}@127.0.0.1:9/",
            ADTRACK_WEBHOOK_SECRET=f"whsec_{SIGNING}",
            ADTRACK_SMTP_URL=f"smtp://user:{MAIL}@127.0.0.1:9?tls=off",
            ADTRACK_EMAIL_TO="a@example.com",
            ADTRACK_EMAIL_FROM="b@example.com",
            ADTRACK_PAGERDUTY_KEY=KEY,
            ADTRACK_ALLOW_PRIVATE_RECEIVERS=True,
        )
        shutil.copytree(parsed, dbt_target(settings))
        yield Installation(settings, database, sandbox, ill=accounts[0]["account_id"])


@pytest.fixture(scope="module")
def hour(installation: Installation) -> RunReport:
    installation.sandbox.fault("permission", account=installation.ill)
    report = installation.run("hourly_job", progress=None)
    installation.sandbox.no_faults()
    return report


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADTRACK_NOW", NOON)


@pytest.fixture
def events(installation: Installation, hour: RunReport) -> list[dg.EventLogEntry]:
    with installation.instance() as instance:
        return [record.event_log_entry for record in instance.get_records_for_run(hour.run_id).records]


def materialisations(events: list[dg.EventLogEntry]) -> list[dg.AssetMaterialization]:
    return [event.asset_materialization for event in events if event.asset_materialization]


def evaluations(events: list[dg.EventLogEntry]) -> list[dg.AssetCheckEvaluation]:
    return [event.asset_check_evaluation for event in events if event.asset_check_evaluation]


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.connect() as conn:
        return conn.execute(query).fetchall()


def test_one_failing_account_does_not_fail_the_hour(hour: RunReport, installation: Installation):
    assert hour.success, hour.error
    assert {one.account_id for one in hour.summary.failures} == {installation.ill}


def test_its_own_check_is_red_with_the_reason_and_every_other_accounts_is_green(
    hour: RunReport, installation: Installation, events: list[dg.EventLogEntry]
):
    checks = {one.check_name: one for one in evaluations(events) if one.check_name.endswith("_read")}
    del checks["accounts_read"]
    assert {name for name, one in checks.items() if not one.passed} == {f"account_{installation.ill}_read"}
    assert len(checks) == 4
    red = checks[f"account_{installation.ill}_read"]
    assert red.severity is dg.AssetCheckSeverity.ERROR
    assert "permission" in str(red.metadata["details"].value).lower()
    assert any(installation.ill in sentence for sentence in hour.failed_checks)


def test_the_check_over_all_accounts_says_how_many_were_not_read(events: list[dg.EventLogEntry]):
    sentences = {one.description for one in evaluations(events) if one.check_name == "accounts_read"}
    assert sentences == {"1 account of 4 accounts not read completely."}


def test_every_other_account_is_fresh_in_the_marts(hour: RunReport, installation: Installation):
    found = {
        row[0] for row in rows(installation.database, "select distinct account_id from marts.account_metrics")
    }
    assert installation.ill not in found
    assert len(found) >= 2


def test_the_hour_materialises_every_table_it_promises(hour: RunReport, events: list[dg.EventLogEntry]):
    made = {one.asset_key.path[0] for one in materialisations(events)}
    assert made == {"raw", "staging", "intermediate", "marts", "ops"}
    tables = {one.asset_key.to_user_string() for one in materialisations(events)}
    assert {"raw/creatives", "raw/activities", "raw/insight_revisions", "marts/creative_fatigue"} <= tables


def test_days_of_the_first_backfill_are_materialised_beyond_the_open_partitions(events: list[dg.EventLogEntry]):
    days = {one.partition for one in materialisations(events) if one.asset_key == DAILY}
    assert {"2026-03-03", "2026-03-07", "2026-03-08", "2026-03-09"} <= days
    assert "2026-03-01" not in days


def test_a_partition_tells_its_rows_and_the_newest_tells_the_whole_story(events: list[dg.EventLogEntry]):
    daily = [one for one in materialisations(events) if one.asset_key == DAILY]
    by_day = {one.partition: one.metadata for one in daily}
    assert by_day["2026-03-07"]["rows"].value > 0
    newest = by_day["2026-03-09"]
    assert newest["API calls"].value > 0
    assert newest["dagster/row_count"].value > 0
    assert "SANDBOX" in newest["accounts"].value
    assert any(name.startswith("spend per day") for name in newest)
    assert sum(len(json.dumps(str(one.metadata))) for one in daily[:-1]) < 4_000


def test_models_tell_how_many_rows_there_are_and_were_touched(events: list[dg.EventLogEntry]):
    [mart] = [
        one for one in materialisations(events) if one.asset_key == dg.AssetKey(["marts", "account_metrics"])
    ]
    assert mart.metadata["dagster/row_count"].value > 0
    assert mart.metadata["rows touched"].value > 0


def test_no_secret_is_on_a_run_page_in_a_config_or_in_a_file(installation: Installation, hour: RunReport):
    secrets = (TOKEN, installation.database.env()["ADTRACK_PGPASSWORD"], HOOK, SIGNING, MAIL, KEY)
    with installation.database.connect() as conn:
        texts = conn.execute("select event from dagster.event_logs union all select run_body from dagster.runs")
        recorded = "\n".join(row[0] for row in texts)
    files = [path for path in installation.settings.home_dir.rglob("*") if path.is_file()]
    for secret in secrets:
        assert secret not in recorded
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_the_run_is_in_the_instance_the_ui_shows(installation: Installation, hour: RunReport):
    with installation.instance() as instance:
        record = instance.get_run_by_id(hour.run_id)
    assert (record.job_name, record.status) == ("hourly_job", dg.DagsterRunStatus.SUCCESS)


def test_the_report_is_plain_json_with_a_line_per_account_and_table(hour: RunReport):
    told = json.loads(json.dumps(hour.to_json()))
    assert told["success"] is True
    assert {"account_id", "report", "outcome", "rows_fetched", "api_calls"} <= set(told["outcomes"][0])


def test_a_good_build_leaves_no_folder_behind(installation: Installation, hour: RunReport):
    assert not list(dbt_target(installation.settings).glob("build-*"))


@pytest.fixture(scope="module")
def broken_backfill(installation: Installation, hour: RunReport) -> RunReport:
    """A backfill of days before the first partition, while a mart has lost a column."""
    installation.settings = installation.settings.model_copy(update={"start_day": "2026-03-01"})
    with installation.database.connect(autocommit=True) as conn:
        conn.execute("alter table marts.account_metrics rename column spend to spent")
        report = installation.run("backfill_job", since=date(2026, 2, 20), until=date(2026, 2, 22))
        conn.execute("alter table marts.account_metrics rename column spent to spend")
    return report


def test_a_backfill_before_the_first_partition_is_one_window_and_marks_its_days(
    installation: Installation, broken_backfill: RunReport
):
    daily = broken_backfill.summary.of("insights_daily")
    assert {(one.since, one.until) for one in daily} == {(date(2026, 2, 20), date(2026, 2, 22))}
    with installation.instance() as instance:
        done = instance.get_materialized_partitions(DAILY)
    assert {"2026-02-20", "2026-02-21", "2026-02-22"} <= done


def test_a_failed_dbt_model_fails_the_run_in_a_sentence_and_keeps_its_sql(
    installation: Installation, broken_backfill: RunReport
):
    assert not broken_backfill.success
    assert (broken_backfill.error or "").startswith("dbt: ")
    assert "account_metrics" in (broken_backfill.error or "")
    assert (dbt_target(installation.settings) / f"build-{broken_backfill.run_id}" / "compiled").is_dir()


def test_once_built_the_models_of_the_day_are_left_to_the_daily_job(
    installation: Installation, broken_backfill: RunReport
):
    with installation.instance() as instance:
        events = [
            record.event_log_entry for record in instance.get_records_for_run(broken_backfill.run_id).records
        ]
    planned = {
        event.dagster_event.asset_key.path[-1]
        for event in events
        if event.dagster_event and event.dagster_event.is_asset_materialization_planned
    }
    assert "ad_performance_daily" in planned
    assert not {"conversion_maturity", "top_creatives", "creative_fatigue"} & planned
    observed = [event for event in events if event.dagster_event and event.dagster_event.is_asset_observation]
    assert not observed  # every test that ran is a check of the run


def test_when_no_account_can_be_read_the_run_fails_with_the_sentence_and_is_not_retried(
    installation: Installation, hour: RunReport
):
    installation.sandbox.fault("expired_token", times=-1)
    report = installation.run("hourly_job")
    installation.sandbox.no_faults()
    assert not report.success
    assert "token" in (report.error or "").lower()
    assert TOKEN not in (report.error or "")
    assert report.tables == 0


def test_the_watch_turns_red_when_nothing_was_read_for_hours(
    installation: Installation, hour: RunReport, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ADTRACK_NOW", "2026-03-08T23:45:00+00:00")
    report = installation.run("watch_job")
    assert report.success
    assert len([sentence for sentence in report.failed_checks if "hour_exists" in sentence]) == 2


def test_retention_sweeps_by_one_job(installation: Installation, hour: RunReport):
    report = installation.run("retention_job")
    assert report.success, report.error
    assert rows(installation.database, "select count(*) from raw.pages")[0][0] > 0


def test_a_program_error_is_told_with_its_type_and_does_not_hide(installation: Installation, hour: RunReport):
    with installation.database.connect(autocommit=True) as conn:
        conn.execute("alter view ops.account_freshness rename to elsewhere")
    try:
        report = installation.run("hourly_job", accounts=[installation.ill])
    finally:
        with installation.database.connect(autocommit=True) as conn:
            conn.execute("alter view ops.elsewhere rename to account_freshness")
    assert not report.success
    assert psycopg.errors.UndefinedTable.__name__ in (report.error or "")
