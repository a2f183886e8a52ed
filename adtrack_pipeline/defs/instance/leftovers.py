"""Runs whose process is gone: a crash leaves them STARTED for ever, holding their place in the queue.

A run's process holds a session lock in the database while it lives (`Pipeline.keep_alive`), so that who is dead
is not guessed from pids or ages.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import dagster as dg

from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load import revoke, revoke_dead
from adtrack_pipeline.warehouse.load.tokens import LIVENESS

UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
REASON = "its process has died"

_ALIVE = """
select exists (
    select from pg_locks
    where locktype = 'advisory' and granted and classid = %s::oid
        and objid = (hashtext(%s)::bigint & 4294967295)::oid
        and database = (select oid from pg_database where datname = current_database())
)
"""


def close_dead_runs(
    instance: dg.DagsterInstance, database: Database, *, older_than: timedelta = timedelta(0)
) -> list[str]:
    """Mark runs as failed whose process is dead, and take their right to write. Returns their ids.

    Args:
        instance: where the runs are recorded.
        database: where they would hold their locks.
        older_than: leave younger runs alone; zero only when nobody else can be starting one.
    """
    before = datetime.now(UTC) - older_than
    records = instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED, created_before=before))
    with database.connect(autocommit=True) as conn:
        dead = [
            record.dagster_run
            for record in records
            # One that waited in the queue for long may have started just now.
            if (record.start_time or 0.0) <= before.timestamp()
            and not conn.execute(_ALIVE, (LIVENESS, record.dagster_run.run_id)).fetchone()[0]  # type: ignore[index]
        ]
    asyncio.run(_revoke(database, [run.run_id for run in dead]))
    for run in dead:
        instance.report_run_failed(run, f"Closed at the next start: {REASON}.")
    return [run.run_id for run in dead]


async def _revoke(database: Database, run_ids: list[str]) -> None:
    async with await database.connect_async(autocommit=True) as conn:
        for run_id in run_ids:
            await revoke(conn, run_id, REASON)
        await revoke_dead(conn)
