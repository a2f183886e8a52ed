"""Rows to the lines that `COPY` reads; what cannot be such a line is refused with its reason. The hot path."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from adtrack_pipeline.intake.columns import METADATA, Mapped, Notes, Target, mapped
from adtrack_pipeline.intake.errors import BadValueError
from adtrack_pipeline.intake.reading import BadRow, Header, RawRow
from adtrack_pipeline.intake.values import Parser, json_object
from adtrack_pipeline.warehouse.load.encode import NULL, escaped

LONGEST_METADATA = 100_000
_UNSAFE = re.compile(r"[\\\n\r\0]")
_metadata = json_object(METADATA)


@dataclass
class Rejected:
    """A refused row: where, why, its text, and the mistake without its value."""

    line: int
    reason: str
    text: str
    what: str


@dataclass
class Encoder:
    """Encodes the rows of one file for one target.

    Attributes:
        notes: how often the file had oddities worth a warning.
        extras: unknown columns that went to metadata.
        left_out: columns that only the database fills.
    """

    target: Target
    notes: Notes = field(default_factory=Counter)
    extras: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._parsers = [column.parser(self.notes) for column in self.target.columns]
        self._defaults = [column.default for column in self.target.columns]
        self._required = [(n, column.name) for n, column in enumerate(self.target.columns) if column.required]
        self._names: tuple[str, ...] | None = None
        self._shapes: dict[tuple[str, ...], Mapped] = {}
        self._mapped = Mapped({}, None, (), (), ())
        self._steps: list[tuple[int, int, Parser]] = []

    def missing(self, header: Header) -> tuple[str, ...]:
        """Required columns that a header does not name."""
        self._take_shape(header.names)
        return self._mapped.missing

    def encode(self, row: RawRow | BadRow) -> bytes | Rejected:
        """A line for `COPY` (the target's columns, metadata, line number), or why there is none."""
        if isinstance(row, BadRow):
            return Rejected(row.line, row.reason, row.text.rstrip("\r\n"), row.reason)
        if row.names is not self._names:
            self._take_shape(row.names)
        try:
            return self._line(row)
        except BadValueError as error:
            return Rejected(row.line, str(error), row.as_text(), error.what)

    def _line(self, row: RawRow) -> bytes:
        values = row.values
        record = self._defaults.copy()
        for position, place, parse in self._steps:
            value = values[place]
            if value is not None and value != "" and (found := parse(value)) is not None:
                record[position] = found
        for position, name in self._required:
            if record[position] is None:
                raise BadValueError(f"{name} is missing.")
        self.target.check(record)
        record.append(self._metadata_text(values))
        fields = [NULL if value is None else value for value in record]
        line = "\t".join(fields)
        if _UNSAFE.search(line) or line.count("\t") >= len(fields) or line.count(NULL) != record.count(None):
            line = "\t".join(_clean(value) for value in record)
        try:
            return f"{line}\t{row.line}\n".encode()
        except UnicodeEncodeError:
            raise BadValueError("The row holds half a surrogate pair, which is not Unicode.") from None

    def _metadata_text(self, values: Any) -> str:
        place, extras = self._mapped.metadata, self._mapped.extras
        told = values[place] if place is not None else None
        if not extras and (told is None or told == ""):
            return "{}"
        kept = {name: values[at] for name, at in extras if values[at] is not None and values[at] != ""}
        if told is not None:
            kept |= _metadata(told) or {}
        try:
            text = json.dumps(kept, ensure_ascii=False, allow_nan=False, default=str)
        except (ValueError, RecursionError):
            raise BadValueError("metadata holds NaN or infinity, which JSON does not know.") from None
        if "\\u0000" in text or "\0" in text:
            raise BadValueError("metadata holds a NUL character, which Postgres does not store.")
        if len(text) > LONGEST_METADATA:
            raise BadValueError(f"metadata is longer than {LONGEST_METADATA:,} characters.")
        return text

    def _take_shape(self, names: tuple[str, ...]) -> None:
        """Rows of this shape follow."""
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) > 1000:
                self._shapes.clear()
            shape = self._shapes[names] = mapped(self.target, names)
            self.extras.update(name for name, _ in shape.extras)
            self.left_out.update(shape.left_out)
        self._names, self._mapped = names, shape
        self._steps = [(position, place, self._parsers[position]) for position, place in shape.places.items()]


def _clean(value: str | None) -> str:
    if value is not None and "\0" in value:
        raise BadValueError("The row holds a NUL character, which Postgres does not store.")
    return escaped(value)
