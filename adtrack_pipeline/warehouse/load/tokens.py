# ruff: noqa: S608 - statements are put together from constants only
"""The right of a run to write to `raw`, and taking it away from a process that outlived its run.

A run holds a token (a row) and, for as long as its process lives, a session lock in the database. Dagster
can declare a run dead while its step process still works; once the token is revoked, nothing that process
commits is accepted. Session locks need a session of their own: no transaction-pooling proxy in between.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.errors import FencedOut, clear_errors

# Two-part lock keys: the first part says what is locked, so that other locks of the database never collide.
LIVENESS = 0x41445401
PUBLISHING = 0x41445402

# A process takes its lock before it writes its token, so a token without a lock belongs to nobody alive.
_NOBODY_ALIVE = (
    "not exists (select from pg_locks where locktype = 'advisory' and granted and classid = %s::oid"
    " and objid = (hashtext(run_id)::bigint & 4294967295)::oid"
    " and database = (select oid from pg_database where datname = current_database()))"
)


async def take_token(conn: Connection, run_id: str) -> None:
    """Register the run and mark it alive for as long as this connection lives (several may, for one run).

    Raises:
        FencedOut: the run was revoked before; a new run is needed.
    """
    with clear_errors(f"starting the load of run {run_id}"):
        async with conn.transaction():
            await conn.execute("select pg_advisory_lock_shared(%s, hashtext(%s))", (LIVENESS, run_id))
            await conn.execute(
                "insert into ops.load_tokens (run_id) values (%s) on conflict do nothing", (run_id,)
            )
            try:
                await check_token(conn, run_id)
            except FencedOut:
                await _let_go(conn, run_id)
                raise


async def release_token(conn: Connection, run_id: str) -> None:
    """End a run in order: no longer alive, and nothing left for `revoke_dead` to find."""
    with clear_errors(f"ending the load of run {run_id}"):
        await _let_go(conn, run_id)
        async with conn.transaction():
            # Another process of the same run may still be at work: its lock keeps the token.
            await conn.execute(
                f"delete from ops.load_tokens where run_id = %s and revoked_at is null and {_NOBODY_ALIVE}",
                (run_id, LIVENESS),
            )


@asynccontextmanager
async def hold_token(conn: Connection, run_id: str) -> AsyncIterator[None]:
    """Take the token for the length of a block. The connection must stay open and serve nothing else.

    Raises:
        FencedOut: the run was revoked before.
    """
    await take_token(conn, run_id)
    try:
        yield
    finally:
        if not conn.closed and not conn.broken:
            await release_token(conn, run_id)


async def check_token(conn: Connection, run_id: str) -> None:
    """Refuse a run without a valid token. Inside a transaction, no revocation can overtake it until its end.

    Raises:
        FencedOut: the token is revoked, or was never taken.
    """
    cursor = await conn.execute(
        "select revoked_at is not null, reason from ops.load_tokens where run_id = %s for share", (run_id,)
    )
    token = await cursor.fetchone()
    if token is None:
        raise FencedOut(f"Run {run_id} holds no right to write: it has ended, or never took its token.")
    if token[0]:
        raise FencedOut(f"Run {run_id} may not write any more: {token[1] or 'it was revoked'}.")


async def revoke(conn: Connection, run_id: str, reason: str) -> None:
    """Take the right to write from a run; returns once no commit of it can still succeed."""
    with clear_errors(f"revoking run {run_id}"):
        async with conn.transaction():
            await conn.execute(
                "insert into ops.load_tokens as t (run_id, revoked_at, reason) values (%s, now(), %s)"
                " on conflict (run_id) do update set revoked_at = excluded.revoked_at, reason = excluded.reason"
                " where t.revoked_at is null",
                (run_id, reason),
            )
            await _close_syncs(conn, [run_id], reason)


async def revoke_dead(conn: Connection) -> list[str]:
    """Revoke every run whose processes are all gone, and close what they left open. Returns their ids."""
    with clear_errors("closing the runs whose process has died"):
        async with conn.transaction():
            cursor = await conn.execute(
                "update ops.load_tokens set revoked_at = now(), reason = 'its process has died'"
                f" where revoked_at is null and {_NOBODY_ALIVE} returning run_id",
                (LIVENESS,),
            )
            dead = sorted(str(row[0]) for row in await cursor.fetchall())
            await _close_syncs(conn, dead, "The process died before it finished.")
    return dead


async def _close_syncs(conn: Connection, run_ids: list[str], reason: str) -> None:
    await conn.execute(
        "update ops.sync_runs set outcome = 'failed', finished_at = now(), error = %s"
        " where outcome = 'running' and run_id = any(%s)",
        (reason, run_ids),
    )


async def _let_go(conn: Connection, run_id: str) -> None:
    async with conn.transaction():
        await conn.execute("select pg_advisory_unlock_shared(%s, hashtext(%s))", (LIVENESS, run_id))
