"""Filling a warehouse with a long history in minutes: a block of loaded days is copied backwards in time.

Belongs here: what `hourly_cycle.py` needs before it measures. Nothing of it is timed. The copies are rows as the
loader wrote them, under earlier days and with their bookkeeping, so that the product takes them for days it has
read; dbt then builds all of it anew, as after a first load. What differs from a real past: the ads of the block
are as old as the history, and each 28 days look the same.
"""

import os
import subprocess
import sys
from datetime import date, timedelta

import psycopg
from psycopg import sql

from adtrack_pipeline.defs.instance.home import dbt_target, environment
from adtrack_pipeline.defs.transform.project import PROJECT_DIR, dbt_executable
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database, ensure_database

BLOCK_DAYS = 28  # whole weeks
LOADED_DAYS = BLOCK_DAYS + 2  # the newest two days are not over in every account
_TABLES = ("raw.insights_daily", "raw.account_insights_daily", "ops.insight_coverage")


def lengthen(settings: Settings, days: int, today: date) -> None:
    """Make the history of a warehouse that holds `LOADED_DAYS` days `days` long, today included, and build it."""
    database = ensure_database(settings)
    with database.connect(autocommit=True) as conn:
        for table in _TABLES:
            _copy_back(conn, table, days, today)
    _build(settings, database)
    with database.connect(autocommit=True) as conn:
        conn.execute("vacuum analyze")


def _copy_back(conn: psycopg.Connection[tuple[str]], table: str, days: int, today: date) -> None:
    name = sql.Identifier(*table.split("."))
    columns = _columns(conn, table)
    shifted = [sql.SQL("date_day - %(back)s") if one == "date_day" else sql.Identifier(one) for one in columns]
    statement = sql.SQL(
        "insert into {0} ({1}) select {2} from {0} where date_day between %(since)s and %(until)s"
        " and date_day - %(back)s >= %(first)s on conflict do nothing"
    ).format(name, sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(shifted))
    until = today - timedelta(days=2)
    block = {
        "since": until - timedelta(days=BLOCK_DAYS - 1),
        "until": until,
        "first": today - timedelta(days=days - 1),
    }
    for back in range(BLOCK_DAYS, days, BLOCK_DAYS):
        conn.execute(statement, {**block, "back": back})
    conn.execute(sql.SQL("analyze {}").format(name))


def _columns(conn: psycopg.Connection[tuple[str]], table: str) -> list[str]:
    """What is copied: everything but the transaction that wrote a row."""
    found = conn.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
        " and column_name <> 'changed_xid' order by ordinal_position",
        table.split("."),
    )
    return [name for (name,) in found.fetchall()]


def _build(settings: Settings, database: Database) -> None:
    target = str(dbt_target(settings) / "first-build")
    folders = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target-path", target]
    done = subprocess.run(
        [dbt_executable(), "run", "--full-refresh", "--log-path", target, *folders],
        env={**os.environ, **environment(settings, database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"dbt could not build the history:\n{done.stdout[-1500:]}")
