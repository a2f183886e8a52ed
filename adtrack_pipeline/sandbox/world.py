"""What the API serves: the interface that the simulated and the replayed world share.

Belongs here: tables of objects, the insight query, the row set. Does not belong here: where numbers come from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, Protocol

from adtrack_pipeline.sandbox.graph.catalog import Kind

Level = Literal["account", "campaign", "adset", "ad"]
ARCHIVED_STATES = frozenset({"ARCHIVED", "DELETED"})

Column = Sequence[Any]


class ObjectTable:
    """Objects of one kind in one account, column by column; columns are computed when first asked for.

    A None in a column means that this object lacks the field. Row order is the order of listing.
    """

    def __init__(self, kind: Kind, ids: Sequence[str], columns: Mapping[str, Callable[[], Column]]) -> None:
        self.kind = kind
        self.ids = ids
        self._makers = columns
        self._columns: dict[str, Column] = {"id": ids}
        self._positions: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def names(self) -> frozenset[str]:
        """Fields that at least one object may have."""
        return frozenset(self._makers) | {"id"}

    def column(self, name: str) -> Column | None:
        """The values of one field in row order, or None when no object has it."""
        if name not in self._columns:
            if name not in self._makers:
                return None
            self._columns[name] = self._makers[name]()
        return self._columns[name]

    def position(self, object_id: str) -> int | None:
        """The row of an object."""
        if self._positions is None:
            self._positions = {one: row for row, one in enumerate(self.ids)}
        return self._positions.get(object_id)

    def value(self, name: str, row: int) -> Any:
        """One field of one object; None when it lacks it."""
        column = self.column(name)
        return None if column is None else column[row]


def table_of(kind: Kind, objects: Sequence[Mapping[str, Any]]) -> ObjectTable:
    """A table of ready objects, each with its `id`."""
    makers: dict[str, Callable[[], Column]] = {
        name: partial(_values, objects, name) for name in dict.fromkeys(name for one in objects for name in one)
    }
    return ObjectTable(kind, [str(one["id"]) for one in objects], makers)


def _values(objects: Sequence[Mapping[str, Any]], name: str) -> Column:
    return [one.get(name) for one in objects]


@dataclass(frozen=True)
class MetricFilter:
    """A filter on a number of the row itself (`spend > 10`); `matches` takes the row's text or None."""

    field: str
    matches: Callable[[Any], bool]


@dataclass(frozen=True)
class Restatement:
    """A past day's delivery multiplied by a factor (0: withdrawn): of one ad, or of all (`ad_id` None)."""

    account_id: str
    day: date
    factor: float
    ad_id: str | None = None


@dataclass(frozen=True)
class InsightQuery:
    """A report, resolved: everything a world needs to compute rows.

    `only` restricts to ids per level, `without` leaves ids out (an object nobody lists, as recordings have,
    fails the first and passes the second); `ranges` are inclusive account-local days, one output bucket
    each; `windows` are the attribution windows asked for; `as_of` is the instant of knowledge.
    """

    account_id: str
    level: Level
    fields: tuple[str, ...]
    ranges: tuple[tuple[date, date], ...]
    as_of: datetime
    only: Mapping[Level, frozenset[str]]
    without: Mapping[Level, frozenset[str]]
    windows: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    restated: tuple[Restatement, ...] = ()

    @property
    def hourly(self) -> bool:
        """Rows are per hour of the day."""
        return any(name.startswith("hourly_stats") for name in self.breakdowns)


class RowSet(Protocol):
    """The rows of a report in a fixed order."""

    def __len__(self) -> int:
        """Number of rows; may cost computing them."""
        ...

    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Rows by position; fewer when there are no more."""
        ...

    def at_most(self) -> int:
        """An upper bound of the number of rows that costs nothing."""
        ...


class World(Protocol):
    """A simulated or recorded ad platform. Account ids come without `act_`."""

    keeps_everything: bool  # no retention limit

    def accounts(self, as_of: datetime) -> ObjectTable:
        """All accounts."""
        ...

    def table(self, kind: Kind, account_id: str, as_of: datetime) -> ObjectTable:
        """Objects of one kind in an account, listed or not (archived and deleted ones included)."""
        ...

    def locate(self, object_id: str, as_of: datetime) -> tuple[Kind, str] | None:
        """Kind and account of a campaign, ad set, ad or creative."""
        ...

    def insights(self, query: InsightQuery) -> RowSet:
        """The rows of a report."""
        ...

    def activities(self, account_id: str, since: datetime, until: datetime) -> ObjectTable:
        """The change log between two instants, newest first; ids are its own and never shown."""
        ...

    def timezone(self, account_id: str) -> str:
        """The account's IANA time zone."""
        ...

    def can_break_down(self, breakdowns: Sequence[str]) -> bool:
        """Whether a combination of breakdowns (other than the hour alone) is one that exists."""
        ...

    def ads_in_market(self, account_id: str, as_of: datetime) -> int:
        """Number of active ads, which the quotas of an account depend on."""
        ...

    def ledger(
        self, account_id: str, span: tuple[date, date], as_of: datetime, restatements: tuple[Restatement, ...]
    ) -> list[dict[str, Any]]:
        """The truth per ad and day: `date_day, ad_id, impressions, clicks, spend, purchases, purchase_value`."""
        ...
