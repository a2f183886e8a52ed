"""Writing alerts and events as the product does, for tests that deliver them."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

AT = datetime(2026, 3, 8, 12, tzinfo=UTC)


def write_events(conn: psycopg.Connection[Any], *events: dict[str, Any]) -> None:
    """Append events in one transaction; what is not given is a campaign's metrics."""
    conn.execute("select ops.append_events(%s)", [Jsonb([_event(**event) for event in events])])


def metrics(campaign: str = "c1", n: int = 0) -> dict[str, Any]:
    """A `campaign.metrics_updated` of a campaign, with a number to tell it by."""
    return {
        "campaign_id": campaign,
        "data": {"project_id": "p", "campaign_id": campaign, "metrics": {"clicks": n}},
    }


def write_alert(
    conn: psycopg.Connection[Any],
    *,
    campaign: str = "c1",
    severity: str = "high",
    change: str = "opened",
    alert_type: str = "ctr_drop",
    message: str = "CTR fell by half.",
    name: str = "Spring sale",
    money: float | None = 120.0,
    account: str = "111",
    alert_id: int | None = None,
    evidence: dict[str, Any] | None = None,
) -> int:
    """An alert with its event, in one transaction; with `alert_id` only another event about it."""
    with conn.transaction():
        if alert_id is None:
            alert_id = _alert(conn, campaign, severity, alert_type, message, name, money, account, evidence or {})
        data = {"project_id": "p", "campaign_id": campaign, "alert": {"alertId": alert_id, "message": message}}
        event = {
            "event_type": "campaign.performance_alert",
            "campaign_id": campaign,
            "account_id": account,
            "alert_id": alert_id,
            "alert_type": alert_type,
            "severity": severity,
            "change": change,
            "data": data,
        }
        write_events(conn, event)
    return alert_id


def _event(**given: Any) -> dict[str, Any]:
    return {
        "event_type": "campaign.metrics_updated",
        "platform": "meta",
        "account_id": "111",
        "campaign_id": "c1",
        "data": {},
        "occurred_at": AT.isoformat(),
        **given,
    }


def _alert(
    conn: psycopg.Connection[Any],
    campaign: str,
    severity: str,
    alert_type: str,
    message: str,
    name: str,
    money: float | None,
    account: str,
    evidence: dict[str, Any],
) -> int:
    row = conn.execute(
        """
        insert into ops.alerts (
            alert_key, alert_type, metric, level, platform, account_id, campaign_id, object_id, object_name,
            severity, pages, message, expected, actual, money_at_stake, currency, evidence, source,
            began_at, first_seen_at, last_seen_at, opened_at
        ) values (
            gen_random_uuid()::text, %s, 'ctr', 'campaign', 'meta', %s, %s, %s, %s,
            %s, true, %s, 2.0, 1.0, %s, 'EUR', %s, 'detection', %s, %s, %s, %s
        ) returning alert_id
        """,
        [alert_type, account, campaign, campaign, name, severity, message, money, Jsonb(evidence), AT, AT, AT, AT],
    ).fetchone()
    assert row
    return int(row[0])
