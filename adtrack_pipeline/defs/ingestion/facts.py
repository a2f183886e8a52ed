"""What the warehouse remembers about ingestion, as the records verdicts and metadata are made of. Reads only."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

import psycopg

from adtrack_pipeline.defs.ingestion.health import Covered, KnownAccount, Standing
from adtrack_pipeline.defs.ingestion.telling import DaySpend

Connection = psycopg.Connection[Any]


def known_accounts(conn: Connection, configured: Sequence[str]) -> list[KnownAccount]:
    """The accounts ingestion answers for: those configured, or else all that the token could still read."""
    rows = conn.execute(
        "select account_id, name, coalesce(timezone_name, 'UTC') from raw.accounts"
        " where case when %(ids)s::text[] = '{}' then withdrawn_at is null else account_id = any(%(ids)s) end"
        " order by account_id",
        {"ids": list(configured)},
    ).fetchall()
    return [KnownAccount(*row) for row in rows]


def coverage(conn: Connection, since: date) -> list[Covered]:
    """The newest complete answers for days from `since` on."""
    rows = conn.execute(
        "select account_id, report, date_day, fetched_at from ops.insight_coverage where date_day >= %s", (since,)
    ).fetchall()
    return [Covered(*row) for row in rows]


def standing(conn: Connection, configured: Sequence[str], reports: Sequence[str]) -> list[Standing]:
    """How the last sync of each account and report ended, for the accounts ingestion answers for.

    A sync that is still running says nothing yet.
    """
    rows = conn.execute(
        "select account_id, account_name, report, last_outcome, last_error, last_ok_at"
        " from ops.account_freshness left join raw.accounts using (platform, account_id)"
        " where report = any(%(reports)s) and last_outcome <> 'running'"
        " and case when %(ids)s::text[] = '{}' then withdrawn_at is null else account_id = any(%(ids)s) end"
        " order by account_id, report",
        {"ids": list(configured), "reports": list(reports)},
    ).fetchall()
    return [Standing(*row) for row in rows]


def rows_of_run(conn: Connection, run_id: str, report: str) -> dict[date, int]:
    """Days this run read completely for at least one account, with their rows."""
    rows = conn.execute(
        "select date_day, sum(row_count)::bigint from ops.insight_coverage"
        " where run_id = %s and report = %s group by 1",
        (run_id, report),
    ).fetchall()
    return dict(cast("list[tuple[date, int]]", rows))


def spend_per_day(conn: Connection, since: date, until: date) -> list[DaySpend]:
    """Spend per day and currency as the accounts' own totals state it."""
    rows = conn.execute(
        "select date_day, coalesce(currency, '?'), sum(spend) from raw.account_insights_daily"
        " where date_day between %s and %s and withdrawn_at is null group by 1, 2 order by 1, 2",
        (since, until),
    ).fetchall()
    return cast("list[DaySpend]", rows)


def table_rows(conn: Connection, table: str) -> int:
    """Rows of a raw table: counted when it is small, else the planner's estimate."""
    estimate = conn.execute("select reltuples::bigint from pg_class where oid = %s::regclass", (table,)).fetchone()
    if estimate and estimate[0] > COUNTED_UP_TO:
        return int(estimate[0])
    counted = conn.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - names of ours
    return int(counted[0]) if counted else 0


COUNTED_UP_TO = 200_000
