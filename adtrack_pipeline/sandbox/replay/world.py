"""The recorded world: a folder's objects and rows behind the interface that the API serves.

Hourly reports are empty (the recordings have none); nothing is too old.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.replay.loading import Record, Recording, load_recording
from adtrack_pipeline.sandbox.replay.rows import number, plain, report_rows, restated
from adtrack_pipeline.sandbox.world import InsightQuery, Level, ObjectTable, Restatement, table_of

_FILES = {Kind.CAMPAIGN: "campaigns", Kind.ADSET: "adsets", Kind.AD: "ads", Kind.CREATIVE: "creatives"}
_OWN_ID: dict[Level, str] = {"campaign": "campaign_id", "adset": "adset_id", "ad": "ad_id"}


class ReplayWorld:
    """Recorded objects and rows."""

    keeps_everything = True

    def __init__(self, folder: Path) -> None:
        self.recording: Recording = load_recording(folder)
        self._accounts = table_of(Kind.ACCOUNT, [_account_object(one) for one in self.recording.accounts])
        self._tables = {
            (kind, account["account_id"]): table_of(kind, _of(self.recording.objects[name], account["account_id"]))
            for kind, name in _FILES.items()
            for account in self.recording.accounts
        }
        self._places = {object_id: key for key, table in self._tables.items() for object_id in table.ids}
        self._rows = {
            account["account_id"]: _of(self.recording.rows, account["account_id"])
            for account in self.recording.accounts
        }

    def accounts(self, as_of: datetime) -> ObjectTable:
        """All recorded accounts."""
        return self._accounts

    def table(self, kind: Kind, account_id: str, as_of: datetime) -> ObjectTable:
        """Recorded objects of one kind."""
        return self._tables[kind, account_id]

    def locate(self, object_id: str, as_of: datetime) -> tuple[Kind, str] | None:
        """Kind and account of a recorded object."""
        return self._places.get(object_id)

    def insights(self, query: InsightQuery) -> "RecordedRows":
        """Rows that the filters leave, summed where the report asks for it."""
        if query.breakdowns:
            return RecordedRows([], query)
        rows = [row for row in self._rows[query.account_id] if _kept(row, query)]
        rows = restated(rows, query.restated)
        found = [row for row in report_rows(rows, query) if _matches(row, query)]
        return RecordedRows(found, query)

    def activities(self, account_id: str, since: datetime, until: datetime) -> ObjectTable:
        """Recorded changes between two instants, newest first."""
        found = [one for one in _of(self.recording.activities, account_id) if _between(one, since, until)]
        found.sort(key=lambda one: str(one.get("event_time")), reverse=True)
        return table_of(Kind.ACTIVITY, [{**one, "id": str(place)} for place, one in enumerate(found)])

    def timezone(self, account_id: str) -> str:
        """The recorded time zone, UTC when none was."""
        row = self._accounts.position(f"act_{account_id}")
        return str((row is not None and self._accounts.value("timezone_name", row)) or "UTC")

    def can_break_down(self, breakdowns: Sequence[str]) -> bool:
        """Anything: recordings have no breakdowns, so the answer is empty."""
        return True

    def ads_in_market(self, account_id: str, as_of: datetime) -> int:
        """Number of ads recorded as active."""
        states: Iterable[Any] = self._tables[Kind.AD, account_id].column("effective_status") or ()
        return sum(state == "ACTIVE" for state in states)

    def ledger(
        self, account_id: str, span: tuple[date, date], as_of: datetime, restatements: tuple[Restatement, ...]
    ) -> list[dict[str, Any]]:
        """Sums per ad and day over the recorded rows."""
        return [
            _ledger_entry(row)
            for row in restated(self._rows[account_id], restatements)
            if span[0].isoformat() <= row["date_start"] and row["date_stop"] <= span[1].isoformat()
        ]


class RecordedRows:
    """A report's rows with the fields asked for; a field the recording lacks is left out."""

    def __init__(self, rows: Sequence[Record], query: InsightQuery) -> None:
        self._rows = rows
        self._fields = dict.fromkeys((*query.fields, "date_start", "date_stop"))

    def __len__(self) -> int:
        return len(self._rows)

    def at_most(self) -> int:
        """Number of rows."""
        return len(self._rows)

    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        """Rows by position, cut to the fields asked for."""
        return [{name: row[name] for name in self._fields if name in row} for row in self._rows[start:stop]]


def _of(records: Iterable[Record], account_id: str) -> list[Record]:
    return [one for one in records if one["account_id"] == account_id]


def _account_object(record: Record) -> Record:
    return {**record, "id": f"act_{record['account_id']}"}


def _kept(row: Record, query: InsightQuery) -> bool:
    own = {level: str(row.get(name, "")) for level, name in _OWN_ID.items()}
    return all(own[level] in ids for level, ids in query.only.items()) and not any(
        own[level] in ids for level, ids in query.without.items()
    )


def _matches(row: Record, query: InsightQuery) -> bool:
    return all(one.matches(row.get(one.field)) for one in query.metric_filters)


def _between(one: Record, since: datetime, until: datetime) -> bool:
    try:
        instant = datetime.fromisoformat(str(one.get("event_time")))
    except ValueError:
        return True
    return instant.tzinfo is None or since <= instant <= until


def _ledger_entry(row: Record) -> dict[str, Any]:
    entry: dict[str, Any] = {"date_day": row["date_start"], "ad_id": str(row.get("ad_id", ""))}
    for name in ("impressions", "clicks", "spend"):
        value = number(row.get(name, "0"))
        entry[name] = plain(value if value is not None else Decimal(0))
    return entry
