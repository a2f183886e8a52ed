"""Throwing away what has served its time, in small batches so that nobody waits for a lock or a full disk.

Belongs here: raw's archive, revisions and quarantine, and ops' own memory. Does not belong here: insight rows
(never thrown away), Dagster's event log.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from psycopg import sql

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import clear_errors

BATCH = 2_000

# What is old, per kind of memory; {before} is the end of its retention.
_OLD = {
    "raw.pages": "fetched_at < {before}",
    "raw.insight_revisions": "superseded_at < {before}",
    "raw.rejected_rows": "last_seen_at < {before}",
    # The last success of each account and report is kept however old: it says since when it has failed.
    "ops.sync_runs": (
        "started_at < {before} and outcome <> 'running' and sync_id not in (select max(sync_id)"
        " from ops.sync_runs where outcome = 'ok' group by platform, account_id, report)"
    ),
    "ops.report_jobs": "submitted_at < {before}",
    "ops.load_tokens": "revoked_at < {before}",
    # Delivered or not: a receiver that was away longer than this has missed it.
    "ops.event_outbox": "created_at < {before}",
    "ops.alerts": "status = 'resolved' and resolved_at < {before}",
    "ops.alert_silences": "until_at < {before}",
    "ops.reports": "built_at < {before}",
    # How a result ripened day by day. What was final once is kept, also when it was restated.
    "ops.prediction_comparisons": "superseded_at < {before} and not is_final",
}
KEPT_DAYS = {
    "raw.pages": 30,
    "raw.insight_revisions": 1130,
    "raw.rejected_rows": 90,
    "ops.sync_runs": 400,
    "ops.report_jobs": 30,
    "ops.load_tokens": 30,
    "ops.event_outbox": 14,
    "ops.alerts": 400,
    "ops.alert_silences": 400,
    "ops.reports": 400,
    "ops.prediction_comparisons": 90,
}


async def sweep(
    conn: Connection, now: datetime, kept_days: Mapping[str, int] | None = None, batch: int = BATCH
) -> dict[str, int]:
    """Delete what is older than its retention; safe to stop and to repeat at any time.

    Args:
        conn: a connection without an open transaction; every batch commits by itself.
        now: the end of every retention.
        kept_days: retention in days per table, over the defaults of `KEPT_DAYS`.
        batch: rows per transaction.

    Returns:
        Deleted rows per table.

    Raises:
        ValueError: a table in `kept_days` is not one that is swept.
    """
    days = KEPT_DAYS | dict(kept_days or {})
    if unknown := sorted(set(days) - set(_OLD)):
        raise ValueError(f"{unknown[0]} is not a table that is swept; those are {', '.join(_OLD)}.")
    return {table: await _sweep_table(conn, table, now - timedelta(days=days[table]), batch) for table in _OLD}


async def _sweep_table(conn: Connection, name: str, before: datetime, batch: int) -> int:
    table = sql.Identifier(*name.split("."))
    old = sql.SQL(_OLD[name]).format(before=sql.Literal(before))
    statement = sql.SQL(
        "delete from {table} where ctid = any(array(select ctid from {table} where {old} limit {batch}))"
    ).format(table=table, old=old, batch=sql.Literal(batch))
    deleted = 0
    with clear_errors(f"sweeping {name}"):
        while True:
            async with conn.transaction():
                count = (await conn.execute(statement)).rowcount
            deleted += count
            if count < batch:
                return deleted
