"""From a run's config and partitions to days and dbt arguments."""

import json
from datetime import date

import dagster as dg
import pytest

from adtrack_pipeline.defs.ingestion.config import InsightsConfig, asked_days
from adtrack_pipeline.defs.transform.arguments import TransformConfig, daily_relations, dbt_arguments

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


def test_the_hour_leaves_out_what_is_built_once_a_day():
    assert dbt_arguments(TransformConfig(), skip_daily=True) == [*BUILD, "--exclude", "tag:daily"]


def test_what_was_never_built_is_built_by_the_first_hour():
    assert dbt_arguments(TransformConfig(), skip_daily=False) == BUILD


def test_the_daily_build_recomputes_the_restatement_window_and_leaves_nothing_out():
    arguments = dbt_arguments(TransformConfig(daily=True), skip_daily=True)
    assert "--exclude" not in arguments
    assert json.loads(arguments[arguments.index("--vars") + 1]) == {"refresh_window": True, "tested_days": 35}


def test_a_full_refresh_is_asked_for_by_hand_only():
    assert "--full-refresh" not in dbt_arguments(TransformConfig(daily=True), skip_daily=False)
    assert "--full-refresh" in dbt_arguments(TransformConfig(full_refresh=True), skip_daily=True)


def test_the_daily_models_are_those_with_the_tag():
    def node(kind: str, name: str, *tags: str) -> dict[str, object]:
        return {"resource_type": kind, "schema": "marts", "alias": name, "tags": list(tags)}

    nodes = [node("model", "slow", "daily"), node("model", "fast"), node("test", "checked", "daily")]
    assert daily_relations({"nodes": dict(enumerate(nodes))}) == {("marts", "slow")}
