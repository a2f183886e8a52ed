"""File locks in the home: who starts or stops the server, and who uses it.

Locks of the kernel, not files whose presence means something: whatever happens to a process, its locks go with it.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_held: dict[Path, IO[str]] = {}


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock that one process (or thread) has at a time; others wait."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold(path: Path) -> None:
    """Share a lock until this process ends or lets go."""
    if path not in _held:
        lock = path.open("a")
        fcntl.flock(lock, fcntl.LOCK_SH)
        _held[path] = lock


def let_go(path: Path) -> None:
    """Give up what `hold` took."""
    if held := _held.pop(path, None):
        held.close()


def is_free(path: Path) -> bool:
    """Whether no process shares the lock."""
    if not path.exists():
        return True
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
