"""Reading the outbox for one channel: which streams have something for it, and what comes next in each.

Order is by number within a stream, never by position or time: those are given before a commit. What is new is
found by transaction: everything written since the channel's watermark, the oldest transaction that was still
open when it last looked. Belongs here: SQL that reads. Does not belong here: SQL that writes (`ledger.py`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from adtrack_pipeline.notify.channels.message import Alert, Message
from adtrack_pipeline.notify.delivery.lane import Lane

MAX_STREAMS = 2_000
MAX_PER_STREAM = 40
MAX_ROWS = 10_000
MAX_DUE = 2_000
SHOW_PAGES = {"email"}  # kinds of channels that send reports as pages

_EVENT = """
    o.event_id, o.position, o.stream_key, o.seq, o.event_type, o.subject, o.platform, o.account_id, o.campaign_id,
    o.alert_id, o.alert_type, o.severity, o.change, o.data, o.occurred_at, o.created_at
"""
_ALERT_COLUMNS = """,
    a.metric as alert_metric, a.level as alert_level, a.message as alert_message, a.status as alert_status,
    a.began_at as alert_began_at, a.object_id as alert_object_id, a.object_name as alert_object_name,
    a.threshold as alert_threshold, a.expected as alert_expected, a.actual as alert_actual,
    a.money_at_stake as alert_money_at_stake,
    a.currency as alert_currency, a.evidence as alert_evidence,
    (a.money_at_stake::numeric * fx.rate)::double precision as alert_comparable_money,
    (
        select account.name from raw.accounts as account
        where (account.platform, account.account_id) = (o.platform, o.account_id)
    ) as alert_account_name
"""
_ALERT_JOIN = """
    left join ops.alerts as a on a.alert_id = o.alert_id
    left join rates as fx on fx.currency = a.currency
"""
# A page is large, and only some channels show it.
_PAGE_COLUMN = """,
    case when o.event_type = 'account.daily_report' then (
        select html from ops.reports where report_id = (o.data ->> 'report_id')::bigint
    ) end as page
"""
# Once per look, and of few rows.
_RATES = """
rates as materialized (
    select currency, rate from ops.exchange_rates(%(reporting)s, (%(now)s at time zone 'UTC')::date)
)
"""
_WANTED = """
    o.event_type = any(%(types)s)
    and (%(severities)s::text[] is null or o.severity is null or o.severity = any(%(severities)s))
"""

_NEXT = """
with {rates} streams as (
    (
        select d.stream_key, d.seq, d.attempts, '0'::xid8 as since, 0 as first
        from ops.delivery_streams as d
        where d.channel = %(channel)s and d.behind and (d.retry_at is null or d.retry_at <= %(now)s)
        order by d.retry_at nulls first
        limit %(max_streams)s
    )
    union all
    (
        select o.stream_key, coalesce(d.seq, 0), 0, %(seen)s::xid8, min(o.position)
        from ops.event_outbox as o
        left join ops.delivery_streams as d on d.channel = %(channel)s and d.stream_key = o.stream_key
        where o.written_xid >= %(seen)s::xid8 and {wanted}
            and o.seq > coalesce(d.seq, 0) and not coalesce(d.behind, false)
        group by o.stream_key, d.seq
        order by min(o.position)
        limit %(max_streams)s
    )
)
select horizon, streams.attempts, streams.since = '0'::xid8 as behind, streams.stream_key as read_stream, event.*
from (select pg_snapshot_xmin(pg_current_snapshot())::text as horizon) as looked
left join streams on true
left join lateral (
    select {event}{alert_columns}
    from ops.event_outbox as o {alert_join}
    where o.stream_key = streams.stream_key and o.seq > streams.seq and o.written_xid >= streams.since and {wanted}
    order by o.seq limit %(max_per_stream)s
) as event on true
order by streams.first, streams.stream_key, event.seq
limit %(max_rows)s
"""

_DUE = """
{with_rates}
select {event}{alert_columns}, kept.attempts, kept.state
from ops.deliveries as kept inner join ops.event_outbox as o using (event_id) {alert_join}
where kept.channel = %(channel)s and kept.due_at <= %(now)s
order by o.position limit %(max_due)s
"""


@dataclass
class Batch:
    """What came next.

    Attributes:
        horizon: every transaction older than this had ended when the outbox was read (xid8 as text).
        streams: per stream the next messages in order.
        attempts: per stream how often its first message was refused.
        behind: streams that are read by number because older events of theirs may be left.
        cut: some streams, or some messages of one that is not behind, were left for the next time.
        exhausted: streams that were read to their end.
    """

    horizon: str
    streams: dict[str, list[Message]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    behind: set[str] = field(default_factory=set)
    cut: bool = False
    exhausted: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Kept:
    """A message that left its stream's order, and is due now."""

    message: Message
    attempts: int
    state: str


