"""Writing down what became of events: per channel, per stream, and per event that waits or was given up.

Marks need not survive a power cut (`synchronous_commit` is off on these connections): a lost mark is a message
sent twice under the same key. Belongs here: SQL that writes. Does not belong here: reading the outbox
(`outbox.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

# A channel that is new gets what was written in the last hour: the run that made somebody add it may be among it.
REGISTER = """
insert into ops.delivery_channels (channel, kind, seen_xid)
values (%(channel)s, %(kind)s, least(
    pg_snapshot_xmin(pg_current_snapshot()),
    (
        select written_xid from ops.event_outbox where created_at > now() - interval '1 hour'
        order by written_xid limit 1
    )
))
on conflict (channel) do update set kind = excluded.kind, seen_xid = case
    -- Restored into another cluster: its transactions began to count anew, and nothing would ever look new.
    when delivery_channels.seen_xid > pg_snapshot_xmax(pg_current_snapshot()) then excluded.seen_xid
    else delivery_channels.seen_xid
end
"""
_LOAD = """
select seen_xid::text as seen, failures, paused_until, disabled_at, last_error, burst_started_at, burst_messages
from ops.delivery_channels where channel = %s
"""
_ARRIVED = """
with streams as (
    insert into ops.delivery_streams as d (channel, stream_key, seq, behind)
    select %(channel)s, done.* from unnest(%(streams)s::text[], %(seqs)s::bigint[], %(behind)s::boolean[]) as done
    on conflict (channel, stream_key) do update
    set seq = greatest(d.seq, excluded.seq), behind = excluded.behind,
        attempts = 0, retry_at = null, last_error = null
)
update ops.delivery_channels set
    seen_xid = greatest(seen_xid, %(seen)s::xid8),
    delivered = delivered + %(count)s,
    last_delivered_at = case when %(count)s > 0 then %(now)s else last_delivered_at end,
    failures = case when %(count)s > 0 then 0 else failures end,
    paused_until = case when %(count)s > 0 then null else paused_until end,
    last_error = case when %(count)s > 0 then null else last_error end
where channel = %(channel)s
"""
_REFUSED = """
insert into ops.delivery_streams as d (channel, stream_key, seq, behind, attempts, retry_at, last_error)
values (%(channel)s, %(stream)s, %(before)s, true, %(attempts)s, %(retry_at)s, %(reason)s)
on conflict (channel, stream_key) do update
set seq = greatest(d.seq, excluded.seq), behind = true, attempts = excluded.attempts,
    retry_at = excluded.retry_at, last_error = excluded.last_error
"""
_KEEP = """
insert into ops.deliveries (channel, event_id, state, due_at, attempts, reason)
select %(channel)s, event_id, %(state)s, %(due_at)s, %(attempts)s, %(reason)s
from unnest(%(events)s::uuid[]) as event_id
on conflict (channel, event_id) do update
set state = excluded.state, due_at = excluded.due_at, attempts = excluded.attempts,
    reason = excluded.reason, since = now()
"""
_PAUSE = """
update ops.delivery_channels set failures = %(failures)s, paused_until = %(until)s, last_error = %(reason)s
where channel = %(channel)s
"""
_DISABLE = """
update ops.delivery_channels set disabled_at = %(now)s, last_error = %(reason)s, paused_until = null
where channel = %(channel)s
"""
_BURST = """
update ops.delivery_channels set
    burst_messages = case
        when burst_started_at > %(now)s - interval '1 hour' then burst_messages + 1 else 1
    end,
    burst_started_at = case
        when burst_started_at > %(now)s - interval '1 hour' then burst_started_at else %(now)s
    end
where channel = %(channel)s
"""

Conn = psycopg.AsyncConnection[Any]


@dataclass
class ChannelState:
    """The row of `ops.delivery_channels` that a worker goes by."""

    seen: str
    failures: int = 0
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    last_error: str | None = None
    burst_started_at: datetime | None = None
    burst_messages: int = 0


@dataclass(frozen=True)
class Ledger:
    """The bookkeeping of one channel. `conn` is in autocommit."""

    conn: Conn
    channel: str

    async def register(self, kind: str) -> None:
        """Make the channel known; one that is known keeps its place."""
        await self.conn.execute(REGISTER, {"channel": self.channel, "kind": kind})

    async def load(self) -> ChannelState:
        """Where the channel stands."""
        async with self.conn.cursor(row_factory=class_row(ChannelState)) as cursor:
            state = await (await cursor.execute(_LOAD, (self.channel,))).fetchone()
        if state is None:
            raise LookupError(f"channel {self.channel} is not registered")
        return state

    async def arrived(
        self,
        done: Mapping[str, int],
        *,
        count: int,
        now: datetime,
        seen: str,
        behind: Iterable[str] = (),
    ) -> None:
        """Streams are dealt with up to a number; `count` messages were delivered."""
        still = set(behind)
        params = {
            "channel": self.channel,
            "streams": list(done),
            "seqs": list(done.values()),
            "behind": [stream in still for stream in done],
            "count": count,
            "now": now,
            "seen": seen,
        }
        await self.conn.execute(_ARRIVED, params)

    async def refused(self, stream: str, *, before: int, attempts: int, retry_at: datetime, reason: str) -> None:
        """The message after number `before` was refused; its stream waits."""
        params = {
            "channel": self.channel,
            "stream": stream,
            "before": before,
            "attempts": attempts,
            "retry_at": retry_at,
            "reason": reason,
        }
        await self.conn.execute(_REFUSED, params)

    async def keep(
        self, events: Sequence[str], state: str, *, due_at: datetime | None, reason: str, attempts: int = 0
    ) -> None:
        """Put events aside: `held` until `due_at`, `retry`, or `dead`."""
        params = {
            "channel": self.channel,
            "events": list(events),
            "state": state,
            "due_at": due_at,
            "attempts": attempts,
            "reason": reason,
        }
        await self.conn.execute(_KEEP, params)

    async def release(self, events: Sequence[str]) -> None:
        """Events that were put aside have arrived."""
        await self.conn.execute(
            "delete from ops.deliveries where channel = %s and event_id = any(%s::uuid[])",
            (self.channel, list(events)),
        )

    async def pause(self, *, failures: int, until: datetime, reason: str) -> None:
        """The channel could not be used."""
        await self.conn.execute(
            _PAUSE, {"channel": self.channel, "failures": failures, "until": until, "reason": reason}
        )

    async def disable(self, *, now: datetime, reason: str) -> None:
        """The receiver will not come back."""
        await self.conn.execute(_DISABLE, {"channel": self.channel, "now": now, "reason": reason})

    async def count_message(self, now: datetime) -> None:
        """One message went to people."""
        await self.conn.execute(_BURST, {"channel": self.channel, "now": now})
