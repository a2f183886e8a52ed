"""`ops.account_freshness`: how fresh each account is, for `adtrack status` and for BI."""

from typing import Any

import psycopg

Conn = psycopg.Connection[Any]


def log_sync(conn: Conn, outcome: str, minutes_ago: int, *, report: str = "insights_daily", rows: int = 0) -> None:
    conn.execute(
        "insert into ops.sync_runs (run_id, platform, account_id, report, started_at, finished_at, outcome,"
        " rows_fetched, error) values ('r', 'meta', '1', %(report)s, now() - make_interval(mins => %(ago)s),"
        " case when %(outcome)s <> 'running' then now() - make_interval(mins => %(ago)s) end,"
        " %(outcome)s, %(rows)s,"
        " case when %(outcome)s = 'failed' then 'token expired' end)",
        {"report": report, "ago": minutes_ago, "outcome": outcome, "rows": rows},
    )


def freshness(conn: Conn, columns: str) -> list[tuple[Any, ...]]:
    return conn.execute(f"select {columns} from ops.account_freshness order by report").fetchall()


def test_an_account_that_never_succeeded_has_no_age(conn: Conn) -> None:
    log_sync(conn, "failed", 5)
    assert freshness(conn, "last_outcome, last_error, last_ok_at, age_hours, failed_since_ok") == [
        ("failed", "token expired", None, None, 1)
    ]


def test_failures_after_a_success_are_counted_and_the_success_stays_visible(conn: Conn) -> None:
    log_sync(conn, "failed", 300)
    log_sync(conn, "ok", 120, rows=7)
    log_sync(conn, "failed", 60)
    log_sync(conn, "partial", 30)
    log_sync(conn, "deferred", 10)
    assert freshness(conn, "last_outcome, failed_since_ok, rows_fetched, round(age_hours)") == [
        ("deferred", 2, 7, 2)
    ]


def test_a_running_sync_does_not_hide_the_last_complete_one(conn: Conn) -> None:
    log_sync(conn, "ok", 60, rows=7)
    log_sync(conn, "running", 0)
    assert freshness(conn, "last_outcome, rows_fetched, failed_since_ok") == [("running", 7, 0)]


def test_each_report_of_an_account_has_its_own_line_with_the_accounts_name(conn: Conn) -> None:
    conn.execute(
        "insert into raw.accounts (platform, account_id, name, payload, content_hash, first_seen_at, fetched_at)"
        " values ('meta', '1', 'Acme', '{}', '', now(), now())"
    )
    log_sync(conn, "ok", 60)
    log_sync(conn, "ok", 60, report="insights_hourly")
    assert freshness(conn, "account_name, report") == [("Acme", "insights_daily"), ("Acme", "insights_hourly")]
