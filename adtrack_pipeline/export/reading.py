"""The rows of a COPY as bytes: counted, in blocks, never all at once.

Does not belong here: what is copied (selection.py) and what becomes of it (csv_file.py, arrow.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

BLOCK = 2 << 20  # bytes
Told = Callable[[int], None]


class CopiedRows:
    """CSV bytes; `rows` is how many lines the database has handed over so far."""

    def __init__(self, copy: psycopg.Copy, tell: Told) -> None:
        self.rows = 0
        self._copy = copy
        self._tell = tell

    def blocks(self) -> Iterator[bytes]:
        """Whole lines, about two megabytes at a time; a row may span several, as texts may."""
        while block := self._block():
            yield block

    def _block(self) -> bytes:
        lines: list[bytes] = []
        size, read = 0, self._copy.read
        while size < BLOCK and (line := bytes(read())):  # the server sends one row per message
            lines.append(line)
            size += len(line)
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
