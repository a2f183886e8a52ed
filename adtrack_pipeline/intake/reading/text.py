"""Bytes to lines of text: which encoding, how long a line may be. Formats do not belong here."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from adtrack_pipeline.intake.errors import RefusedError

LONGEST_LINE = 1_000_000  # characters: a row is hundreds; a gigabyte without a line end is no table
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins like UTF-16 LE, so it is asked first
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Lines(Iterator[str]):
    """Lines of a file with their ends, of which the reader may give some back.

    UTF-8, or what a byte order mark says. Any other encoding is refused and not guessed: a guess that is wrong
    changes names silently. `taken` holds what was taken since `start()`, `number` is that of the last line.
    """

    def __init__(self, raw: BinaryIO, name: str) -> None:
        self._name = name
        self._encoding = _encoding(raw)
        self._text = io.TextIOWrapper(raw, encoding=self._encoding, newline="")
        self._waiting: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def start(self) -> None:
        """A new row begins."""
        self.taken = []

    def give_back(self) -> None:
        """All lines taken but the first are read again."""
        self.number -= len(self.taken) - 1
        self._waiting += self.taken[:0:-1]
        del self.taken[1:]

    def _read(self) -> str:
        try:
            line = self._text.readline(LONGEST_LINE)
        except UnicodeError:
            encoding = "UTF-8" if self._encoding.startswith("utf-8") else self._encoding.upper()
            raise RefusedError(
                f"{self._name} is not {encoding} after line {self.number:,}: save it as UTF-8 and try again."
            ) from None
        if len(line) == LONGEST_LINE:
            raise RefusedError(
                f"{self._name}: line {self.number + 1:,} has over {LONGEST_LINE:,} characters: this is no table."
            )
        if not self.number and "\0" in line:
            raise RefusedError(
                f"{self._name} holds binary data or UTF-16 without a mark: save it as CSV in UTF-8."
            )
        return line


def _encoding(raw: BinaryIO) -> str:
    start = raw.read(4)
    raw.seek(0)
    return next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), "utf-8")
