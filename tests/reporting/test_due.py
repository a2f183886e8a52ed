"""When a report is due: at the account's own morning, never before the data is in, never much later."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adtrack_pipeline.reporting.due import Standing, due_accounts, due_overall

DAY = date(2026, 11, 19)
HOUR = 7


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def standing(account_id: str = "1", zone: str | None = "UTC", read: str | None = None, **built: Any) -> Standing:
    days = {date.fromisoformat(day.removeprefix("d").replace("_", "-")): whole for day, whole in built.items()}
    read_at = {at(read).date() - timedelta(days=1): at(read)} if read else {}
    return Standing("meta", account_id, zone, read_at, days)


def test_it_is_due_in_the_morning_once_yesterday_was_read():
    one = standing(read="2026-11-20T06:10:00")
    assert not one.is_due(at("2026-11-20T06:59:00"), HOUR)
    assert one.is_due(at("2026-11-20T07:00:00"), HOUR)
    assert due_accounts([one], at("2026-11-20T07:00:00"), HOUR) == [(one, DAY)]


def test_it_waits_for_the_data_and_three_hours_later_no_more():
    one = standing()
    assert not one.is_due(at("2026-11-20T09:59:00"), HOUR)
    assert one.is_due(at("2026-11-20T10:00:00"), HOUR)


def test_an_answer_from_before_the_day_was_over_is_not_yesterdays_complete_answer():
    half = Standing("meta", "1", "UTC", {DAY: at("2026-11-19T23:10:00")}, {})
    assert not half.is_read(DAY)
    assert not half.is_due(at("2026-11-20T07:30:00"), HOUR)


def test_once_a_day_and_again_only_when_what_was_missing_has_come():
    now = at("2026-11-20T11:00:00")
    assert not standing(read="2026-11-20T06:00:00", d2026_11_19=True).is_due(now, HOUR)
    assert not standing(d2026_11_19=False).is_due(now, HOUR)
    assert standing(read="2026-11-20T10:30:00", d2026_11_19=False).is_due(now, HOUR)


@pytest.mark.parametrize(
    ("zone", "due_at"),
    [
        ("Pacific/Auckland", "2026-11-19T18:00:00"),
        ("America/Los_Angeles", "2026-11-20T15:00:00"),
        ("Asia/Kolkata", "2026-11-20T01:30:00"),
        (None, "2026-11-20T07:00:00"),
    ],
)
def test_the_morning_is_the_accounts_own(zone: str | None, due_at: str):
    one = Standing("meta", "1", zone, {DAY: at("2026-11-22T00:00:00")}, {})
    assert one.is_due(at(due_at), HOUR)
    assert one.yesterday(at(due_at)) == DAY
    assert not one.is_due(at(due_at) - timedelta(minutes=1), HOUR)


@pytest.mark.parametrize(
    ("day", "hour", "due_at"),
    [
        ("2026-03-28", 7, "2026-03-29T05:00:00"),  # Berlin springs forward: 07:00 is UTC+2 that morning
        ("2026-10-24", 7, "2026-10-25T06:00:00"),  # and falls back: UTC+1
        ("2026-03-28", 2, "2026-03-29T01:00:00"),  # 02:00 does not exist: the hour after
    ],
)
def test_on_the_morning_the_clocks_change_it_is_due_at_the_local_hour(day: str, hour: int, due_at: str):
    one = Standing("meta", "1", "Europe/Berlin", {date.fromisoformat(day): at("2026-12-01T00:00:00")}, {})
    assert one.is_due(at(due_at), hour)
    assert not one.is_due(at(due_at) - timedelta(minutes=1), hour)
    assert one.yesterday(at(due_at)) == date.fromisoformat(day)


def test_the_overall_report_follows_the_last_account():
    early = standing("1", "Pacific/Auckland", d2026_11_19=True)
    late = standing("2", "America/Los_Angeles")
    now = at("2026-11-20T10:00:00")  # in Los Angeles it is 02:00
    assert due_overall([early, late], {}, now, HOUR, are_complete={}) is None
    done = standing("2", "America/Los_Angeles", d2026_11_19=True)
    assert due_overall([early, done], {}, at("2026-11-20T15:30:00"), HOUR, are_complete={}) == DAY
    assert (
        due_overall([early, done], {DAY: True}, at("2026-11-20T16:30:00"), HOUR, are_complete={DAY: True}) is None
    )


def test_the_overall_report_is_built_again_when_the_missing_account_has_come():
    accounts = [standing("1", d2026_11_19=True), standing("2", d2026_11_19=True)]
    now = at("2026-11-20T11:00:00")
    assert due_overall(accounts, {DAY: False}, now, HOUR, are_complete={DAY: False}) is None
    assert due_overall(accounts, {DAY: False}, now, HOUR, are_complete={DAY: True}) == DAY


def test_an_account_that_is_new_today_and_a_day_ahead_does_not_hold_up_the_others():
    ahead = standing("1", "Pacific/Auckland", d2026_11_20=True)  # seen for the first time after its 19th
    done = standing("2", "America/Los_Angeles", d2026_11_19=True)
    assert due_overall([ahead, done], {}, at("2026-11-20T19:00:00"), HOUR, are_complete={}) == DAY


def test_an_account_whose_report_cannot_be_built_holds_up_the_others_for_three_hours_only():
    accounts = [standing("1", d2026_11_19=True), standing("2")]
    assert due_overall(accounts, {}, at("2026-11-20T09:50:00"), HOUR, are_complete={}) is None
    assert due_overall(accounts, {}, at("2026-11-20T10:00:00"), HOUR, are_complete={}) == DAY


def test_one_account_needs_no_report_over_all():
    assert due_overall([standing(d2026_11_19=True)], {}, at("2026-11-20T12:00:00"), HOUR, are_complete={}) is None
