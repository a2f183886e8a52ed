"""Which files were handed in: `ops.intake_files`, one row per target and content. Nothing else is written here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from adtrack_pipeline.intake.columns import Target
from adtrack_pipeline.intake.files import HeldFile
from adtrack_pipeline.intake.report import LoadReport

Connection = psycopg.Connection[Any]
SAME_FILE = 1094997074  # advisory lock: of two loads of the same content one waits for the other


def is_known(conn: Connection, target: Target, file: HeldFile) -> bool:
    """Whether this content was loaded before; waits, until the end of the transaction, for who loads it now.

    A file that was refused is not known: whatever was in its way may be gone.
    """
    conn.execute(
        "select pg_advisory_xact_lock(%s, hashtext(%s))", [SAME_FILE, f"{target.name}{file.sha256.hex()}"]
    )
    row = conn.execute(
        "update ops.intake_files set file_name = %s"
        " where target = %s and content_sha256 = %s and outcome <> 'refused' returning file_id",
        [file.name, target.name, file.sha256],
    ).fetchone()
    return row is not None


def record(
    conn: Connection, file: HeldFile, report: LoadReport, *, run_id: str | None, started_at: datetime, at: datetime
) -> None:
    """Note what became of a file; the last attempt counts, but what was loaded stays so."""
    values: Mapping[str, Any] = {
        "target": report.target,
        "name": file.name,
        "sha": file.sha256,
        "size": file.size,
        "outcome": report.outcome,
        "read": report.read,
        "loaded": report.loaded,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "warnings": list(report.warnings),
        "error": report.error,
        "run_id": run_id,
        "started_at": started_at,
        "finished_at": at,
    }
    conn.execute(
        "insert into ops.intake_files as f (target, file_name, content_sha256, size_bytes, outcome, rows_read,"
        "  rows_loaded, rows_unchanged, rows_rejected, warnings, error, run_id, started_at, finished_at)"
        " values (%(target)s, %(name)s, %(sha)s, %(size)s, %(outcome)s, %(read)s, %(loaded)s, %(unchanged)s,"
        "  %(rejected)s, %(warnings)s, %(error)s, %(run_id)s, %(started_at)s, %(finished_at)s)"
        " on conflict (target, content_sha256) do update set file_name = excluded.file_name,"
        "  outcome = excluded.outcome, rows_read = excluded.rows_read, rows_loaded = excluded.rows_loaded,"
        "  rows_unchanged = excluded.rows_unchanged, rows_rejected = excluded.rows_rejected,"
        "  warnings = excluded.warnings, error = excluded.error, run_id = excluded.run_id,"
        "  started_at = excluded.started_at, finished_at = excluded.finished_at"
        " where f.outcome = 'refused' or excluded.outcome <> 'refused'",
        values,
    )
