"""CSV as people and programs get it."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from adtrack_pipeline.export.cells import FORMULA, harmless, harmless_sql
from adtrack_pipeline.warehouse import Database
from tests.export.conftest import Export, configure


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_holds_every_row_as_the_database_prints_it(export: Export, tmp_path: Path):
    code, _, told = export("campaign_days")
    assert code == 0
    assert "4 rows of marts.campaign_days in campaign_days.csv" in told
    assert "SANDBOX" in told
    rows = sorted(rows_of((tmp_path / "campaign_days.csv").read_text()), key=lambda row: row["date_day"])
    assert [row["date_day"] for row in rows] == ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]
    assert rows[1]["campaign_id"] == "23850000000000017"
    assert rows[3]["spend"] == "123456789.123456"
    assert rows[1]["fetched_at"] == "2026-11-03 10:00:00.25+00"


def test_names_that_look_like_formulas_are_text_and_numbers_stay_numbers(export: Export):
    _, out, _ = export("campaign_days --out -")
    by_day = {row["date_day"]: row for row in rows_of(out)}
    assert by_day["2026-11-02"]["campaign_name"] == '\'=HYPERLINK("http://x","y")'
    assert by_day["2026-11-01"]["campaign_name"] == '\'+49 "line\nbreak"'
    assert by_day["2026-11-01"]["spend"] == "-5.25"
    assert by_day["2026-11-04"]["tags"] == "{=1}"


def test_a_text_that_a_semicolon_would_split_into_a_formula_is_harmless_too():
    assert harmless("Spring;=1+1") == "Spring;'=1+1"
    assert harmless("=a;-b\t@c; d") == "'=a;'-b\t'@c; d"
    assert harmless("3-4 = x; y") == "3-4 = x; y"


def test_ids_and_platforms_that_people_hand_in_start_no_formula_either(
    export: Export,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    conn: psycopg.Connection[Any],
    tmp_path: Path,
):
    conn.execute(
        "create table marts.handed_in as select '=1+1' as account_id, '@x' as platform, '-1' as campaign_id"
    )
    configure(monkeypatch, database, tmp_path)
    assert export("handed_in --out -")[1] == "account_id,platform,campaign_id\n'=1+1,'@x,'-1\n"


def test_programs_get_the_names_byte_for_byte(export: Export):
    _, out, _ = export("campaign_days --out - --verbatim")
    assert {row["campaign_name"] for row in rows_of(out)} >= {'=HYPERLINK("http://x","y")', '+49 "line\nbreak"'}


def test_the_rule_in_sql_is_the_rule_in_python(shelf: Database):
    query = sql.SQL("select {} from (select %s::text as cell) as cells").format(
        harmless_sql(sql.Identifier("cell"))
    )

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=4))
    @settings(max_examples=100, deadline=None)
    def agree(text: str) -> None:
        for cell in (text, *(mark + text for mark in FORMULA), f"{text};{text}", f"a\t{text};=1"):
            assert conn.execute(query, [cell]).fetchone() == (harmless(cell),)

    with shelf.connect() as conn:
        agree()


def test_days_of_incidents_and_of_windows_of_days_narrow_it_down_too(
    export: Export,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    conn: psycopg.Connection[Any],
    tmp_path: Path,
):
    conn.execute(
        "create table marts.incidents as select 'late' as what, '2026-11-02 23:30-01'::timestamptz as began_at"
    )
    conn.execute("insert into marts.incidents values ('early', '2026-11-02 23:30+00')")
    conn.execute(
        "create table marts.windows as select date '2026-11-01' as window_start, date '2026-11-05' as window_end"
    )
    configure(monkeypatch, database, tmp_path)
    assert export("incidents --from 2026-11-03 --columns what --out -")[1] == "what\nlate\n"
    assert export("incidents --to 2026-11-02 --columns what --out -")[1] == "what\nearly\n"
    assert export("windows --from 2026-11-02 --to 2026-11-05 --out -")[1].count("\n") == 2
    assert "holds days from 2026-11-05 to 2026-11-05" in export("windows --to 2026-11-04 --out -")[2]


def test_days_columns_and_conditions_narrow_it_down(export: Export):
    _, out, _ = export(
        "marts.campaign_days --from 2026-11-02 --to 2026-11-03 --columns spend,date_day --out -",
        "--where",
        "impressions > 10 -- a comment does not swallow the rest",
    )
    assert out == "spend,date_day\n3.31,2026-11-02\n"


def test_no_rows_are_an_answer_with_a_header_and_a_hint(export: Export):
    code, out, told = export("campaign_days --from 2030-01-01 --columns spend --out -")
    assert (code, out) == (0, "spend\n")
    assert "holds days from 2026-11-01 to 2026-11-04" in told


def test_the_same_rows_give_the_same_compressed_file(export: Export, tmp_path: Path):
    export("campaign_days --gzip")
    first = (tmp_path / "campaign_days.csv.gz").read_bytes()
    export("campaign_days --out again.csv.gz")
    assert (tmp_path / "again.csv.gz").read_bytes() == first
    assert len(rows_of(gzip.decompress(first).decode())) == 4
