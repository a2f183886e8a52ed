"""From a run's config and partitions to days and dbt arguments."""

import json
from datetime import date

import dagster as dg
import pytest

from adtrack_pipeline.defs.ingestion.config import InsightsConfig, asked_days
from adtrack_pipeline.defs.transform.arguments import TransformConfig, dbt_arguments

BUILD = ["build", "--exclude-resource-type", "unit_test"]
WEEK = dg.PartitionKeyRange("2026-03-01", "2026-03-07")


def test_a_range_of_partitions_is_one_window():
    assert asked_days(InsightsConfig(), WEEK) == (date(2026, 3, 1), date(2026, 3, 7))


def test_days_in_the_config_win_over_partitions():
    config = InsightsConfig(since="2026-02-01", until="2026-02-02")
    assert asked_days(config, WEEK) == (date(2026, 2, 1), date(2026, 2, 2))
    assert asked_days(InsightsConfig(since="2026-02-01"), WEEK) == (date(2026, 2, 1), None)


def test_the_hour_reads_what_is_due_per_account_whatever_partitions_it_stands_for():
    assert asked_days(InsightsConfig(due=True), WEEK) == (None, None)


def test_without_partitions_the_run_reads_what_is_due():
    assert asked_days(InsightsConfig(), None) == (None, None)


def test_a_day_that_is_no_day_is_refused():
    with pytest.raises(dg.Failure) as refused:
        asked_days(InsightsConfig(since="2026-02-31"), None)
    assert refused.value.description == "'2026-02-31' is no day; write it as 2026-03-08."


def test_an_hourly_build_passes_no_variables_because_dbt_would_parse_everything_again():
    assert dbt_arguments(TransformConfig()) == ["build"]


def test_the_daily_build_recomputes_the_restatement_window():
    arguments = dbt_arguments(TransformConfig(daily=True))
    assert json.loads(arguments[arguments.index("--vars") + 1]) == {"refresh_window": True}


def test_a_full_refresh_is_asked_for_by_hand_only():
    assert "--full-refresh" not in dbt_arguments(TransformConfig(daily=True))
    assert "--full-refresh" in dbt_arguments(TransformConfig(full_refresh=True))
