"""One export from beginning to end: who asks, in which transaction, into what.

Reads as the reader role in a read-only transaction with one snapshot and a time limit, so that the user's own
condition can neither change anything, nor see raw tables, nor run for ever.
"""

import gzip as gzipped
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, cast

import psycopg

from adtrack_pipeline import clock
from adtrack_pipeline.export.about import About
from adtrack_pipeline.export.csv_file import write_csv
from adtrack_pipeline.export.errors import ExportError, UnfinishedExportError
from adtrack_pipeline.export.parquet_file import write_parquet
from adtrack_pipeline.export.reading import Told
from adtrack_pipeline.export.request import STDOUT, Format, Request
from adtrack_pipeline.export.selection import Selection, check_condition, day_of, selection
from adtrack_pipeline.export.tables import find_table
from adtrack_pipeline.export.target import write_to_stdout, write_whole
from adtrack_pipeline.export.xlsx_file import write_xlsx
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.refusals import trouble

GZIP_LEVEL = 3  # twice as fast as the default for a few percent more bytes


@dataclass(frozen=True)
class Exported:
    """What came of it; `held` are the first and last day of the table when nothing was found."""

    label: str
    rows: int
    held: tuple[date, date] | None = None


def export(database: Database, request: Request, tell: Told) -> Exported:
    """Write what was asked for; `tell` hears now and then how many rows have come.

    Raises:
        ExportError: a mistake in the request.
        UnfinishedExportError: it took too long, or the disk is full.
        DatabaseError: the database cannot be used.
    """
    with database.connect(role="reader", application_name="adtrack-export") as conn:
        conn.read_only = True
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            # For this transaction: the role's own limit is for dashboards, and shorter; dates are ISO everywhere.
            limit = f"{request.minutes * 60_000:.0f}"
            conn.execute(
                "select set_config('statement_timeout', %s, true), set_config('datestyle', 'ISO, YMD', true)",
                [limit],
            )
            chosen = _chosen(conn, request)
            rows = _write(conn, chosen, request, tell)
            return Exported(chosen.table.label, rows, None if rows else _days_held(conn, chosen))
        except psycopg.errors.QueryCanceled:
            raise UnfinishedExportError(
                f"The database did not finish within {request.minutes:g} minutes: take fewer days or columns, or "
                "give more time with --minutes."
            ) from None
        except psycopg.errors.DataError as error:
            said = error.diag.message_primary or str(error)
            raise ExportError(f"--where fails on some rows of {request.table}: {said}.") from None
        except psycopg.Error as error:
            raise trouble(error, database.label) from error
        except BrokenPipeError:  # the reader has gone, and knows it
            raise
        except OSError as error:
            why = error.strerror or str(error)
            raise UnfinishedExportError(f"{request.out} could not be written to its end: {why}.") from None


def _chosen(conn: psycopg.Connection[Any], request: Request) -> Selection:
    table = find_table(conn, request.table)
    chosen = selection(
        table, columns=request.columns, since=request.since, until=request.until, where=request.where
    )
    check_condition(conn, chosen)
    return chosen


def _write(conn: psycopg.Connection[Any], chosen: Selection, request: Request, tell: Told) -> int:
    about = About(chosen, clock.now(), request.command, request.is_sandbox)
    to_stdout = request.out == STDOUT

    def write(out: IO[bytes]) -> int:
        if request.fmt is Format.CSV:
            return write_csv(conn, chosen, out, tell, verbatim=request.verbatim)
        if request.fmt is Format.PARQUET:
            return write_parquet(conn, about, out, tell)
        folder = None if to_stdout else Path(request.out).resolve().parent
        return write_xlsx(conn, about, out, tell, folder=folder)

    def write_packed(out: IO[bytes]) -> int:
        # Without name and time: the same rows give the same file.
        with gzipped.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=GZIP_LEVEL, mtime=0) as packed:
            return write(cast("IO[bytes]", packed))

    whole = write_packed if request.gzip else write
    return write_to_stdout(whole) if to_stdout else write_whole(Path(request.out), whole)


def _days_held(conn: psycopg.Connection[Any], chosen: Selection) -> tuple[date, date] | None:
    day = day_of(chosen.table)
    if day is None:
        return None
    query = psycopg.sql.SQL("select min({0}), max({0}) from {1}").format(
        day, psycopg.sql.Identifier(chosen.table.schema, chosen.table.name)
    )
    row = conn.execute(query).fetchone()
    return (row[0], row[1]) if row and row[0] else None
