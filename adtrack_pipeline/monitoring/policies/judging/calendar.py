"""Which day it is in an account, and how long it still lasts."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd


@lru_cache(maxsize=512)
def zone(name: str | None) -> ZoneInfo:
    """The time zone; UTC for a name this machine does not know, as in the warehouse."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def local_today(timezone_name: str | None, now: datetime) -> date:
    """The account's calendar day at `now`."""
    return now.astimezone(zone(timezone_name)).date()


def starts_at(day: date, timezone_name: str | None) -> datetime:
    """The instant an account's day begins, in UTC."""
    return datetime.combine(day, time(), zone(timezone_name)).astimezone(UTC)


def hours_left(timezone_name: str | None, now: datetime) -> float:
    """Hours until the account's day ends: real ones, so that days of 23 and 25 hours come out right."""
    tomorrow = local_today(timezone_name, now) + timedelta(days=1)
    return (starts_at(tomorrow, timezone_name) - now.astimezone(UTC)).total_seconds() / 3600


def hours_gone(timezone_name: str | None, now: datetime) -> float:
    """Hours since the account's day began."""
    return (now.astimezone(UTC) - starts_at(local_today(timezone_name, now), timezone_name)).total_seconds() / 3600


def dated(days: pd.DataFrame, accounts: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Days with their account's `currency` and `timezone_name`, and `days_ago`: 0 is the account's today.

    Days of accounts that are not listed are left out.
    """
    known = accounts[["platform", "account_id", "account_name", "currency", "timezone_name"]].copy()
    known["today"] = pd.to_datetime([local_today(name, now) for name in known["timezone_name"]])
    merged = days.merge(known, on=["platform", "account_id"], how="inner")
    merged["days_ago"] = (merged["today"] - merged["date_day"]).dt.days
    return merged.drop(columns="today")


def hour_of(now: datetime) -> datetime:
    """The running hour's beginning, UTC."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
