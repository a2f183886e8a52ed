"""A file of the bank's as rows: CSV, packed or not. Does not belong here: what its columns mean (`ecb.py`)."""

import zipfile
import zlib
from collections.abc import Iterator

from adtrack_pipeline.fx.ecb import is_column
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.files import HeldFile
from adtrack_pipeline.intake.reading import Item, read_rows
from adtrack_pipeline.intake.reading.csvs import read_csv

MOST_BYTES = 64 << 20  # the whole history since 1999 has two megabytes


def table_rows(file: HeldFile) -> Iterator[Item]:
    """Header and rows of a CSV file, or of the one CSV file in a ZIP archive.

    Raises:
        RefusedError: damaged, another archive, or no text.
    """
    if not zipfile.is_zipfile(file.path):
        yield from read_rows(file, is_column)
        return
    try:
        with zipfile.ZipFile(file.path) as archive:
            member = _only_table(archive, file.name)
            with archive.open(member) as raw:
                yield from read_csv(raw, f"{file.name} ({member.filename})", is_column)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise RefusedError(f"{file.name} is a damaged ZIP archive, or locked with a password.") from None


def _only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    tables = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
    if len(tables) != 1:
        raise RefusedError(f"{name} holds {len(tables)} CSV files; the ECB's archives hold one.")
    if tables[0].file_size > MOST_BYTES:
        raise RefusedError(f"{name} unpacks to more than {MOST_BYTES >> 20} MB: this is no table of the ECB's.")
    return tables[0]
