"""Which account-local days to read now: pure functions of coverage, settings and the account's own today.

Does not belong here: reading the clock or the database; callers hand both in.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

CHUNK_DAYS = 92  # one commit: big enough for few API reports, small enough that a crash repeats little


@dataclass(frozen=True, order=True)
class Window:
    """A closed range of account-local days."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"The window starts on {self.since}, after its end on {self.until}.")

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.until - self.since).days + 1

    def each_day(self) -> Iterator[date]:
        """Its days in order."""
        return (self.since + timedelta(days=n) for n in range(self.days))


def trailing(today: date, days: int) -> Window:
    """The last `days` days, today included."""
    return Window(today - timedelta(days=days - 1), today)


def clip_to_today(since: date, until: date, today: date) -> Window | None:
    """A requested range without the account's future; None when nothing is left of it."""
    return Window(since, min(until, today)) if since <= today else None


def due(today: date, recent_days: int, initial_days: int, covered: Collection[date]) -> list[Window]:
    """What an hourly run has to read: the recent days, and every day of the initial window not covered.

    One rule serves the first sight of an account, a first backfill that was cut off, and the days the
    pipeline was down. Newest first, so that today's numbers do not wait for last month's.
    """
    recent = set(trailing(today, recent_days).each_day())
    never_read = set(trailing(today, max(initial_days, recent_days)).each_day()) - set(covered)
    return chunks(runs_of(recent | never_read))


def enough(today: date, restatement_days: int, read_on: Mapping[date, date]) -> set[date]:
    """Days that were read late enough, from the account-local day on which each was last read.

    A day last read while it was running lacks its evening. One that is final by now, but was last read while the
    platform could still restate it, is not what it is called: nightly runs were missing for weeks.
    """
    final = timedelta(days=restatement_days)
    return {day for day, read in read_on.items() if read > day and (today - day <= final or read - day >= final)}


def runs_of(days: Collection[date]) -> list[Window]:
    """Group days into closed ranges without holes, oldest first."""
    windows: list[Window] = []
    for day in sorted(days):
        if windows and windows[-1].until + timedelta(days=1) == day:
            windows[-1] = Window(windows[-1].since, day)
        else:
            windows.append(Window(day, day))
    return windows


def chunks(windows: Collection[Window], size: int = CHUNK_DAYS) -> list[Window]:
    """Cut ranges into pieces of at most `size` days, newest first."""
    pieces = []
    for window in windows:
        until = window.until
        while until >= window.since:
            since = max(window.since, until - timedelta(days=size - 1))
            pieces.append(Window(since, until))
            until = since - timedelta(days=1)
    return sorted(pieces, reverse=True)
