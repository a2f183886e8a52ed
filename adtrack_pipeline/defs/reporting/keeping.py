"""Keeping reports: the row, the event that sends it in the same transaction, and the files people open.

Killed at any moment, the next run ends in the same state: the row and its event are one transaction, and a file
that is missing or older than its row is written again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from adtrack_pipeline.notify.outbox import append
from adtrack_pipeline.reporting import Report, dashboard
from adtrack_pipeline.reporting.event import report_event

ALL = "*"
KEEPING = 0x41445413  # advisory lock, with the hash of what the report is about: one writer per report

_NEWEST = """
    select report_id, version, fingerprint from ops.reports
    where platform = %(platform)s and account_id = %(account_id)s and report_date = %(report_date)s
    order by version desc limit 1
"""
_INSERT = """
    insert into ops.reports (
        platform, account_id, report_date, version, built_at, is_complete, missing, currency, html, data,
        fingerprint
    ) values (
        %(platform)s, %(account_id)s, %(report_date)s, %(version)s, %(built_at)s, %(is_complete)s, %(missing)s,
        %(currency)s, %(html)s, %(data)s, %(fingerprint)s
    ) returning report_id
"""
_RECENT = """
    select distinct on (platform, account_id, report_date) report_id, platform, account_id, report_date, version
    from ops.reports where built_at >= %(since)s
    order by platform, account_id, report_date, version desc
"""
_LATEST = """
    select distinct on (platform, account_id) report_id, platform, account_id, report_date, version, data
    from ops.reports where built_at >= %(since)s
    order by platform, account_id, report_date desc, version desc
"""
_CONTENT = "select html, data from ops.reports where report_id = %s"


@dataclass(frozen=True)
class Kept:
    """A report in the warehouse; `account_id` and `platform` are * over all accounts."""

    report_id: int
    platform: str
    account_id: str
    report_date: date
    version: int

    def path(self, folder: Path) -> Path:
        """Where its page is written, one folder per day."""
        name = "all-accounts" if self.account_id == ALL else f"{self.platform}-{self.account_id}"
        return folder / self.report_date.isoformat() / f"{name}.html"


def keep(conn: psycopg.Connection[Any], report: Report, html: str, *, project_id: str, built_at: datetime) -> bool:
    """Write a report as a new version, and with the first one the event that sends it; false if nothing changed.

    Args:
        conn: in autocommit mode.
        report: what it tells; one of an account that delivers nothing is kept and not sent.
        html: its page.
        project_id: of this installation.
        built_at: by the pipeline's clock.
    """
    key = {
        "platform": report.platform or ALL,
        "account_id": report.account_id or ALL,
        "report_date": report.day,
    }
    with conn.transaction():
        name = f"{key['platform']}:{key['account_id']}:{key['report_date']}"
        conn.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (KEEPING, name))
        newest = conn.execute(_NEWEST, key).fetchone()
        if newest and newest[2] == report.fingerprint():
            return False
        version = newest[1] + 1 if newest else 1
        row = conn.execute(_INSERT, {**key, **_values(report, html, version, built_at)}).fetchone()
        assert row
        if version == 1 and (report.has_delivery or report.alerts):
            append(conn, [report_event(report, report_id=row[0], project_id=project_id)])
    return True


def write_missing_files(conn: psycopg.Connection[Any], folder: Path, since: datetime) -> list[Path]:
    """Write the pages and numbers of reports built since then that have no file, or that of an older version."""
    written = []
    with conn.cursor(row_factory=class_row(Kept)) as cursor:
        recent = cursor.execute(_RECENT, {"since": since}).fetchall()
    for one in recent:
        path = one.path(folder)
        if _version_of(path) == one.version:
            continue
        row = conn.execute(_CONTENT, [one.report_id]).fetchone()
        if row:
            write_files(path, row[0], {**row[1], "version": one.version})
            written.append(path)
    return written


def latest(conn: psycopg.Connection[Any], since: datetime) -> list[tuple[Kept, dict[str, Any]]]:
    """The newest report of each account and of all, built since then, with its numbers; the one of all first."""
    rows = conn.execute(_LATEST, {"since": since}).fetchall()
    return [(Kept(*row[:5]), row[5]) for row in sorted(rows, key=lambda row: (row[2] != ALL, row[2]))]


def page_of(conn: psycopg.Connection[Any], report: Kept) -> str:
    """The page of a report; "" when it was purged meanwhile."""
    row = conn.execute(_CONTENT, [report.report_id]).fetchone()
    return str(row[0]) if row else ""


def write_files(path: Path, html: str, numbers: Mapping[str, Any]) -> None:
    """The page, then its numbers beside it: who sees the numbers finds the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, html)
    _replace(path.with_suffix(".json"), json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")


def _values(report: Report, html: str, version: int, built_at: datetime) -> dict[str, Any]:
    return {
        "version": version,
        "built_at": built_at,
        "is_complete": report.is_complete,
        "missing": " ".join(report.missing) or None,
        "currency": report.currency,
        "html": html,
        "data": Jsonb(dashboard(report)),
        "fingerprint": report.fingerprint(),
    }


def _version_of(path: Path) -> int | None:
    """Of the files there; None when there are none, or broken ones."""
    try:
        found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found.get("version") if path.exists() and isinstance(found, dict) else None


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
