"""One file into its table, in one transaction with the note that it was taken.

Belongs here: the order of things. Killed at any moment, the next attempt ends in the same state: either nothing
was written, or all of it with the note by which the same content is known.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from adtrack_pipeline import clock
from adtrack_pipeline.intake.columns import Target
from adtrack_pipeline.intake.encode import Encoder, Rejected
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import HeldFile, held
from adtrack_pipeline.intake.plausibility import doubted, noted, renamed
from adtrack_pipeline.intake.reading import Header, may_be_cut, read_rows
from adtrack_pipeline.intake.register import is_known, record
from adtrack_pipeline.intake.report import LoadReport, Reasons
from adtrack_pipeline.intake.staging import prepare, publish, publish_rejected, stage
from adtrack_pipeline.warehouse import Database
from adtrack_pipeline.warehouse.load.errors import clear_errors

Told = Callable[[int], None]
TELL_EVERY = 10_000


def load_file(
    database: Database,
    target: Target,
    where: str | Path,
    *,
    run_id: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    progress: Told | None = None,
) -> LoadReport:
    """Load a file; the same content a second time changes nothing, unless it is to be loaded `again`.

    Args:
        database: the warehouse.
        target: what the rows are.
        where: a path or fsspec URL.
        run_id: Dagster's run, for the records.
        again: also a known file: rows that were corrected since become new versions with the file's values.
        dry_run: do everything and undo it.
        progress: told how many rows were read.

    Raises:
        IntakeError: there is no such file, or it cannot be reached.
        LoadError: the database refused; nothing was written.
    """
    started_at, started = datetime.now(UTC), time.monotonic()
    with held(where) as file, database.connect(autocommit=True, application_name="adtrack intake") as conn:
        load = _Load(conn, target, file, run_id, started_at, progress or (lambda _: None))
        try:
            with clear_errors(f"loading {file.name}"), conn.transaction(force_rollback=dry_run):
                report = load.run(again=again)
        except RefusedError as error:
            report = LoadReport(target.name, file.name, "refused", error=str(error))
            if not dry_run:
                load.record(report)
    return replace(report, dry_run=dry_run, seconds=time.monotonic() - started)


class _Load:
    """The steps of one load, within a transaction of the caller's."""

    def __init__(
        self,
        conn: psycopg.Connection[tuple[object, ...]],
        target: Target,
        file: HeldFile,
        run_id: str | None,
        started_at: datetime,
        progress: Told,
    ) -> None:
        self._conn, self._target, self._file = conn, target, file
        self._run_id, self._started_at, self._progress = run_id, started_at, progress
        self._encoder = Encoder(target)
        self._reasons = Reasons()
        self._read = 0

    def run(self, *, again: bool = False) -> LoadReport:
        """Everything between begin and commit.

        Raises:
            RefusedError: the file as a whole cannot be used.
        """
        conn, target, file = self._conn, self._target, self._file
        if is_known(conn, target, file) and not again:
            return LoadReport(target.name, file.name, "known")
        prepare(conn, target)
        rejected = stage(conn, target, self._encoded(), file.name)
        file.check_still()
        seen = noted(self._encoder)  # before the rows are published
        warnings = [*seen, *doubted(conn, target, clock.now())]
        written = publish(conn, target, file.name)
        publish_rejected(conn, target, file.name, self._run_id, datetime.now(UTC))
        warnings += renamed(written.renamed)
        if not self._read:
            warnings.append("The file has no rows.")
        elif may_be_cut(file):
            warnings.append(
                "The last line ends without a line break: if the file was cut off, load the whole one."
            )
        report = LoadReport(
            target.name,
            file.name,
            "partial" if rejected else "loaded",
            read=self._read,
            loaded=written.loaded,
            versions=written.versions,
            unchanged=self._read - rejected - written.loaded,
            rejected=rejected,
            reasons=self._reasons.worst(),
            warnings=tuple(warnings),
        )
        self.record(report)
        return report

    def record(self, report: LoadReport) -> None:
        """Note what became of the file."""
        record(
            self._conn, self._file, report, run_id=self._run_id, started_at=self._started_at, at=datetime.now(UTC)
        )

    def _encoded(self) -> Iterator[bytes | Rejected]:
        encode, reasons = self._encoder.encode, self._reasons
        for item in read_rows(self._file, self._target.knows):
            if isinstance(item, Header):
                self._check(item)
                continue
            self._read += 1
            line = encode(item)
            if isinstance(line, Rejected):
                reasons.add(line.what, line.line)
            if self._read % TELL_EVERY == 0:
                self._progress(self._read)
            yield line
        self._progress(self._read)

    def _check(self, header: Header) -> None:
        """Without a required column every row would be refused for the same reason."""
        if missing := self._encoder.missing(header):
            found = ", ".join(name for name in header.names if name)[:200]
            command = "predictions" if self._target.name == "predictions" else "orders"
            raise RefusedError(
                f"{self._file.name} has no column {', '.join(missing)}. It has: {found or 'none'}. "
                f"adtrack {command} template shows the columns; delimiters may be comma, semicolon, tab or pipe."
            )
