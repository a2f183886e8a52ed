"""CSV: the delimiter found by the header, quotes that do not end, rows of another width.

A stray quote swallows the lines after it; only the first of them is refused, the others are read again.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.reading.rows import BadRow, Header, Item, Known, RawRow, normalised, repeated
from adtrack_pipeline.intake.reading.text import LONGEST_LINE, Lines

DELIMITERS = ",;\t|"


def read_csv(raw: BinaryIO, name: str, known: Known) -> Iterator[Item]:
    """The header of a CSV file, then its rows.

    Raises:
        RefusedError: no header, a column twice, or not text.
    """
    lines = Lines(raw, name)
    header_line = _first_line(lines, name)
    delimiter = sniff_delimiter(header_line, known)
    header = _header(header_line, delimiter, name)
    yield Header(header)
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = len(header)
    while True:
        lines.start()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back()
            yield BadRow(lines.number, lines.taken[0], "A quote in this line has no end, or text follows it.")
            continue
        if len(values) == width:
            yield RawRow(lines.number - len(lines.taken) + 1, header, values, "".join(lines.taken))
        elif any(values):
            lines.give_back()
            yield BadRow(lines.number, lines.taken[0], _width_reason(len(values), width))


def sniff_delimiter(header: str, known: Known) -> str:
    """The delimiter with which the header names most known columns; a comma when none does."""

    def meaning(delimiter: str) -> int:
        return sum(known(normalised(part.strip('"'))) for part in header.split(delimiter))

    return max(DELIMITERS, key=meaning)


def _first_line(lines: Lines, name: str) -> str:
    for line in lines:
        if line.strip():
            return line.rstrip("\r\n")
    raise RefusedError(f"{name} is empty: its first line must name the columns.")


def _header(line: str, delimiter: str, name: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        raise RefusedError(
            f"{name}: the first line must name the columns, and a quote in it has no end."
        ) from None
    header = tuple(map(normalised, names))
    if twice := repeated(header):
        raise RefusedError(f"{name} has the column {twice} twice: leave one of them out.")
    return header


def _width_reason(found: int, width: int) -> str:
    return (
        f"The row has {found} fields where the header names {width}: a delimiter too many, or the row was cut off."
    )
