"""Where an export goes: a file that appears under its name only when it is complete, or a pipe."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from adtrack_pipeline.export.errors import ExportError


@contextmanager
def complete_or_nothing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to; when the block ends well it takes the place of `path`, else nothing changes there.

    It is written beside its place as `.<name>.part`. What a killed process left there is used again. What is no
    regular file (a pipe, /dev/null) is written to directly.

    Raises:
        ExportError: when the folder is missing or not writable, or another export is writing the same file.
    """
    real = path.resolve()  # a link keeps pointing to the file
    if real.is_dir():
        raise ExportError(f"{path} is a folder: name a file in it.")
    if real.exists() and not real.is_file():
        with real.open("wb") as special:
            yield special
        return
    part = real.with_name(f".{real.name}.part")
    with _alone(path, part) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(real)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def standard_output() -> Iterator[IO[bytes]]:
    """Stdout, for bytes."""
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _alone(path: Path, part: Path) -> Iterator[IO[bytes]]:
    """The part file, empty and held by this process only."""
    while True:
        try:
            file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b")
        except OSError as error:
            raise ExportError(f"{path} cannot be written: {error.strerror}.") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ExportError(
                    f"Another export is writing {path}: wait for it, or name another file."
                ) from None
            if not _is_still(part, file):  # the other one has just finished, and this is its file now
                continue
            file.truncate()
            yield file
            return


def _is_still(part: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(part.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
