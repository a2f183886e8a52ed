"""Publishing a staged window: one transaction from "nothing visible" to "all of it, and what it replaced".

Belongs here: the SQL between staging and `raw`, in the order it must run. Does not belong here: staging,
fencing, or which day is asked for. One writer per account and table (a lock says so) makes comparing
with what is stored safe and deadlocks impossible; so rows need no sorting, which for wide rows costs more than
writing them. Conflicts are `ON CONFLICT` all the same: `MERGE` races with whoever does not take the lock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg import sql

from adtrack_pipeline.warehouse.load.copying import Connection
from adtrack_pipeline.warehouse.load.fragments import statement
from adtrack_pipeline.warehouse.load.tables import InsightTable

MANY_ROWS = 10_000  # from here on the planner needs to know how many there are


@dataclass(frozen=True)
class Answer:
    """What a complete answer covers: the window asked for, from the first day the platform still keeps."""

    platform: str
    account_id: str
    report: str
    since: date
    until: date
    available_from: date
    fetched_at: datetime
    run_id: str


async def pick_newest(conn: Connection, table: InsightTable, row_count: int) -> int:
    """Of rows that arrived more than once the last wins. Returns how many different rows there are."""
    cursor = await conn.execute(
        statement(
            table,
            "insert into {newest} ({key}, seq, content_hash, spend, conversions, revenue)"
            " select distinct on ({sorted_key}) {key}, seq, content_hash, spend, conversions, revenue"
            " from {staging}"
            " order by {sorted_key}, seq desc",
        )
    )
    if row_count >= MANY_ROWS:
        await conn.execute(statement(table, "analyze {newest}"))
    return cursor.rowcount


async def plan_for_any_size(conn: Connection) -> None:
    """Keep the planner, which knows little of temporary and new tables, from its two costly mistakes here.

    Sorting wide staged rows for a merge, and looking up every row of a window one by one: all joins are hash
    joins of narrow keys, and every reading of the stored rows is one range of the primary key.
    """
    await conn.execute("set local enable_mergejoin = off")
    await conn.execute("set local enable_nestloop = off")


async def days_known_better(conn: Connection, answer: Answer) -> list[date]:
    """Days of the window that a later request has answered already: newest fetch wins, not newest commit."""
    cursor = await conn.execute(
        "select date_day from ops.insight_coverage where platform = %(platform)s"
        " and account_id = %(account_id)s and report = %(report)s"
        " and date_day between %(since)s and %(until)s and fetched_at > %(fetched_at)s",
        vars(answer),
    )
    return [row[0] for row in await cursor.fetchall()]


async def write_changes(conn: Connection, table: InsightTable, answer: Answer, skip: Sequence[date]) -> int:
    """Write new and changed rows, and the values they replace to the revisions. Returns how many.

    Where nothing but a name changed no belief about values was given up: no revision, and `fetched_at` stays.
    """
    return await _count(
        conn,
        statement(
            table,
            "with changed as materialized ("
            " select n.seq, {n_key}, t.fetched_at as observed_at from {newest} n"
            " left join {target} t on {same_key} and {in_window}"
            " where n.date_day <> all(%(skip)s::date[]) and (t.account_id is null"
            "  or (t.fetched_at <= %(fetched_at)s"
            "   and (t.content_hash <> n.content_hash or t.withdrawn_at is not null)))"
            "), kept as ("
            " insert into raw.insight_revisions ({revision_columns})"
            " select {revision} from {target} t join changed n on {same_key} join {staging} s on s.seq = n.seq"
            " where {in_window} and (t.withdrawn_at is not null or ({t_revised}) is distinct from ({s_revised}))"
            " order by {sorted_key_of_t} returning {key}"
            "), written as ("
            " insert into {target} (platform, account_id, {columns}, content_hash, fetched_at)"
            " select %(platform)s, %(account_id)s, {staged_columns}, s.content_hash,"
            "  case when t.date_day is null then coalesce(n.observed_at, %(fetched_at)s) else %(fetched_at)s end"
            " from {staging} s join changed n on n.seq = s.seq left join kept t on {same_key}"
            " on conflict (platform, account_id, {key}) do update set {assignments},"
            "  content_hash = excluded.content_hash, fetched_at = excluded.fetched_at,"
            "  withdrawn_at = null, changed_xid = excluded.changed_xid"
            " returning 1)"
            " select count(*) from written",
        ),
        vars(answer) | {"skip": list(skip)},
    )


async def withdraw_missing(conn: Connection, table: InsightTable, answer: Answer, skip: Sequence[date]) -> int:
    """Mark stored rows of the covered days that the complete answer no longer has. Returns how many."""
    return await _count(
        conn,
        statement(
            table,
            "with gone as materialized ("
            " select {t_key} from {target} t where {in_window} and t.date_day >= %(available_from)s"
            "  and t.date_day <> all(%(skip)s::date[]) and t.withdrawn_at is null"
            "  and t.fetched_at <= %(fetched_at)s"
            "  and not exists (select from {newest} n where {same_key}) and {not_protected}"
            "), kept as ("
            " insert into raw.insight_revisions ({revision_columns})"
            " select {revision_of_withdrawn} from {target} t join gone n on {same_key}"
            " where {in_window} order by {sorted_key_of_t}"
            "), marked as ("
            " update {target} t set withdrawn_at = %(fetched_at)s, fetched_at = %(fetched_at)s,"
            "  changed_xid = pg_current_xact_id() from gone n where {same_key} and {in_window}"
            " returning 1)"
            " select count(*) from marked",
        ),
        vars(answer) | {"skip": list(skip)},
    )


async def write_coverage(conn: Connection, table: InsightTable, answer: Answer) -> None:
    """Remember which days this answer covers, those without a row included."""
    await conn.execute(
        statement(
            table,
            "insert into ops.insight_coverage as c"
            " (platform, account_id, report, date_day, fetched_at, row_count, run_id)"
            " select %(platform)s, %(account_id)s, %(report)s, d.date_day, %(fetched_at)s,"
            "  coalesce(n.rows, 0), %(run_id)s"
            " from (select generate_series(greatest(%(since)s::date, %(available_from)s::date)::timestamp,"
            "  %(until)s::date::timestamp, interval '1 day')::date as date_day) d"
            " left join (select date_day, count(*) as rows from {newest} group by date_day) n using (date_day)"
            " order by d.date_day"
            " on conflict (platform, account_id, report, date_day) do update set"
            "  fetched_at = excluded.fetched_at, row_count = excluded.row_count, run_id = excluded.run_id"
            " where c.fetched_at <= excluded.fetched_at",
        ),
        vars(answer),
    )


async def totals(conn: Connection, table: InsightTable) -> tuple[Decimal, Decimal, Decimal]:
    """Spend, conversions and revenue of the staged rows, in the account's currency."""
    cursor = await conn.execute(
        statement(
            table,
            "select coalesce(sum(spend), 0), coalesce(sum(conversions), 0), coalesce(sum(revenue), 0)"
            " from {newest}",
        )
    )
    row = await cursor.fetchone()
    return (row[0], row[1], row[2]) if row else (Decimal(0), Decimal(0), Decimal(0))


async def _count(conn: Connection, query: sql.Composed, params: Mapping[str, object]) -> int:
    cursor = await conn.execute(query, params)
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
