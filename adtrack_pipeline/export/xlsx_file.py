"""Workbooks: a sheet that explains, then the rows on as many sheets as Excel needs.

Every cell is written with its type, so that text is text whatever it begins with, and an id keeps all its digits.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

import psycopg

from adtrack_pipeline.export.about import About
from adtrack_pipeline.export.arrow import arrow_schema, record_batches
from adtrack_pipeline.export.reading import Told
from adtrack_pipeline.export.tables import Column

if TYPE_CHECKING:
    import pyarrow as pa
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_576  # Excel's limit, the header included
CELL_CHARACTERS = 32_767
TITLE_CHARACTERS = 31
CUT = " … (cut)"
FIRST_DAY = dt.date(1900, 3, 1)  # before that, Excel counts a day that never was
WIDTHS = {"text": 24, "date": 11, "timestamp with time zone": 19}
Put = Callable[["Worksheet", int, int, Any], Any]


def write_xlsx(
    conn: psycopg.Connection[Any],
    about: About,
    out: IO[bytes],
    tell: Told,
    *,
    folder: Path | None = None,
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Write the explaining sheet and all rows, sorted by day; returns the number of rows.

    Rows go to a temporary file in `folder` at once, so that memory stays flat. `sheet_rows` is how many lines fit
    on a sheet.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415

    with (
        TemporaryDirectory(dir=folder, prefix=".adtrack-") as scratch,
        record_batches(conn, about.chosen, tell, in_order=True) as batches,
    ):
        book = Workbook(out, {"constant_memory": True, "tmpdir": scratch, "use_zip64": True})
        first = book.add_worksheet("About")
        count = _write_rows(book, about, _rows(batches), sheet_rows)
        _write_about(book, first, about, count)
        book.close()
    return count


def _write_rows(book: "Workbook", about: About, rows: Iterator[tuple[Any, ...]], sheet_rows: int) -> int:
    columns = about.chosen.columns
    puts = _puts(book, about)
    count, line, number = 0, 0, 1
    sheet = _sheet(book, about, number)
    for row in rows:
        line += 1
        if line >= sheet_rows:
            number, line = number + 1, 1
            sheet = _sheet(book, about, number)
        for place, value in enumerate(row):
            if value is not None:
                puts[place](sheet, line, place, value)
        count += 1
    if number == 1:
        sheet.autofilter(0, 0, max(line, 1), len(columns) - 1)
    return count


def _sheet(book: "Workbook", about: About, number: int) -> "Worksheet":
    ending = f" {number}" if number > 1 else ""
    sheet = book.add_worksheet(about.chosen.table.name[: TITLE_CHARACTERS - len(ending)] + ending)
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for place, column in enumerate(about.chosen.columns):
        sheet.set_column(place, place, WIDTHS.get(column.data_type, 12))
        sheet.write_string(0, place, column.name, bold)
    return sheet


def _write_about(book: "Workbook", sheet: "Worksheet", about: About, count: int) -> None:
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    for place, width in enumerate((26, 26, 26, 100)):
        sheet.set_column(place, place, width)
    facts = about.facts() | {"rows": f"{count:,}"}
    for line, (name, text) in enumerate(facts.items()):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, text)
    top = len(facts) + 1
    for place, name in enumerate(("column", "type", "unit", "description")):
        sheet.write_string(top, place, name, bold)
    for line, column in enumerate(about.chosen.columns, top + 1):
        for place, text in enumerate((column.name, column.data_type, column.unit, column.description)):
            sheet.write_string(line, place, text, wrapped)


def _puts(book: "Workbook", about: About) -> list[Put]:
    """Per column how its values are written."""
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def put_moment(sheet: "Worksheet", line: int, place: int, value: Any) -> None:
        at = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
        if (at.date() if isinstance(at, dt.datetime) else at) < FIRST_DAY:
            sheet.write_string(line, place, at.isoformat(" ") if isinstance(at, dt.datetime) else at.isoformat())
        else:
            sheet.write_datetime(line, place, at, instant if isinstance(at, dt.datetime) else day)

    return [
        _put(column, field, put_moment)
        for column, field in zip(about.chosen.columns, arrow_schema(about.chosen), strict=True)
    ]


def _put(column: Column, field: "pa.Field", put_moment: Put) -> Put:
    from pyarrow import types  # noqa: PLC0415

    if types.is_boolean(field.type):
        return lambda sheet, line, place, value: sheet.write_boolean(line, place, value)
    if types.is_date(field.type) or types.is_timestamp(field.type):
        return put_moment
    return _put_text if types.is_string(field.type) else _put_number


def _put_number(sheet: "Worksheet", line: int, place: int, value: float) -> None:
    if math.isfinite(value):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, str(value))  # a workbook has no such number


def _put_text(sheet: "Worksheet", line: int, place: int, value: str) -> None:
    if len(value) > CELL_CHARACTERS:  # else the writer would leave the cell out without a word
        value = value[: CELL_CHARACTERS - len(CUT)] + CUT
    sheet.write_string(line, place, value)


def _rows(batches: Iterator["pa.RecordBatch"]) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
