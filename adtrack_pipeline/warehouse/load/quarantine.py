"""Rows that could not be taken as they are: staged beside the good ones, published with the same commit.

Belongs here: `raw.rejected_rows` and the rule that a refused row protects the stored row it would have
replaced. Does not belong here: deciding what is refused.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from psycopg import sql

from adtrack_pipeline.platforms.base import RejectedRow
from adtrack_pipeline.warehouse.load.copying import Connection, copy_lines, copy_statement
from adtrack_pipeline.warehouse.load.encode import HASH_BYTES, escaped

LONGEST_TEXT = 100_000  # characters kept of a refused row; the page archive has the rest
STAGING = sql.Identifier("pg_temp", "staged_rejected")
_COPY = copy_statement(STAGING, ("object_key", "reason", "row_text", "row_hash"))


async def prepare_quarantine(conn: Connection) -> None:
    """Create this connection's staging table for refused rows, or empty it."""
    await conn.execute(
        "create temp table if not exists staged_rejected"
        " (object_key text, reason text not null, row_text text not null, row_hash bytea not null)"
    )
    await conn.execute("truncate pg_temp.staged_rejected")


async def stage_rejected(conn: Connection, rejected: Iterable[RejectedRow]) -> None:
    """Stage refused rows."""
    await copy_lines(conn, _COPY, [_line(one) for one in rejected])


async def publish_rejected(
    conn: Connection, source: str, platform: str, account_id: str, run_id: str, seen_at: datetime
) -> int:
    """Move staged rows to `raw.rejected_rows`; a row seen before counts up. Returns how many there were."""
    cursor = await conn.execute(
        "with seen as ("
        " insert into raw.rejected_rows as r (source, platform, account_id, object_key, reason, row_text,"
        "  row_hash, run_id, first_seen_at, last_seen_at)"
        " select distinct on (row_hash) %(source)s, %(platform)s, %(account_id)s, object_key, reason, row_text,"
        "  row_hash, %(run_id)s, %(seen_at)s::timestamptz, %(seen_at)s::timestamptz"
        " from pg_temp.staged_rejected order by row_hash"
        " on conflict (source, platform, account_id, row_hash) do update set object_key = excluded.object_key,"
        "  reason = excluded.reason, run_id = excluded.run_id, times_seen = r.times_seen + 1,"
        "  last_seen_at = greatest(r.last_seen_at, excluded.last_seen_at)"
        " returning 1)"
        " select count(*) from seen",
        {
            "source": source,
            "platform": platform,
            "account_id": account_id,
            "run_id": run_id,
            "seen_at": seen_at,
        },
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def not_protected(has_ad: bool) -> sql.SQL:
    """A condition on a stored insight row `t`: no refused row of this answer may have been its new value.

    A refused row that names no ad protects its whole day, one without a day every day of its ad, and one
    that names nothing protects everything: better a stale row than a good one withdrawn.
    """
    # A row of totals may be named by its account, which says nothing about the ad.
    ad = "coalesce(nullif(split_part(r.object_key, '/', 1), %(account_id)s), '')"
    day = "split_part(r.object_key, '/', 2)"
    own_day = "to_char(t.date_day, 'YYYY-MM-DD')"
    own_ad = "t.ad_id" if has_ad else "''"
    cases = (
        f"{ad} = {own_ad} and {day} = {own_day}",
        f"{ad} = {own_ad} and {ad} <> '' and {day} = ''",
        f"{ad} = '' and {day} = {own_day}",
        f"r.object_key is null or ({ad} = '' and {day} = '')",
    )
    return sql.SQL(
        " and ".join(f"not exists (select from pg_temp.staged_rejected r where {case})" for case in cases)
    )


def _line(rejected: RejectedRow) -> bytes:
    text = _storable(rejected.row_text)
    digest = blake2b(text.encode(), digest_size=HASH_BYTES).hexdigest()
    key = None if rejected.object_key is None else _storable(rejected.object_key)
    fields = map(escaped, (key, _storable(rejected.reason), text[:LONGEST_TEXT]))
    return ("\t".join(fields) + f"\t\\\\x{digest}\n").encode()


def _storable(text: str) -> str:
    """The text without what Postgres cannot hold, made visible instead."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\u0000")
