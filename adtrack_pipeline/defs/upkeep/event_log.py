"""Sweeping Dagster's event log: upstream has no setting for it, and an hourly dbt build adds a gigabyte a year.

Materialisations, observations and freshness states are kept: the asset pages are made of them. So is the newest
result of every check.
"""

from datetime import UTC, datetime
from typing import Any

import psycopg

BATCH = 5_000

_NEWEST_OLD_EVENT = """
select id from dagster.event_logs where "timestamp" < %s order by id desc limit 1
"""
_DELETE_EVENTS = """
delete from dagster.event_logs where id = any(array(
    select id from dagster.event_logs
    where id > %(after)s and id <= %(last)s
        and coalesce(dagster_event_type, '') not in ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION')
        and coalesce(dagster_event_type, '') not like 'FRESHNESS%%'
    order by id limit %(batch)s
)) returning id
"""
_DELETE_CHECKS = """
delete from dagster.asset_check_executions where id = any(array(
    select id from dagster.asset_check_executions as old
    where old.create_timestamp < %(before)s and exists (
        select from dagster.asset_check_executions as newer
        where (newer.asset_key, newer.check_name) = (old.asset_key, old.check_name)
            and newer.partition is not distinct from old.partition and newer.id > old.id
    )
    limit %(batch)s
))
"""


def sweep_events(conn: psycopg.Connection[Any], before: datetime, batch: int = BATCH) -> int:
    """Delete events older than `before` (aware); returns how many.

    Args:
        conn: in autocommit, so that each batch commits by itself.
        before: real time: the log is about this machine, not about an injected clock.
        batch: rows per transaction.
    """
    newest = conn.execute(_NEWEST_OLD_EVENT, (_utc_text(before),)).fetchone()
    after, deleted = 0, 0
    while newest:
        gone = conn.execute(_DELETE_EVENTS, {"after": after, "last": newest[0], "batch": batch}).fetchall()
        deleted += len(gone)
        if len(gone) < batch:
            break
        after = max(row[0] for row in gone)
    return deleted


def sweep_check_results(conn: psycopg.Connection[Any], before: datetime, batch: int = BATCH) -> int:
    """Delete check results older than `before`, except each check's newest; returns how many."""
    deleted = 0
    while True:
        count = conn.execute(_DELETE_CHECKS, {"before": _utc_text(before), "batch": batch}).rowcount
        deleted += count
        if count < batch:
            return deleted


def _utc_text(instant: datetime) -> str:
    """Dagster stores UTC without saying so; a comparison must not be shifted by the session's zone."""
    return instant.astimezone(tz=UTC).replace(tzinfo=None).isoformat()
