"""What lies in the inbox: a folder or a prefix of an object store, with a sub-folder per target.

    <inbox>/predictions/   raw.predictions
    <inbox>/orders/        raw.offline_conversions

Belongs here: listing, and which names are no files yet. Nothing is ever moved, changed or deleted: object stores
may be read-only, and a file that is known by its content costs nothing. Does not belong here: when to look
(`defs/intake`), what was there at the last look (`watching.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from adtrack_pipeline.intake.errors import IntakeError
from adtrack_pipeline.intake.stores import Location, locate, shown
from adtrack_pipeline.intake.targets import TARGETS

UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")
_STAMPS = ("mtime", "LastModified", "last_modified", "updated", "modified", "created")
_TAGS = ("etag", "ETag", "md5Hash", "content_md5")


@dataclass(frozen=True, order=True)
class Entry:
    """A file of the inbox; entries sort in the order in which the files were written.

    Attributes:
        modified: when, as the store writes it.
        name: below the inbox, sub-folder included: `predictions/tonight.csv`.
        mark: changes when the file does.
    """

    modified: str
    name: str
    mark: str


def look(inbox: str) -> list[Entry]:
    """The files in the sub-folders of the inbox; a folder that does not exist holds none.

    Raises:
        IntakeError: the store cannot be listed.
    """
    root = locate(inbox)
    entries = [entry for target in TARGETS for entry in _entries(root, target.folder)]
    return sorted(entries)


def address(inbox: str, name: str) -> str:
    """Where a file of the inbox is.

    Raises:
        IntakeError: the name leads out of the inbox.
    """
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        raise IntakeError(f"{name} is not a file of the inbox.")
    return f"{inbox.rstrip('/')}/{name}"


def _entries(root: Location, folder: str) -> Sequence[Entry]:
    place = f"{root.path.rstrip('/')}/{folder}"
    try:
        found = root.store.find(place, detail=True)
    except FileNotFoundError:
        return ()
    except Exception as error:  # every store's library has exceptions of its own
        raise IntakeError(f"The inbox {shown(root.name)} cannot be listed: {type(error).__name__}.") from None
    below = {f"{folder}/{path[len(place) :].lstrip('/')}": info for path, info in found.items()}
    return [_entry(name, info) for name, info in below.items() if _is_finished(name) and info["type"] == "file"]


def _entry(name: str, info: Mapping[str, Any]) -> Entry:
    modified = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), "")
    state = f"{name}\n{info.get('size')}\n{modified}\n{tag}"
    return Entry(modified, name, sha256(state.encode(errors="surrogateescape")).hexdigest()[:12])


def _is_finished(name: str) -> bool:
    parts = name.split("/")
    return not any(part.startswith((".", "_")) for part in parts) and not parts[-1].lower().endswith(UNFINISHED)
