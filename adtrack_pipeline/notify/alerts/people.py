"""What people do with alerts: look, acknowledge, snooze, silence. The same as the functions of `ops` do in SQL.

Instants come from the caller's clock, which may be injected; the functions of `ops` use the database's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from adtrack_pipeline.monitoring.condition import Severity

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Filter:
    """Which alerts to show.

    Attributes:
        everything: also resolved ones, those only recorded, and those another alert explains.
        account_id: only of this account.
        severity: only as severe as this, or more.
        only_told: neither what a silence or a snooze covers.
        with_evidence: what each was judged by, too.
        limit: at most so many.
    """

    everything: bool = False
    account_id: str | None = None
    severity: Severity = Severity.LOW
    only_told: bool = False
    with_evidence: bool = False
    limit: int = 1000


@dataclass(frozen=True)
class Scope:
    """What a silence covers; None is anything."""

    account_id: str | None = None
    campaign_id: str | None = None
    object_id: str | None = None
    alert_type: str | None = None


def list_alerts(conn: Connection, wanted: Filter, currency: str, at: datetime) -> list[dict[str, Any]]:
    """Alerts with the columns of `ops.alerts`: unresolved first, then by severity and money.

    Money of different currencies is compared in `currency`, at the rates of `at` (`ops.exchange_rates`). What has
    no rate comes after what has one, and is compared within its currency only. The amounts stay as they are.
    """
    parameters = {
        "currency": currency,
        "at": at,
        "only_told": wanted.only_told,
        "evidence": wanted.with_evidence,
        "everything": wanted.everything,
        "account": wanted.account_id,
        "severities": [one.value for one in Severity if one.rank >= wanted.severity.rank],
        "limit": wanted.limit,
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_LIST, parameters).fetchall()
    if not wanted.with_evidence:
        for row in rows:
            del row["evidence"]
    return rows


def acknowledge(conn: Connection, alert_ids: Sequence[int], who: str, at: datetime) -> frozenset[int]:
    """Take alerts on; returns those that were open. Others are left as they are."""
    rows = conn.execute(
        "update ops.alerts set status = 'acknowledged', acknowledged_at = %s, acknowledged_by = %s"
        " where alert_id = any(%s) and status = 'open' returning alert_id",
        [at, who, list(alert_ids)],
    )
    return frozenset(row[0] for row in rows)


def snooze(conn: Connection, alert_ids: Sequence[int], who: str, until: datetime) -> frozenset[int]:
    """No messages about these alerts until then; returns those that are not resolved."""
    rows = conn.execute(
        "update ops.alerts set snoozed_until = %s, snoozed_by = %s"
        " where alert_id = any(%s) and status <> 'resolved' returning alert_id",
        [until, who, list(alert_ids)],
    )
    return frozenset(row[0] for row in rows)


def silence(conn: Connection, scope: Scope, who: str, why: str, at: datetime, until: datetime) -> int:
    """No messages about what matches the scope until then; returns the number of the silence."""
    row = conn.execute(
        "insert into ops.alert_silences"
        " (account_id, campaign_id, object_id, alert_type, starts_at, until_at, who, why)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) returning silence_id",
        [scope.account_id, scope.campaign_id, scope.object_id, scope.alert_type, at, until, who, why],
    ).fetchone()
    assert row
    return int(row[0])


def unsilence(conn: Connection, silence_ids: Sequence[int], who: str, at: datetime) -> frozenset[int]:
    """End silences before their time; returns those that still held."""
    rows = conn.execute(
        "update ops.alert_silences set until_at = greatest(%(at)s, starts_at), ended_by = %(who)s"
        " where silence_id = any(%(ids)s) and until_at > %(at)s returning silence_id",
        {"at": at, "who": who, "ids": list(silence_ids)},
    )
    return frozenset(row[0] for row in rows)


def list_silences(conn: Connection, at: datetime) -> list[dict[str, Any]]:
    """The silences that hold or are to come, the first to end first."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select * from ops.alert_silences where until_at > %s order by until_at, silence_id", [at]
        ).fetchall()


_LIST = """
select
    alert_id, alert_type, severity, status, message, metric, threshold, expected, actual, score, money_at_stake,
    alerts.currency, level, platform, account_id, accounts.name as account_name, campaign_id, adset_id, ad_id,
    object_id, object_name, source, pages, began_at, alerts.first_seen_at, last_seen_at, last_told_at, escalations,
    acknowledged_at, acknowledged_by, snoozed_until, suppressed_by, suppressed_why, silenced_by,
    reopened as times_reopened, resolved_at, resolved_reason, case when %(evidence)s then evidence end as evidence
from ops.alerts
left join raw.accounts using (platform, account_id)
left join ops.exchange_rates(%(currency)s, (%(at)s at time zone 'UTC')::date) as fx
    on fx.currency = alerts.currency
where (%(account)s::text is null or account_id = %(account)s) and severity = any(%(severities)s)
    and (%(everything)s or (status <> 'resolved' and pages and suppressed_by is null))
    and (not %(only_told)s or (silenced_by is null and coalesce(snoozed_until <= %(at)s, true)))
order by
    status = 'resolved',
    array_position(array['critical', 'high', 'medium', 'low'], severity),
    money_at_stake::numeric * fx.rate desc nulls last,
    money_at_stake is null,
    alerts.currency desc nulls last,
    money_at_stake desc,
    last_seen_at desc,
    alert_id
limit %(limit)s
"""
