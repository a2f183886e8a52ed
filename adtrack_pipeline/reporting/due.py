"""Which reports are due at a moment. Pure: instants in, decisions out.

An account's report is due once its morning has come and yesterday's complete answer has been read; three hours
later it is due in any case, and says what is missing. The one over all accounts follows the last account's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GRACE = timedelta(hours=3)


@dataclass(frozen=True)
class Standing:
    """How an account stands.

    Attributes:
        platform: its platform.
        account_id: its id.
        timezone: its time zone's name; None: UTC.
        read_at: per day, when the newest complete answer about it was fetched.
        built: per day, whether the newest report was complete; days without a report are not there.
    """

    platform: str
    account_id: str
    timezone: str | None
    read_at: Mapping[date, datetime]
    built: Mapping[date, bool]

    def yesterday(self, now: datetime) -> date:
        """The last day that is over for this account."""
        return now.astimezone(self._zone).date() - timedelta(days=1)

    def is_read(self, day: date) -> bool:
        """Whether the day was read completely after it was over."""
        read = self.read_at.get(day)
        return read is not None and read >= self._at(day + timedelta(days=1), 0)

    def is_due(self, now: datetime, hour: int) -> bool:
        """Whether to build now: for the first time, or again because what was missing has come."""
        day = self.yesterday(now)
        if day in self.built:
            return not self.built[day] and self.is_read(day)
        morning = self._at(day + timedelta(days=1), hour)
        return now >= morning and (self.is_read(day) or now >= morning + GRACE)

    def still_waits(self, day: date, now: datetime, hour: int) -> bool:
        """Whether the account's own report is yet to come; one that cannot be built holds nobody up for long."""
        return day not in self.built and now < self._at(day + timedelta(days=1), hour) + GRACE

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone or "UTC")

    def _at(self, day: date, hour: int) -> datetime:
        """An hour of the account's day as an instant; one that the clocks skip is the hour after."""
        return datetime.combine(day, time(hour), tzinfo=self._zone)


def due_accounts(standings: Sequence[Standing], now: datetime, hour: int) -> list[tuple[Standing, date]]:
    """Accounts whose report is to be built now, with its day."""
    return [(one, one.yesterday(now)) for one in standings if one.is_due(now, hour)]


def due_overall(
    standings: Sequence[Standing],
    built: Mapping[date, bool],
    now: datetime,
    hour: int,
    *,
    are_complete: Mapping[date, bool],
) -> date | None:
    """The day of the report over all accounts, if it is to be built now; None for fewer than two accounts.

    Args:
        standings: every account that is still read.
        built: per day, whether the newest overall report was complete.
        now: aware.
        hour: of the morning.
        are_complete: per day, whether every account's own report is.
    """
    if len(standings) < 2:
        return None
    day = min(one.yesterday(now) for one in standings)
    if any(one.still_waits(day, now, hour) for one in standings):
        return None
    if day in built:
        return day if not built[day] and are_complete.get(day, False) else None
    return day
