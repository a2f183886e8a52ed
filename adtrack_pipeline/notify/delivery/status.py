"""How channels stand, for people: what waits, what was given up, why; and starting again by hand."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from adtrack_pipeline.notify.delivery.lane import Lane
from adtrack_pipeline.notify.delivery.ledger import REGISTER

_STATUS = """
select
    channel.channel, channel.kind, channel.delivered, channel.last_delivered_at, channel.paused_until,
    channel.disabled_at, channel.failures, channel.last_error,
    (
        select count(*) from ops.event_outbox as o
        left join ops.delivery_streams as d on d.channel = channel.channel and d.stream_key = o.stream_key
        where o.event_type = any(%(types)s)
            and (%(severities)s::text[] is null or o.severity is null or o.severity = any(%(severities)s))
            and o.seq > coalesce(d.seq, 0) and (o.written_xid >= channel.seen_xid or d.behind)
    ) as waiting,
    (select count(*) from ops.delivery_streams as d where d.channel = channel.channel and d.retry_at is not null)
        as refusing,
    kept.held, kept.dead
from ops.delivery_channels as channel
cross join lateral (
    select count(*) filter (where state <> 'dead') as held, count(*) filter (where state = 'dead') as dead
    from ops.deliveries as kept where kept.channel = channel.channel
) as kept
where channel.channel = %(channel)s
"""
_RESUME = """
update ops.delivery_channels set failures = 0, paused_until = null, disabled_at = null
where channel = any(%s) and (failures > 0 or paused_until is not null or disabled_at is not null)
"""
_REVIVE = """
update ops.deliveries set state = 'retry', due_at = now(), attempts = 0, since = now()
where channel = any(%(channels)s) and state = 'dead' and (%(event)s::uuid is null or event_id = %(event)s::uuid)
"""
_HURRY = """
update ops.delivery_streams set retry_at = now() where channel = any(%s) and retry_at > now()
"""


@dataclass(frozen=True)
class ChannelStatus:
    """One channel. Counts are of events; `refusing` counts streams that wait after a refusal."""

    channel: str
    kind: str
    delivered: int = 0
    last_delivered_at: datetime | None = None
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    waiting: int = 0
    refusing: int = 0
    held: int = 0
    dead: int = 0


@dataclass(frozen=True)
class Restarted:
    """What `retry` set going again."""

    channels: int
    streams: int
    events: int


def read_status(conn: psycopg.Connection[Any], lane: Lane) -> ChannelStatus:
    """How one channel stands; one that was never used has nothing to tell."""
    params = {
        "channel": lane.name,
        "types": list(lane.wanted.types),
        "severities": list(lane.wanted.severities) if lane.wanted.severities else None,
    }
    with conn.cursor(row_factory=class_row(ChannelStatus)) as cursor:
        found = cursor.execute(_STATUS, params).fetchone()
    return found or ChannelStatus(lane.name, lane.channel.kind)


def restart(conn: psycopg.Connection[Any], channels: Sequence[str], event: uuid.UUID | None = None) -> Restarted:
    """Resume channels that rest or are switched off, and send again what was given up; `event`: only that one."""
    names = list(channels)
    with conn.transaction():
        resumed = 0 if event else conn.execute(_RESUME, [names]).rowcount
        streams = 0 if event else conn.execute(_HURRY, [names]).rowcount
        events = conn.execute(_REVIVE, {"channels": names, "event": event}).rowcount
        conn.execute("select pg_notify('adtrack_events', 'retry')")
    return Restarted(resumed, streams, events)


def register(conn: psycopg.Connection[Any], lanes: Sequence[Lane]) -> None:
    """Make channels known before something happens that they are to hear of."""
    for lane in lanes:
        conn.execute(REGISTER, {"channel": lane.name, "kind": lane.channel.kind})
