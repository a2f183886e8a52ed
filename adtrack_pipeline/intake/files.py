"""One file, held still while it is read: its bytes on this machine, their hash, their number.

Belongs here: fetching and hashing in flat memory. Does not belong here: what the bytes mean (reading/).
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adtrack_pipeline.intake.errors import IntakeError, RefusedError, UnreachableError
from adtrack_pipeline.intake.stores import Location, locate

BLOCK = 1 << 20


@dataclass(frozen=True)
class HeldFile:
    """A file on this machine.

    Attributes:
        path: where its bytes are.
        name: what people and tables call it.
        sha256: of its bytes.
        size: in bytes.
    """

    path: Path
    name: str
    sha256: bytes
    size: int
    _stamp: tuple[int, int]

    def check_still(self) -> None:
        """Somebody may go on writing a local file while it is read.

        Raises:
            RefusedError: it is not the file any more that was hashed.
        """
        if not self.path.exists() or _stamp(self.path) != self._stamp:
            raise RefusedError(
                f"{self.name} changed while it was being read: hand it in again once it is complete."
            )


@contextmanager
def held(where: str | Path) -> Iterator[HeldFile]:
    """The file at a path or URL; one from a store is copied here for as long as the block lasts.

    Raises:
        IntakeError: it is not there.
        UnreachableError: it cannot be read.
    """
    location = locate(where)
    try:
        if location.is_local:
            yield _hashed(Path(location.path), location.name)
            return
        with tempfile.TemporaryDirectory(prefix="adtrack-intake-") as folder:
            yield _fetched(location, Path(folder))
    except FileNotFoundError:
        raise IntakeError(f"{location.name}: there is no such file.") from None
    except IsADirectoryError:
        raise IntakeError(f"{location.name} is a folder: name the files in it.") from None
    except PermissionError:
        raise UnreachableError(f"{location.name} cannot be read: permission denied.") from None


def _fetched(location: Location, folder: Path) -> HeldFile:
    copy = folder / Path(location.path).name
    try:
        with location.store.open(location.path, "rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:  # every store's library has exceptions of its own
        raise UnreachableError(f"{location.name} cannot be read: {type(error).__name__}.") from None
    return _hashed(copy, location.name)


def _hashed(path: Path, name: str) -> HeldFile:
    stamp = _stamp(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return HeldFile(path, name, digest, stamp[0], stamp)


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns
