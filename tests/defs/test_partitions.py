"""Days of ad accounts all over the world on one axis of partitions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from adtrack_pipeline.defs.partitions import day_partitions, first_day, open_days, range_tags

START = date(2017, 12, 1)
ZONES = ["Etc/GMT+12", "Pacific/Honolulu", "America/Los_Angeles", "UTC", "Asia/Kathmandu", "Pacific/Auckland"]
FURTHEST = ["Pacific/Tongatapu", "Pacific/Kiritimati"]  # UTC+13 and UTC+14


def test_the_newest_partition_is_tomorrow_in_utc():
    now = datetime.now(UTC)
    days = day_partitions(now, START)
    assert days.get_last_partition_key() == (now.date() + timedelta(days=1)).isoformat()
    assert days.get_first_partition_key() == "2017-12-01"


@pytest.mark.parametrize("instant", ["2021-01-15T12:00:00+00:00", "2031-05-05T23:59:00+00:00"])
def test_an_injected_clock_moves_the_newest_partition_into_the_past_or_the_future(instant: str):
    now = datetime.fromisoformat(instant)
    days = day_partitions(now, START)
    tomorrow = now.date() + timedelta(days=1)
    keys = days.get_partition_keys()
    assert keys[-1] == days.get_last_partition_key() == tomorrow.isoformat()
    assert not days.has_partition_key((tomorrow + timedelta(days=1)).isoformat())


def test_partitions_begin_with_the_month_meta_still_keeps():
    assert first_day(datetime(2026, 11, 20, tzinfo=UTC), None) == date(2023, 10, 1)
    assert first_day(datetime(2026, 1, 31, tzinfo=UTC), None) == date(2022, 12, 1)


def test_a_configured_start_wins_and_a_backfill_before_it_still_has_its_partitions():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert first_day(now, "2019-05-05") == date(2019, 5, 5)
    assert first_day(now, "2026-01-01", asked=date(2020, 2, 2)) == date(2020, 2, 2)
    assert first_day(now, "2019-05-05", asked=date(2020, 2, 2)) == date(2019, 5, 5)


@pytest.mark.parametrize("zone", ZONES + FURTHEST)
def test_the_open_days_hold_today_and_yesterday_of_every_account_at_any_hour(zone: str):
    for hour in range(0, 24 * 366, 7):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=7)
        first, last = open_days(now, recent_days=2)
        today = now.astimezone(ZoneInfo(zone)).date()
        assert first <= today - timedelta(days=1)
        assert today <= last


def test_the_open_days_are_as_few_as_the_earth_allows():
    spans = set()
    for hour in range(24):
        first, last = open_days(datetime(2026, 6, 15, hour, 30, tzinfo=UTC), recent_days=2)
        spans.add((last - first).days + 1)
    assert spans == {3, 4}


def test_the_newest_open_day_always_has_a_partition():
    for hour in range(24):
        now = datetime.now(UTC).replace(hour=hour, minute=59)
        _, last = open_days(now, recent_days=2)
        assert day_partitions(now, START).has_partition_key(last.isoformat())


def test_a_run_over_several_days_is_tagged_with_the_first_and_the_last():
    assert range_tags(date(2026, 3, 1), date(2026, 3, 7)) == {
        "dagster/asset_partition_range_start": "2026-03-01",
        "dagster/asset_partition_range_end": "2026-03-07",
    }
