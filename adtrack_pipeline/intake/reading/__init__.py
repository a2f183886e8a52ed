"""From the bytes of a file to its rows, one after the other, whatever the format. Memory stays flat.

Belongs here: formats, encodings, delimiters. Does not belong here: what columns mean (`columns.py`).
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import SEEK_END
from typing import BinaryIO

from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import HeldFile
from adtrack_pipeline.intake.reading.csvs import read_csv
from adtrack_pipeline.intake.reading.jsonl import read_jsonl
from adtrack_pipeline.intake.reading.parquet import read_parquet
from adtrack_pipeline.intake.reading.rows import BadRow, Header, Item, Known, RawRow

__all__ = ["BadRow", "Header", "Item", "Known", "RawRow", "may_be_cut", "read_rows"]

GZIP, PARQUET, ZIP = b"\x1f\x8b", b"PAR1", b"PK\x03\x04"
LONGEST_BREAK = 4  # bytes of a line break in UTF-32
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


def read_rows(file: HeldFile, known: Known) -> Iterator[Item]:
    """The rows of a file in order, after its header if it has one.

    Args:
        file: CSV, JSONL (either one also gzipped) or Parquet, recognised by its content.
        known: tells whether a column name (normalised) means something; how the delimiter of a CSV is found.

    Raises:
        RefusedError: empty, truncated, of another format or encoding.
    """
    with file.path.open("rb") as raw:
        start = raw.read(8)
        raw.seek(0)
        if not start:
            raise RefusedError(f"{file.name} is empty (0 bytes).")
        if start.startswith(PARQUET):
            yield from read_parquet(file)
        elif start.startswith(ZIP):
            raise RefusedError(f"{file.name} is a workbook or ZIP archive: save the sheet as CSV (UTF-8).")
        else:
            with _unpacked(raw, file, is_packed=start.startswith(GZIP)) as text:
                yield from _text_rows(text, file, known)


def may_be_cut(file: HeldFile) -> bool:
    """Whether a CSV ends within a line: its last field may be only the beginning of what it was.

    Other formats show by themselves that an end is missing.
    """
    with file.path.open("rb") as raw:
        start = raw.read(8)
        raw.seek(-min(file.size, LONGEST_BREAK), SEEK_END)
        end = raw.read()
    is_text = not start.startswith((GZIP, PARQUET)) and not file.name.lower().endswith(JSON_SUFFIXES)
    return is_text and not any(mark in end for mark in (b"\n", b"\r"))


def _text_rows(raw: BinaryIO, file: HeldFile, known: Known) -> Iterator[Item]:
    plain = file.name.lower().removesuffix(".gz")
    is_json = plain.endswith(JSON_SUFFIXES) or raw.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    raw.seek(0)
    return read_jsonl(raw, file.name) if is_json else read_csv(raw, file.name, known)


@contextmanager
def _unpacked(raw: BinaryIO, file: HeldFile, *, is_packed: bool) -> Iterator[BinaryIO]:
    if not is_packed:
        yield raw
        return
    try:
        with gzip.open(raw) as packed:
            yield packed  # type: ignore[misc]  # a GzipFile reads like any binary file
    except EOFError:
        raise RefusedError(f"{file.name} is truncated: its gzip data ends in the middle.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise RefusedError(f"{file.name} is damaged: its gzip data cannot be unpacked.") from None
