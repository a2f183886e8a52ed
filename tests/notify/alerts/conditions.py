"""A day of hourly scans over one small account, written as the monitoring would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from adtrack_pipeline.monitoring.condition import Condition, Level, Scan, Severity, Subject
from adtrack_pipeline.notify.alerts import AlertChanges, AlertOptions, apply_scan

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
ACCOUNT = "100"


def at(hours: float) -> datetime:
    """So many hours after the first scan."""
    return START + timedelta(hours=hours)


def ad(ad_id: str, adset_id: str = "s1", campaign_id: str = "c1", account_id: str = ACCOUNT) -> Subject:
    return Subject(Level.AD, "meta", account_id, campaign_id, adset_id, ad_id, f"Ad {ad_id}")


def campaign(campaign_id: str = "c1", account_id: str = ACCOUNT) -> Subject:
    return Subject(Level.CAMPAIGN, "meta", account_id, campaign_id, name=f"Campaign {campaign_id}")


def account(account_id: str = ACCOUNT) -> Subject:
    return Subject(Level.ACCOUNT, "meta", account_id, name=f"Account {account_id}")


def condition(
    subject: Subject | None = None,
    alert_type: str = "ctr_drop",
    metric: str = "ctr",
    severity: str = "medium",
    **values: Any,
) -> Condition:
    given = {"message": f"{alert_type} of something.", "began_at": START, "seen_at": START, **values}
    return Condition(alert_type, metric, subject or ad("a"), Severity(severity), **given)


@dataclass
class Scans:
    """Applies scans and looks at what is stored."""

    conn: psycopg.Connection[Any]
    options: AlertOptions | None = None

    def __call__(
        self,
        hours: float,
        conditions: Sequence[Condition],
        source: str = "detection",
        accounts: Sequence[str] = (ACCOUNT,),
    ) -> AlertChanges:
        scan = Scan(source, frozenset(accounts), at(hours))
        return apply_scan(self.conn, scan, conditions, self.options)

    def alerts(self, **where: Any) -> list[dict[str, Any]]:
        return self._rows("ops.alerts", "alert_id", where)

    def alert(self, **where: Any) -> dict[str, Any]:
        (only,) = self.alerts(**where)
        return only

    def events(self, **where: Any) -> list[dict[str, Any]]:
        return self._rows("ops.event_outbox", "position", where)

    def news(self) -> list[tuple[str, str]]:
        """What was told so far: (object, change) of each alert event."""
        told = [event for event in self.events() if event["event_type"].endswith("alert")]
        names = {alert["alert_id"]: alert["object_id"] for alert in self.alerts()}
        return [(names[event["alert_id"]], event["change"]) for event in told]

    def sql(self, statement: str, *values: Any) -> Any:
        row = self.conn.execute(statement.encode(), values).fetchone()
        return row[0] if row else None

    def _rows(self, table: str, order: str, where: dict[str, Any]) -> list[dict[str, Any]]:
        conditions = " and ".join(f"{name} = %({name})s" for name in where) or "true"
        with self.conn.cursor(row_factory=dict_row) as cursor:
            query = f"select * from {table} where {conditions} order by {order}"
            return cursor.execute(query.encode(), where).fetchall()
