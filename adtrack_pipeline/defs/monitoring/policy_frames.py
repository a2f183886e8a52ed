"""The warehouse as `PolicyFrames`: what the policies are held against. Reads only.

Every query is bounded by days back from today or by objects that run now, never by the length of history. Rows
travel as CSV: 100,000 of them take a fraction of the time they would take as tuples.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from adtrack_pipeline.defs.copying import copy_frame
from adtrack_pipeline.defs.monitoring import policy_queries as queries
from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies import PlatformFacts, Policies, PolicyFrames
from adtrack_pipeline.monitoring.policies.frames import (
    ACCOUNT_COLUMNS,
    BUDGET_COLUMNS,
    CAMPAIGN_COLUMNS,
    DAY_COLUMNS,
    SUMS,
    SYNC_COLUMNS,
    empty,
)
from adtrack_pipeline.monitoring.policies.needs import lookback_days

Connection = psycopg.Connection[Any]
_BUDGETS = ("daily_budget", "lifetime_budget", "lifetime_spent", "spend_cap", "amount_spent")
_NUMBERS = {*SUMS, *_BUDGETS, "succeeded", "failed"}
_INSTANTS = ("first_seen_at", "last_started_at", "last_ok_at", "starts_at", "ends_at")


def read_policy_frames(
    conn: Connection,
    policies: Policies,
    *,
    now: datetime,
    accounts: Sequence[str] = (),
    facts: PlatformFacts | None = None,
) -> PolicyFrames:
    """Everything these policies need to know.

    Args:
        conn: may read raw, marts and ops. Marts that are not built yet are empty.
        policies: decide how far back is read, and whether ads are.
        now: aware.
        accounts: ids of the accounts to look at; empty: all that the token could still read.
        facts: about the platform; `platform_facts` finds them.
    """
    wanted = {"now": now, "accounts": list(accounts)}
    return PolicyFrames(
        accounts=_read(conn, queries.ACCOUNTS, wanted, ACCOUNT_COLUMNS),
        campaigns=_read(conn, queries.CAMPAIGNS, wanted, CAMPAIGN_COLUMNS),
        days={level: _days(conn, level, days, wanted) for level, days in lookback_days(policies).items()},
        budgets=_budgets(conn, wanted),
        syncs=_read(
            conn,
            queries.SYNCS,
            {**wanted, "since": now - timedelta(hours=policies.health.window_hours), "reports": queries.REPORTS},
            SYNC_COLUMNS,
        ),
        facts=facts or PlatformFacts(),
    )


def read_names(conn: Connection, *, now: datetime, accounts: Sequence[str] = ()) -> PolicyFrames:
    """Accounts and campaigns only: enough to say which names in a policies file match nothing."""
    wanted = {"now": now, "accounts": list(accounts)}
    return PolicyFrames(
        accounts=_read(conn, queries.ACCOUNTS, wanted, ACCOUNT_COLUMNS),
        campaigns=_read(conn, queries.CAMPAIGNS, wanted, CAMPAIGN_COLUMNS),
    )


def _days(conn: Connection, level: Level, days: int, wanted: Mapping[str, Any]) -> pd.DataFrame:
    if not _exists(conn, queries.MART_OF[level]):
        return empty(DAY_COLUMNS)
    # A day of margin: in UTC+13 today has begun before UTC's, in UTC-8 it ends after it.
    since = wanted["now"].astimezone(UTC).date() - timedelta(days=days + 1)
    frame = _read(conn, queries.DAYS[level], {**wanted, "since": since}, DAY_COLUMNS)
    frame["date_day"] = pd.to_datetime(frame["date_day"])
    return frame


def _budgets(conn: Connection, wanted: Mapping[str, Any]) -> pd.DataFrame:
    has_marts = _exists(conn, "marts.campaign_metrics") and _exists(conn, "marts.ad_performance_daily")
    query = queries.BUDGETS if has_marts else queries.BUDGETS_WITHOUT_MARTS
    return _read(conn, query, wanted, BUDGET_COLUMNS)


def _read(conn: Connection, query: sql.SQL, values: Mapping[str, Any], columns: Sequence[str]) -> pd.DataFrame:
    kinds = {name: "float64" for name in columns if name in _NUMBERS}
    words = {name: "str" for name in columns if name not in _NUMBERS and name != "is_running"}
    frame = copy_frame(conn, query, values, {**kinds, **words})
    for name in _INSTANTS:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    if "is_running" in frame:
        frame["is_running"] = frame["is_running"] == "t"
    return frame[list(columns)]


def _exists(conn: Connection, table: str) -> bool:
    row = conn.execute("select to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
