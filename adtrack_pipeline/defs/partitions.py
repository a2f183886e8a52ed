"""The day partitions of the insight tables and which of them are open now: pure functions of a clock.

A partition is a calendar day of the ad account. Accounts from UTC-12 to UTC+14 share one axis, so the newest
partition is tomorrow in UTC: it has begun somewhere.
"""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
MONTHS_OF_HISTORY = 37  # as far back as Meta keeps ad insights
EARLIEST_ZONE = timedelta(hours=14)
LATEST_ZONE = timedelta(hours=-12)


def first_day(now: datetime, start_day: str | None, asked: date | None = None) -> date:
    """The first partition: as configured, else the first of the month 37 months ago; never after `asked`."""
    months = now.year * 12 + now.month - 1 - MONTHS_OF_HISTORY
    start = date.fromisoformat(start_day) if start_day else date(months // 12, months % 12 + 1, 1)
    return min(start, asked) if asked else start


def day_partitions(now: datetime, start: date) -> dg.DailyPartitionsDefinition:
    """Days from `start` to tomorrow in UTC, as seen at `now`.

    Dagster counts from the machine's clock; an injected clock becomes an offset from it. Its `end_date` would
    read better and is ignored by the paginated listing the UI uses (1.13.27).
    """
    ahead = (now.astimezone(UTC).date() - datetime.now(UTC).date()).days
    return dg.DailyPartitionsDefinition(start_date=start.isoformat(), end_offset=ahead + 2)


def open_days(now: datetime, recent_days: int) -> tuple[date, date]:
    """First and last day that an hourly run may touch: today and yesterday of every time zone on Earth.

    Args:
        now: an aware instant.
        recent_days: how many account-local days an hourly run reads, today included.
    """
    oldest_today = (now.astimezone(UTC) + LATEST_ZONE).date()
    newest_today = (now.astimezone(UTC) + EARLIEST_ZONE).date()
    return oldest_today - timedelta(days=recent_days - 1), newest_today


def range_tags(since: date, until: date) -> dict[str, str]:
    """Run tags that make one run stand for a range of partitions."""
    return {RANGE_START_TAG: since.isoformat(), RANGE_END_TAG: until.isoformat()}
