"""Parquet and workbooks, read back by other people's libraries."""

import datetime as dt
import io
import math
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow.parquet as pq
import pytest

from adtrack_pipeline.export.about import About
from adtrack_pipeline.export.selection import selection
from adtrack_pipeline.export.tables import find_table
from adtrack_pipeline.export.xlsx_file import CELL_CHARACTERS, write_xlsx
from adtrack_pipeline.warehouse import Database
from tests.export.conftest import Export

Conn = psycopg.Connection[Any]
AS_SHOWN = dt.datetime(2026, 11, 1)  # noqa: DTZ001  a workbook knows no time zones
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def about(conn: Conn, **more: Any) -> About:
    return About(selection(find_table(conn, "campaign_days"), **more), NOW, "adtrack export campaign_days")


def nobody(_rows: int) -> None:
    """Hears no progress."""


def test_parquet_keeps_types_nulls_and_empty_texts_apart(export: Export, tmp_path: Path):
    code, _, _ = export("campaign_days --out days.parquet")
    assert code == 0
    table = pq.read_table(tmp_path / "days.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types["date_day"] == "date32[day]"
    assert types["impressions"] == "int64"
    assert types["spend"] == "double"
    assert types["is_final"] == "bool"
    assert types["fetched_at"] == "timestamp[us, tz=UTC]"
    rows = {str(row["date_day"]): row for row in table.to_pylist()}
    assert rows["2026-11-02"]["campaign_name"] == '=HYPERLINK("http://x","y")'
    assert (rows["2026-11-03"]["campaign_name"], rows["2026-11-04"]["campaign_name"]) == ("", None)
    assert rows["2026-11-04"]["impressions"] == 9007199254740993
    assert (rows["2026-11-02"]["spend"], rows["2026-11-01"]["roas"]) == (3.31, None)
    assert math.isnan(rows["2026-11-03"]["roas"])
    assert rows["2026-11-02"]["fetched_at"] == dt.datetime(2026, 11, 3, 10, 0, 0, 250_000, tzinfo=dt.UTC)


def test_parquet_says_what_it_is_and_what_each_column_means(export: Export, tmp_path: Path):
    export("campaign_days --format parquet --from 2026-11-02")
    schema = pq.read_schema(tmp_path / "campaign_days.parquet")
    spend = schema.field("spend").metadata
    assert spend[b"description"].decode() == "Money spent, in `currency`, major units."
    assert (spend[b"unit"], spend[b"postgres_type"]) == (b"money, `currency`", b"numeric")
    assert schema.metadata[b"adtrack.one_row_per"] == b"platform, campaign, account-local day"
    assert schema.metadata[b"adtrack.days"] == b"from 2026-11-02"
    assert schema.metadata[b"adtrack.source"].startswith(b"SANDBOX")


@pytest.mark.parametrize("fmt", ["parquet", "xlsx"])
def test_a_typed_file_without_rows_still_has_its_columns(export: Export, tmp_path: Path, fmt: str):
    code, _, told = export(f"campaign_days --from 2030-01-01 --out empty.{fmt}")
    assert code == 0
    assert "0 rows" in told
    if fmt == "parquet":
        assert pq.read_table(tmp_path / "empty.parquet").num_columns == 10
    else:
        assert openpyxl.load_workbook(tmp_path / "empty.xlsx")["campaign_days"].max_column == 10


def test_no_cell_of_a_workbook_is_a_formula_and_ids_keep_their_digits(export: Export, tmp_path: Path):
    export("campaign_days --out days.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "days.xlsx")["campaign_days"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "b"}
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("platform", "date_day", "campaign_id", "campaign_name")
    assert rows[2][2:6] == ("23850000000000017", '=HYPERLINK("http://x","y")', 1000, 3.31)
    assert [row[1] for row in rows[1:]] == [AS_SHOWN.replace(day=day) for day in (1, 2, 3, 4)]
    assert rows[3][6] == "nan"
    assert rows[4][8] == AS_SHOWN.replace(9999, 12, 31, 23, 59, 59)


def test_a_workbook_opens_with_a_sheet_that_explains_it(export: Export, tmp_path: Path):
    export("campaign_days --out days.xlsx --to 2026-11-03", "--where", "spend >= 0")
    book = openpyxl.load_workbook(tmp_path / "days.xlsx")
    assert book.sheetnames == ["About", "campaign_days"]
    lines = [tuple(cell for cell in row if cell) for row in book["About"].iter_rows(values_only=True)]
    facts = {line[0]: line[1] for line in lines if len(line) == 2}
    assert facts["one row per"] == "platform, campaign, account-local day"
    assert facts["days"] == "up to 2026-11-03, included"
    assert facts["condition"] == "spend >= 0"
    assert facts["rows"] == "2"
    assert facts["source"].startswith("SANDBOX")
    assert facts["exported with"].endswith("--where 'spend >= 0' --format xlsx")
    assert ("roas", "numeric", "ratio", "Return on ad spend: revenue ÷ spend, a plain ratio.") in lines


def test_more_rows_than_a_sheet_holds_go_on_the_next_one(shelf: Database, tmp_path: Path):
    out = io.BytesIO()
    with shelf.connect() as conn:
        chosen = about(conn, columns=("date_day",))
        count = write_xlsx(conn, chosen, out, nobody, folder=tmp_path, sheet_rows=3)
    assert count == 4
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["About", "campaign_days", "campaign_days 2"]
    assert [book[name].max_row for name in book.sheetnames[1:]] == [3, 3]
    assert book["campaign_days 2"]["A1"].value == "date_day"
    assert list(tmp_path.glob(".adtrack-*")) == []


def test_a_text_too_long_for_a_cell_is_cut_and_says_so(shelf: Database):
    out = io.BytesIO()
    with shelf.connect() as conn:
        conn.execute("update marts.campaign_days set campaign_name = repeat('x', 40000)")
        write_xlsx(conn, about(conn, columns=("campaign_name",)), out, nobody)
        conn.rollback()
    cell = openpyxl.load_workbook(out)["campaign_days"]["A2"].value
    assert len(cell) == CELL_CHARACTERS
    assert cell.endswith("(cut)")


def test_dates_are_read_whatever_style_the_server_prefers(export: Export, shelf: Database, tmp_path: Path):
    with shelf.connect(autocommit=True) as conn:
        name = psycopg.sql.Identifier(shelf.dbname)
        conn.execute(psycopg.sql.SQL("alter database {} set datestyle = 'German, DMY'").format(name))
        try:
            assert export("campaign_days --out days.parquet --from 2026-11-02 --columns date_day")[0] == 0
        finally:
            conn.execute(psycopg.sql.SQL("alter database {} reset datestyle").format(name))
    days = pq.read_table(tmp_path / "days.parquet")["date_day"].to_pylist()
    assert sorted(days) == [dt.date(2026, 11, day) for day in (2, 3, 4)]
