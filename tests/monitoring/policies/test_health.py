"""When the data itself needs a look."""

from datetime import date, timedelta
from typing import Any

import pytest

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity
from adtrack_pipeline.monitoring.policies import PlatformFacts, fit_accounts
from tests.monitoring.policies.world import NOW, account, found, frames, judge, policies


def told(text: str = "", **said: Any) -> list[Condition]:
    return judge(frames(accounts=[account(**said)]), text)


@pytest.mark.parametrize(("minutes", "is_missing"), [(119, False), (120, True), (6000, True)])
def test_no_sync_for_two_hours(minutes: int, is_missing: bool):
    conditions = told(last_started_at=NOW - timedelta(minutes=minutes))
    assert found(conditions) == ({"sync_missing"} if is_missing else set())


def test_a_missing_sync_says_since_when_and_what_to_look_at():
    [said] = told(last_started_at=NOW - timedelta(hours=3))
    assert said.message == (
        "Account “Shop 1” has not been read for 3 hours: no sync was even started. Is adtrack running?"
    )
    assert (said.began_at, said.actual, said.threshold) == (NOW - timedelta(hours=3), 3.0, 2.0)


def test_when_no_account_is_read_it_is_one_alert_about_adtrack():
    late = {"last_started_at": NOW - timedelta(hours=5)}
    [said] = judge(frames(accounts=[account("1", **late), account("2", **late)]))
    assert (said.subject.level, said.key) == (Level.PIPELINE, "sync_missing:sync:meta:-:pipeline:sync")
    assert said.message.startswith("No account has been read for 5 hours")
    one_of_two = judge(frames(accounts=[account("1"), account("2", **late)]))
    assert [one.subject.account_id for one in one_of_two] == ["2"]


@pytest.mark.parametrize(("failed", "is_failing"), [(5, False), (6, True), (100, True)])
def test_fewer_than_95_percent_of_syncs_went_well(failed: int, is_failing: bool):
    conditions = told(succeeded=100 - failed, failed=failed)
    assert found(conditions) == ({"sync_failing"} if is_failing else set())


def test_a_handful_of_syncs_is_no_success_rate():
    assert told(succeeded=4, failed=5) == []
    assert told(succeeded=0, failed=0) == []
    assert found(told(succeeded=4, failed=6)) == {"sync_failing"}


@pytest.mark.parametrize(("hours", "is_stale"), [(24, False), (24.1, True)])
def test_nothing_complete_for_more_than_a_day(hours: float, is_stale: bool):
    conditions = told(last_ok_at=NOW - timedelta(hours=hours))
    assert found(conditions) == ({"data_stale"} if is_stale else set())


def test_an_account_that_never_got_there_is_late_from_when_it_was_first_seen():
    never = {"last_started_at": None, "last_ok_at": None, "succeeded": 0}
    assert told(**never, first_seen_at=NOW - timedelta(hours=1)) == []
    assert found(told(**never, first_seen_at=NOW - timedelta(days=3))) == {"sync_missing", "data_stale"}


def test_rules_can_differ_by_account():
    text = "overrides: {accounts: {1: {health: {sync_missing: {after_hours: 6}, data_stale: {enabled: false}}}}}"
    assert told(text, last_started_at=NOW - timedelta(hours=5), last_ok_at=NOW - timedelta(days=9)) == []


def version(ends: date | None, text: str = "") -> list[Condition]:
    return judge(frames(facts=PlatformFacts(api_version="v24.0", version_ends=ends, newest_version="v26.0")), text)


@pytest.mark.parametrize(
    ("ends", "severity"),
    [
        (None, None),
        (date(2027, 1, 20), None),
        (date(2027, 1, 18), Severity.MEDIUM),
        (date(2026, 11, 26), Severity.HIGH),
        (date(2026, 11, 20), Severity.HIGH),
        (date(2026, 11, 19), Severity.CRITICAL),
    ],
)
def test_an_api_version_that_is_about_to_die(ends: date | None, severity: Severity | None):
    conditions = version(ends)
    assert [one.severity for one in conditions] == ([severity] if severity else [])


def test_the_end_of_a_version_says_what_to_set():
    [said] = version(date(2026, 11, 30))
    assert said.message == (
        "Marketing API v24.0 stops working on 30 November 2026, in 10 days: set META_API_VERSION=v26.0."
    )
    assert said.subject.level is Level.PIPELINE


@pytest.mark.parametrize(
    ("left", "severity"),
    [
        (None, None),
        (timedelta(days=15), None),
        (timedelta(days=14), Severity.MEDIUM),
        (timedelta(days=7), Severity.HIGH),
        (timedelta(0), Severity.CRITICAL),
    ],
)
def test_a_token_that_is_about_to_expire(left: timedelta | None, severity: Severity | None):
    facts = PlatformFacts(token_expires_at=None if left is None else NOW + left)
    conditions = judge(frames(facts=facts))
    assert [one.severity for one in conditions] == ([severity] if severity else [])
    assert found(conditions) <= {"token_expiring"}


def test_an_ending_keeps_its_beginning_from_hour_to_hour():
    [now], [later] = version(date(2026, 11, 30)), judge(
        frames(
            accounts=[account(last_started_at=NOW + timedelta(hours=5))],
            facts=PlatformFacts(api_version="v24.0", version_ends=date(2026, 11, 30)),
        ),
        now=NOW + timedelta(hours=5),
    )  # fmt: skip
    assert now.began_at == later.began_at


def test_switched_off_rules_say_nothing():
    names = ("sync_missing", "sync_failing", "data_stale", "api_version_ending", "token_expiring")
    off = f"health: {{{', '.join(f'{name}: {{enabled: false}}' for name in names)}}}"
    assert version(date(2020, 1, 1), off) == []
    assert told(off, last_started_at=NOW - timedelta(days=9), last_ok_at=None, failed=900) == []


def test_only_accounts_with_fresh_data_are_fit_for_their_alerts_to_end():
    accounts = [account("1"), account("2", last_ok_at=NOW - timedelta(hours=25)), account("3", last_ok_at=None)]
    assert fit_accounts(frames(accounts=accounts), policies(), now=NOW) == {"1"}
