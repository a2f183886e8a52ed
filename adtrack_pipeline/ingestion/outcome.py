"""What a sync did, per account and report: the record that checks, the CLI and `ops.sync_runs` tell from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from adtrack_pipeline.platforms.base import CallStats, ErrorClass, PlatformError
from adtrack_pipeline.warehouse.load import LoadResult

Outcome = Literal["ok", "partial", "deferred", "failed"]


@dataclass
class AccountOutcome:
    """One account × report (or object kind). Money in the account's currency, major units."""

    account_id: str
    report: str
    account_name: str | None = None
    currency: str | None = None
    outcome: Outcome = "ok"
    since: date | None = None
    until: date | None = None
    stats: CallStats = field(default_factory=CallStats)
    rows_fetched: int = 0
    rows_changed: int = 0
    rows_withdrawn: int = 0
    rows_rejected: int = 0
    spend: Decimal = Decimal(0)
    conversions: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    seconds: float = 0.0
    error: str | None = None
    needs_a_person: bool = False

    def fail(self, error: Exception) -> None:
        """Record why it stopped; what was committed before stays, and makes it partial."""
        self.error = str(error) or type(error).__name__
        if isinstance(error, PlatformError):
            self.needs_a_person = error.error_class is ErrorClass.ALERT
            if error.error_class is ErrorClass.WAIT:
                self.outcome = "deferred"
                return
        self.outcome = "partial" if self.since else "failed"

    def add(self, result: LoadResult, since: date, until: date) -> None:
        """Count one committed window."""
        self.since = min(filter(None, (self.since, since)))
        self.until = max(filter(None, (self.until, until)))
        for name in ("rows_fetched", "rows_changed", "rows_withdrawn", "rows_rejected"):
            setattr(self, name, getattr(self, name) + getattr(result, name))
        self.spend += result.spend
        self.conversions += result.conversions
        self.revenue += result.revenue

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; decimals and days as text."""
        record = asdict(self)
        record.update(record.pop("stats"))
        return {key: _plain(value) for key, value in record.items()}


@dataclass
class SyncSummary:
    """All outcomes of one sync."""

    outcomes: list[AccountOutcome] = field(default_factory=list)

    def extend(self, other: "SyncSummary") -> None:
        """Add the outcomes of another part of the same run."""
        self.outcomes.extend(other.outcomes)

    @property
    def failures(self) -> list[AccountOutcome]:
        """Everything that did not end well, deferred work included."""
        return [one for one in self.outcomes if one.outcome != "ok"]

    @property
    def accounts(self) -> list[str]:
        """The accounts that were tried, in order of first appearance."""
        return list(dict.fromkeys(one.account_id for one in self.outcomes if one.account_id))

    @property
    def nothing_succeeded(self) -> bool:
        """True when not one account got anything: then the run itself has failed."""
        return bool(self.outcomes) and all(one.outcome == "failed" for one in self.outcomes)

    def of(self, report: str) -> list[AccountOutcome]:
        """The outcomes of one report or object kind (a table's name in `raw`)."""
        return [one for one in self.outcomes if one.report == report]

    def total(self, name: str, outcomes: Sequence[AccountOutcome] | None = None) -> int:
        """Sum a count over outcomes: `rows_changed`, `api_calls`, ..."""
        chosen = self.outcomes if outcomes is None else outcomes
        owners = (one.stats if hasattr(one.stats, name) else one for one in chosen)
        return sum(int(getattr(owner, name)) for owner in owners)

    def to_json(self) -> list[dict[str, Any]]:
        """One plain record per outcome."""
        return [one.to_json() for one in self.outcomes]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value
