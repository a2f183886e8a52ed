"""The rows of a COPY as bytes: counted, in blocks, never all at once.

Does not belong here: what is copied (selection.py) and what becomes of it (csv_file.py, arrow.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

BLOCK = 1 << 20  # bytes
Told = Callable[[int], None]


class CopiedRows:
    """A readable file of CSV bytes; `rows` is how many lines the database has handed over so far."""

    closed = False  # what pyarrow asks of a file

    def __init__(self, copy: psycopg.Copy, tell: Told) -> None:
        self.rows = 0
        self._copy = copy
        self._tell = tell
        self._rest = b""

    def blocks(self) -> Iterator[bytes]:
        """Whole lines, about a megabyte at a time."""
        while block := self._block(BLOCK):
            yield block

    def is_empty(self) -> bool:
        """Whether there is nothing to read, or nothing any more."""
        self._rest = self._rest or self._block(1)
        return not self._rest

    def read(self, size: int = BLOCK) -> bytes:
        """At most `size` bytes; empty at the end."""
        if len(self._rest) < size:
            self._rest += self._block(size - len(self._rest))
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _block(self, size: int) -> bytes:
        lines: list[bytes] = []
        read = self._copy.read
        while size > 0 and (line := bytes(read())):  # the server sends one row per message
            lines.append(line)
            size -= len(line)
        self.rows += len(lines)
        self._tell(self.rows)
        return b"".join(lines)


@contextmanager
def copied(
    conn: psycopg.Connection[Any], query: sql.Composable, tell: Told, *, header: bool
) -> Iterator[CopiedRows]:
    """The rows of a query as CSV: null is nothing, the empty text is `""`."""
    options = sql.SQL("format csv, header" if header else "format csv")
    with (
        conn.cursor() as cursor,
        cursor.copy(sql.SQL("copy ({}) to stdout with ({})").format(query, options)) as copy,
    ):
        yield CopiedRows(copy, tell)
