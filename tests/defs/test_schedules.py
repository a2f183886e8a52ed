"""What a tick asks for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from adtrack_pipeline.defs.partitions import RANGE_END_TAG, RANGE_START_TAG

TICK = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def tick(
    definitions: dg.Definitions, instance: dg.DagsterInstance, name: str, at: datetime = TICK
) -> dg.RunRequest | dg.SkipReason:
    schedule = definitions.get_repository_def().get_schedule_def(name)
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
        result = schedule(context)
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result


def unfinished_run(definitions: dg.Definitions, instance: dg.DagsterInstance, job: str) -> dg.DagsterRun:
    return instance.create_run_for_job(definitions.resolve_job_def(job), status=dg.DagsterRunStatus.STARTED)


def test_the_hourly_tick_asks_for_today_and_yesterday_of_every_time_zone(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-20T10:07:00Z")
    request = tick(definitions, instance, "hourly_schedule")
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2026-11-18", "2026-11-21")
    assert request.run_config["ops"]["insights"]["config"]["due"] is True


def test_a_tick_asks_for_the_days_of_the_injected_clock_not_of_the_machines(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ADTRACK_NOW", "2021-01-15T12:00:00Z")
    request = tick(definitions, instance, "hourly_schedule")
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2021-01-14", "2021-01-16")


def test_the_nightly_tick_asks_for_the_whole_restatement_window(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ADTRACK_NOW", "2026-11-20T03:23:00Z")
    request = tick(definitions, instance, "nightly_restatement_schedule")
    assert (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]) == ("2026-10-22", "2026-11-20")


def test_the_daily_tick_refreshes_full_lists_and_the_models_of_the_day(
    definitions: dg.Definitions, instance: dg.DagsterInstance
):
    config = tick(definitions, instance, "daily_refresh_schedule").run_config["ops"]
    assert config["objects"]["config"]["full"] is True
    assert config["transform"]["config"]["daily"] is True


def test_two_daemons_ask_for_the_same_hour_under_the_same_key(
    definitions: dg.Definitions, instance: dg.DagsterInstance
):
    first = tick(definitions, instance, "hourly_schedule")
    second = tick(definitions, instance, "hourly_schedule")
    later = tick(definitions, instance, "hourly_schedule", TICK.replace(hour=11))
    assert first.run_key == second.run_key != later.run_key


def test_an_hour_that_is_still_being_read_is_not_started_again(
    definitions: dg.Definitions, instance: dg.DagsterInstance
):
    run = unfinished_run(definitions, instance, "hourly_job")
    result = tick(definitions, instance, "hourly_schedule", datetime.now(UTC))
    assert isinstance(result, dg.SkipReason)
    assert run.run_id[:8] in str(result.skip_message)


def test_a_run_of_another_job_stops_no_schedule(definitions: dg.Definitions, instance: dg.DagsterInstance):
    unfinished_run(definitions, instance, "watch_job")
    assert isinstance(tick(definitions, instance, "hourly_schedule", datetime.now(UTC)), dg.RunRequest)


def test_a_run_left_over_from_last_week_does_not_stop_the_schedule_for_ever(
    definitions: dg.Definitions, instance: dg.DagsterInstance
):
    unfinished_run(definitions, instance, "hourly_job")
    next_week = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1)
    assert isinstance(tick(definitions, instance, "hourly_schedule", next_week), dg.RunRequest)


def test_an_hour_builds_everything_until_the_models_of_the_day_exist_and_leaves_them_out_from_then_on(
    definitions: dg.Definitions, instance: dg.DagsterInstance
):
    daily = [spec.key for spec in definitions.resolve_all_asset_specs() if "daily" in spec.tags]
    assert daily
    assert tick(definitions, instance, "hourly_schedule").asset_selection is None
    for key in daily:
        instance.report_runless_asset_event(dg.AssetMaterialization(key))
    lean = tick(definitions, instance, "hourly_schedule").asset_selection
    assert dg.AssetKey(["marts", "ad_performance_daily"]) in lean
    assert not set(daily) & set(lean)
    assert tick(definitions, instance, "daily_refresh_schedule").asset_selection is None


def test_the_nightly_restatement_reads_no_objects(definitions: dg.Definitions, instance: dg.DagsterInstance):
    for spec in definitions.resolve_all_asset_specs():
        if "daily" in spec.tags:
            instance.report_runless_asset_event(dg.AssetMaterialization(spec.key))
    lean = tick(definitions, instance, "nightly_restatement_schedule").asset_selection
    assert dg.AssetKey(["raw", "insights_daily"]) in lean
    assert dg.AssetKey(["raw", "ads"]) not in lean


def test_every_schedule_is_on_and_in_utc(definitions: dg.Definitions):
    for schedule in definitions.get_repository_def().schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.execution_timezone == "UTC"


def test_every_requested_run_fits_its_job(definitions: dg.Definitions, instance: dg.DagsterInstance):
    for schedule in definitions.get_repository_def().schedule_defs:
        request = tick(definitions, instance, schedule.name)
        job = definitions.resolve_job_def(schedule.job_name)
        assert dg.validate_run_config(job, request.run_config)
