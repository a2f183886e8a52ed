"""What a table takes from files: its columns, how each is read, what a row must satisfy as a whole.

Belongs here: the shape of a target and how a file's header maps to it. The two targets are `predictions.py` and
`orders.py`.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adtrack_pipeline.intake.values import Parser

METADATA = "metadata"
Notes = Counter[str]
Record = Sequence[str | None]
RowCheck = Callable[[Record], None]


@dataclass(frozen=True)
class Column:
    """A column of a target.

    Attributes:
        name: in the table and in files.
        parser: makes the function that reads a value; given what counts oddities of the file.
        required: a row without it is refused, a file without it too.
        default: what stands for nothing; None is null.
        example: for the template.
        aliases: other names for it in files, if the file has not the name itself.
    """

    name: str
    parser: Callable[[Notes], Parser]
    required: bool = False
    default: str | None = None
    example: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A table that files are for.

    Attributes:
        name: `predictions` or `offline_conversions`, as in ops.intake_files.
        what: its rows in messages.
        folder: sub-folder of the inbox.
        columns: in the order they are staged; `metadata` is added behind them.
        check: refuses a record as a whole by raising BadValueError.
        key: columns that make two rows versions of the same.
        given: columns only the database may fill; in a file they are left out.
    """

    name: str
    what: str
    folder: str
    columns: tuple[Column, ...]
    check: RowCheck
    key: tuple[str, ...]
    given: frozenset[str] = frozenset(
        {"version", "source", "source_line", "received_at", "content_hash", "changed_xid", "refund_key"}
    )
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        every = {name for column in self.columns for name in (column.name, *column.aliases)}
        object.__setattr__(self, "names", frozenset(every | {METADATA}))

    def knows(self, name: str) -> bool:
        """Whether a normalised column name means something."""
        return name in self.names

    def position(self, name: str) -> int:
        """Place of a column in a record."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)


@dataclass(frozen=True)
class Mapped:
    """A header mapped to a target: places in the file by place in the record, and what is left."""

    places: Mapping[int, int]
    metadata: int | None
    extras: tuple[tuple[str, int], ...]
    left_out: tuple[str, ...]
    missing: tuple[str, ...]


def mapped(target: Target, names: Sequence[str]) -> Mapped:
    """Where each column of a target is in a file; unknown columns are extras for `metadata`."""
    found = {name: place for place, name in reversed(list(enumerate(names))) if name}
    places, used = {}, {METADATA}
    for position, column in enumerate(target.columns):
        name = next((one for one in (column.name, *column.aliases) if one in found and one not in used), None)
        if name is not None:
            places[position] = found[name]
            used.add(name)
    rest = [name for name in found if name not in used]
    missing = [
        column.name for position, column in enumerate(target.columns) if column.required and position not in places
    ]
    return Mapped(
        places=places,
        metadata=found.get(METADATA),
        extras=tuple(sorted((name, found[name]) for name in rest if name not in target.given)),
        left_out=tuple(sorted(name for name in rest if name in target.given)),
        missing=tuple(missing),
    )


def lookalikes(target: Target, extras: Iterable[str]) -> dict[str, str]:
    """Unknown columns that look like a slip of the pen, and what was probably meant."""
    known = [column.name for column in target.columns]
    found = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.85) for name in extras}
    return {name: close[0] for name, close in found.items() if close}


def always(parser: Parser) -> Callable[[Notes], Parser]:
    """A parser that has nothing to note."""

    def make(_: Notes) -> Any:
        return parser

    return make
