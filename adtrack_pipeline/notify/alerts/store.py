"""The SQL of alerts: every statement handles a whole scan at once. Decisions are made elsewhere.

All of it runs in the caller's transaction, under the lock of `lock_alerts`.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from adtrack_pipeline.monitoring.condition import Condition, Scan
from adtrack_pipeline.notify.alerts.options import AlertOptions
from adtrack_pipeline.notify.alerts.rows import Alert, condition_rows
from adtrack_pipeline.notify.alerts.statements import DECIDED, END, EXPIRE, OPEN_GROUPS, PUT, RESOLVE, WATCHED
from adtrack_pipeline.notify.alerts.telling import Decision, cooldown_of

Connection = psycopg.Connection[Any]

LOCK = 0x61647472_61636B01  # one scan at a time: scans of one source inhibit alerts of another
# In Scan.accounts: adtrack itself was looked at, so that alerts without an account may be resolved.
PIPELINE_ACCOUNT = "-"


def lock_alerts(conn: Connection) -> None:
    """Wait for other scans; held until the end of the transaction."""
    conn.execute("select pg_advisory_xact_lock(%s)", [LOCK])


def open_keys(conn: Connection, source: str) -> frozenset[str]:
    """Keys of the source's unresolved alerts, for conditions that need less to go on than to begin."""
    rows = conn.execute("select alert_key from ops.alerts where status <> 'resolved' and source = %s", [source])
    return frozenset(row[0] for row in rows)


def open_groups(conn: Connection, source: str) -> frozenset[str]:
    """Keys of unresolved alerts that stand for several objects below them."""
    return frozenset(row[0] for row in conn.execute(OPEN_GROUPS, [source]))


def put_conditions(
    conn: Connection, scan: Scan, conditions: Sequence[Condition], options: AlertOptions
) -> dict[str, tuple[int, ...]]:
    """Open, go on with, or reopen the alert of every condition; ids by what happened."""
    parameters = {
        "rows": condition_rows(conditions, {one.key: scan.at - cooldown_of(one, options) for one in conditions}),
        "at": scan.at,
        "source": scan.source,
    }
    return _ids_by_word(conn.execute(PUT, parameters))


def end_missing(conn: Connection, scan: Scan, conditions: Sequence[Condition], options: AlertOptions) -> list[int]:
    """Count what this scan looked for and did not see; resolve what has been gone long enough. Ids resolved."""
    patience = options.patience_of(scan.source)
    parameters = {
        "at": scan.at,
        "source": scan.source,
        "accounts": sorted(scan.accounts - {PIPELINE_ACCOUNT}),
        "pipeline": PIPELINE_ACCOUNT in scan.accounts,
        "keys": [condition.key for condition in conditions],
        "scans": patience.scans,
        "gone_since": scan.at - patience.duration,
    }
    ended = [row[0] for row in conn.execute(END, parameters)]
    conn.execute(RESOLVE, [scan.at, ended])
    return ended


def end_unwatched(conn: Connection, at: datetime, before: datetime) -> list[int]:
    """Resolve what no scan has seen or missed since an instant. Ids resolved."""
    return sorted(row[0] for row in conn.execute(EXPIRE, {"at": at, "before": before}))


def read_alerts(
    conn: Connection, accounts: Iterable[str], ended: Iterable[int], ended_after: datetime
) -> list[Alert]:
    """Paging alerts of the accounts and the pipeline: open, just `ended`, or ended after the instant.

    The last may still explain others. Alerts that are only recorded are never told and tell nothing about others.
    """
    with conn.cursor(row_factory=class_row(Alert)) as cursor:
        parameters = {"accounts": list(accounts), "ended": list(ended), "ended_after": ended_after}
        return cursor.execute(WATCHED, parameters).fetchall()


def write_decisions(
    conn: Connection, decisions: Iterable[Decision], told: frozenset[int | None], at: datetime
) -> None:
    """Remember who explains whom, which silence covers what, what was told, and of which alerts anything was."""
    rows = [
        {
            "alert_id": decision.alert_id,
            "suppressed_by": decision.suppressed_by,
            "suppressed_why": decision.suppressed_why,
            "silenced_by": decision.silenced_by,
            "change": decision.change,
            "told": decision.alert_id in told,
        }
        for decision in decisions
        if _is_new(decision, told)
    ]
    if rows:
        conn.execute(DECIDED, {"rows": json.dumps(rows), "at": at})


def _is_new(decision: Decision, told: frozenset[int | None]) -> bool:
    alert = decision.alert
    known = (alert.suppressed_by, alert.suppressed_why, alert.silenced_by)
    return alert.alert_id in told or known != (
        decision.suppressed_by,
        decision.suppressed_why,
        decision.silenced_by,
    )


def _ids_by_word(rows: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for word, alert_id in rows:
        found.setdefault(word, []).append(alert_id)
    return {word: tuple(sorted(ids)) for word, ids in found.items()}
