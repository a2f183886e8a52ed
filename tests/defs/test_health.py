"""When a check turns red, and what it says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from adtrack_pipeline.defs.ingestion.health import (
    Covered,
    KnownAccount,
    Standing,
    accounts_verdict,
    hour_verdict,
    last_hour_due,
    rejected_verdict,
    restated_verdict,
)
from adtrack_pipeline.defs.ingestion.verdicts import check_result
from adtrack_pipeline.ingestion import AccountOutcome
from adtrack_pipeline.ingestion.outcome import Outcome

NOW = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)
BERLIN = KnownAccount("1", "Berlin shop", "Europe/Berlin")
TONGA = KnownAccount("2", "Tonga shop", "Pacific/Tongatapu")


def outcome(account: str = "1", result: Outcome = "ok", **more: Any) -> AccountOutcome:
    return AccountOutcome(account, "insights_daily", f"shop {account}", outcome=result, **more)


def read_at(instant: datetime, day: date, account: str = "1", report: str = "insights_hourly") -> Covered:
    return Covered(account, report, day, instant)


def standing(account: str, result: Outcome, last_ok_at: datetime | None = None) -> Standing:
    return Standing(account, f"shop {account}", "insights_daily", result, "Why it failed.", last_ok_at)


def test_all_well_is_one_sentence():
    verdict = accounts_verdict([outcome("1"), outcome("2")], [])
    assert verdict.passed
    assert verdict.sentence == "2 accounts read completely."


def test_a_failing_account_is_named_with_its_reason_and_since_when():
    bad = outcome("2", "failed", error="The access token has expired.")
    verdict = accounts_verdict([outcome("1"), bad], [standing("2", "failed", NOW - timedelta(days=1))])
    assert (verdict.passed, verdict.needs_people) == (False, True)
    assert verdict.sentence == "1 account of 2 accounts not read completely."
    [line] = verdict.lines
    assert line["account"] == "shop 2"
    assert line["last complete"] == "2026-11-19 10:40 UTC"
    assert line["why"] == "The access token has expired."


def test_a_run_for_one_account_does_not_turn_another_accounts_failure_green():
    verdict = accounts_verdict([outcome("1")], [standing("1", "ok"), standing("2", "failed"), standing("3", "ok")])
    assert not verdict.passed
    assert verdict.sentence == "1 account of 3 accounts not read completely."
    assert [line["why"] for line in verdict.lines] == ["Why it failed."]


def test_what_this_run_did_counts_more_than_how_things_stood():
    assert accounts_verdict([outcome("2")], [standing("2", "failed")]).passed


def test_an_account_that_was_never_read_says_never():
    [line] = accounts_verdict([outcome("1", "failed")], []).lines
    assert line["last complete"] == "never"


@pytest.mark.parametrize(("result", "severity"), [("deferred", "WARN"), ("partial", "ERROR"), ("failed", "ERROR")])
def test_waiting_for_quota_only_warns_and_everything_else_calls_for_people(result: str, severity: str):
    key = dg.AssetKey(["raw", "insights_daily"])
    told = check_result("accounts_read", key, accounts_verdict([outcome(result=result)], []))
    assert not told.passed
    assert told.severity is dg.AssetCheckSeverity[severity]


def test_rows_in_quarantine_turn_their_check_yellow_and_are_counted_per_account():
    verdict = rejected_verdict([outcome("1", rows_rejected=3), outcome("2")])
    assert (verdict.passed, verdict.needs_people) == (False, False)
    assert [(line["account"], line["rejected"]) for line in verdict.lines] == [("shop 1", 3)]
    assert rejected_verdict([outcome()]).passed


def test_an_hour_is_due_half_an_hour_after_it_ended():
    assert last_hour_due(NOW.replace(minute=29)) == NOW.replace(hour=9, minute=0)
    assert last_hour_due(NOW.replace(minute=31)) == NOW.replace(hour=10, minute=0)


def test_an_hour_read_after_it_ended_is_there():
    coverage = [read_at(NOW.replace(minute=7), date(2026, 11, 20))]
    assert hour_verdict(NOW, [BERLIN], coverage, "insights_hourly").passed


def test_an_hour_last_read_before_it_ended_is_missing():
    coverage = [read_at(NOW.replace(hour=9, minute=7), date(2026, 11, 20))]
    verdict = hour_verdict(NOW, [BERLIN], coverage, "insights_hourly")
    assert (verdict.passed, verdict.needs_people) == (False, True)
    assert [line["account"] for line in verdict.lines] == ["Berlin shop"]


def test_a_report_says_nothing_about_another_report():
    coverage = [read_at(NOW, date(2026, 11, 20), report="insights_daily")]
    assert not hour_verdict(NOW, [BERLIN], coverage, "insights_hourly").passed


def test_the_last_hour_of_a_day_belongs_to_that_day_in_the_accounts_own_zone():
    after_midnight = datetime(
        2026, 11, 20, 11, 45, tzinfo=UTC
    )  # 00:45 on the 21st in Tonga; 11:00 UTC was midnight
    yesterday = read_at(after_midnight.replace(minute=7), date(2026, 11, 20), "2")
    assert hour_verdict(after_midnight, [TONGA], [yesterday], "insights_hourly").passed
    today_only = read_at(after_midnight.replace(minute=7), date(2026, 11, 21), "2")
    assert not hour_verdict(after_midnight, [TONGA], [today_only], "insights_hourly").passed


def test_an_account_that_was_never_covered_is_missing_its_hour():
    verdict = hour_verdict(NOW, [BERLIN, TONGA], [read_at(NOW, date(2026, 11, 20))], "insights_hourly")
    assert [(line["account"], line["last read"]) for line in verdict.lines] == [("Tonga shop", "never")]


def test_days_that_meta_still_restates_must_have_been_read_again():
    fresh = read_at(NOW - timedelta(hours=30), date(2026, 11, 1))
    stale = read_at(NOW - timedelta(hours=40), date(2026, 11, 2))
    final = read_at(NOW - timedelta(days=90), date(2026, 8, 1))
    report = "insights_hourly"
    assert restated_verdict(NOW, [BERLIN], [fresh, final], report, 28).passed
    verdict = restated_verdict(NOW, [BERLIN], [fresh, stale, final], report, 28)
    assert (verdict.passed, verdict.needs_people) == (False, False)
    assert [(line["account"], line["days"]) for line in verdict.lines] == [("Berlin shop", 1)]


def test_an_account_nobody_answers_for_any_more_turns_nothing_red():
    gone = read_at(NOW - timedelta(days=3), date(2026, 11, 10), "99")
    assert restated_verdict(NOW, [BERLIN], [gone], "insights_hourly", 28).passed
    assert hour_verdict(NOW, [], [gone], "insights_hourly").passed
