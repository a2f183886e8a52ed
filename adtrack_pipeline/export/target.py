"""Where an export goes: a file that appears under its name only when it is complete, or a pipe."""

import fcntl
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

from adtrack_pipeline.export.errors import ExportError

T = TypeVar("T")


def write_whole(path: Path, write: Callable[[IO[bytes]], T]) -> T:
    """Let `write` fill a file that takes the place of `path` once it is complete, else nothing changes there.

    It is written beside its place as `.<name>.part`. What a killed process left there is used again. What is no
    regular file (a pipe, /dev/null) is written to directly. (A function and no context manager: between the
    opening of a generator's block and its beginning a Ctrl-C would find nobody who cleans up.)

    Raises:
        ExportError: when the folder is missing or not writable, or another export is writing the same file.
    """
    real = path.resolve()  # a link keeps pointing to the file
    if real.is_dir():
        raise ExportError(f"{path} is a folder: name a file in it.")
    if real.exists() and not real.is_file():
        with real.open("wb") as special:
            return write(special)
    part = real.with_name(f".{real.name}.part")
    try:
        with _alone(path, part) as file:
            result = write(file)
            file.flush()
            os.fsync(file.fileno())
            part.replace(real)
    except BaseException:
        _remove_unless_in_use(part)
        raise
    return result


def write_to_stdout(write: Callable[[IO[bytes]], T]) -> T:
    """Let `write` fill stdout with bytes."""
    result = write(sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return result


def _alone(path: Path, part: Path) -> IO[bytes]:
    """The part file, empty and held by this process only."""
    while True:
        file = _opened(path, part)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(part, file):  # else the other one has just finished, and this is its file now
                file.truncate()
                return file
        except BlockingIOError:
            raise ExportError(f"Another export is writing {path}: wait for it, or name another file.") from None
        except BaseException:
            file.close()  # gives the lock back, so that the file can be removed
            raise
        file.close()


def _opened(path: Path, part: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+b")
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from None


def _is_still(part: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(part.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _remove_unless_in_use(part: Path) -> None:
    with suppress(OSError), part.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(part, file):
            part.unlink()