async def read_next(
    conn: psycopg.AsyncConnection[Any],
    lane: Lane,
    *,
    seen: str,
    now: datetime,
    max_streams: int = MAX_STREAMS,
    max_per_stream: int = MAX_PER_STREAM,
) -> Batch:
    """The next messages of every stream that has some and is not waiting."""
    severities = lane.wanted.severities
    params = {
        "channel": lane.name,
        "types": list(lane.wanted.types),
        "severities": list(severities) if severities is not None else None,
        "seen": seen,
        "now": now,
        "reporting": lane.reporting_currency,
        "max_streams": max_streams,
        "max_per_stream": max_per_stream,
        "max_rows": MAX_ROWS,
    }
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(_with_parts(_NEXT, lane), params)).fetchall()
    batch = Batch(horizon=rows[0]["horizon"])
    for row in rows:
        stream = row["read_stream"]
        if stream is None:
            continue
        messages = batch.streams.setdefault(stream, [])
        batch.attempts[stream] = row["attempts"]
        if row["behind"]:
            batch.behind.add(stream)
        if row["event_id"] is not None:
            messages.append(_message(row, lane))
    batch.exhausted = {stream for stream, found in batch.streams.items() if len(found) < max_per_stream}
    is_full = len(rows) >= MAX_ROWS
    if is_full:
        batch.exhausted.discard(rows[-1]["read_stream"])
    fresh = batch.streams.keys() - batch.behind
    is_wide = max(len(fresh), len(batch.behind)) >= max_streams
    batch.cut = is_full or is_wide or bool(fresh - batch.exhausted)
    return batch


async def read_due(conn: psycopg.AsyncConnection[Any], lane: Lane, *, now: datetime) -> list[Kept]:
    """What was held or is to be sent again, and is due."""
    params = {"channel": lane.name, "now": now, "max_due": MAX_DUE, "reporting": lane.reporting_currency}
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(_with_parts(_DUE, lane), params)).fetchall()
    return [Kept(_message(row, lane), row["attempts"], row["state"]) for row in rows]


def _with_parts(query: str, lane: Lane) -> bytes:
    with_alerts = lane.channel.for_people  # machines get the payload as it was written
    with_pages = lane.channel.kind in SHOW_PAGES
    parts = {
        "event": _EVENT,
        "alert_columns": (_ALERT_COLUMNS if with_alerts else "") + (_PAGE_COLUMN if with_pages else ""),
        "alert_join": _ALERT_JOIN if with_alerts else "",
        "rates": f"{_RATES}," if with_alerts else "",
        "with_rates": f"with {_RATES}" if with_alerts else "",
        "wanted": _WANTED,
    }
    return query.format(**parts).encode()


def _message(row: dict[str, Any], lane: Lane) -> Message:
    return Message(row, _alert(row), is_sandbox=lane.is_sandbox, ui_url=lane.ui_url, page=row.get("page"))


def _alert(row: dict[str, Any]) -> Alert | None:
    if row["alert_id"] is None or row.get("alert_message") is None:
        return None
    names = (
        "metric level message status began_at object_id object_name account_name threshold expected actual "
        "money_at_stake currency comparable_money evidence"
    )
    facts = {name: row[f"alert_{name}"] for name in names.split()}
    return Alert(
        alert_id=row["alert_id"],
        alert_type=row["alert_type"] or "",
        severity=row["severity"] or "low",
        **facts,
    )
