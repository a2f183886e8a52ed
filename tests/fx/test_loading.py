"""Rates in the warehouse: what a file changes, what it leaves alone, what is told. On a real Postgres."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adtrack_pipeline import clock
from adtrack_pipeline.fx import RatesOptions, load_rates, wanted_rates
from adtrack_pipeline.intake import IntakeError, LoadReport
from adtrack_pipeline.settings import Settings
from adtrack_pipeline.warehouse import Database
from tests.fx.ecb_files import DAILY, HISTORY, zipped

Connection = psycopg.Connection[Any]
EVERYTHING = RatesOptions(("USD",), date(1999, 1, 1))


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.ENV, "2026-11-20T18:00:00Z")


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "eurofxref-hist.csv"
    path.write_text(HISTORY)
    return path


def rate(conn: Connection, day: str, one: str, other: str) -> tuple[Decimal, str] | None:
    return conn.execute(
        "select rate, source from raw.fx_rates where (rate_date, from_currency, to_currency) = (%s, %s, %s)",
        [day, one, other],
    ).fetchone()


def stored(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute("select *, xmin from raw.fx_rates order by 1, 2, 3").fetchall()


def outcome(report: LoadReport) -> tuple[Any, ...]:
    return report.outcome, report.loaded, report.versions, report.unchanged, report.rejected


def test_a_file_gives_rates_from_and_to_the_euro_and_into_every_base(
    database: Database, conn: Connection, history: Path
):
    report = load_rates(database, history, EVERYTHING)
    # 4 currencies: from the euro, to the euro, and three of them into USD; for 3 days.
    assert outcome(report) == ("loaded", 33, 0, 0, 0)
    assert rate(conn, "2026-11-19", "EUR", "USD") == (Decimal("1.0876"), "ecb")
    assert rate(conn, "2026-11-19", "USD", "EUR") == (Decimal("0.919455682236116"), "ecb")
    assert rate(conn, "2026-11-19", "GBP", "USD") == (Decimal("1.30392039323822"), "ecb")
    assert rate(conn, "2026-11-19", "USD", "GBP") is None
    assert conn.execute("select count(*) from raw.fx_rates where from_currency = 'CYP'").fetchone() == (0,)


def test_the_same_file_twice_changes_no_row_also_in_its_archive(
    database: Database, conn: Connection, history: Path, tmp_path: Path
):
    load_rates(database, history, EVERYTHING)
    before = stored(conn)
    assert outcome(load_rates(database, history, EVERYTHING)) == ("known", 0, 0, 33, 0)
    packed = tmp_path / "eurofxref-hist.zip"
    packed.write_bytes(zipped(HISTORY))
    assert outcome(load_rates(database, packed, EVERYTHING)) == ("loaded", 0, 0, 33, 0)
    daily = tmp_path / "eurofxref.csv"
    daily.write_text(DAILY)
    assert outcome(load_rates(database, daily, EVERYTHING)) == ("loaded", 0, 0, 11, 0)
    assert stored(conn) == before
    files = conn.execute("select target, outcome, rows_read, rows_loaded from ops.intake_files order by file_id")
    assert files.fetchall() == [
        ("fx_rates", "loaded", 3, 33),
        ("fx_rates", "loaded", 3, 0),
        ("fx_rates", "loaded", 1, 0),
    ]


def test_the_same_file_with_another_base_adds_what_is_missing(database: Database, conn: Connection, history: Path):
    load_rates(database, history, EVERYTHING)
    conn.execute(
        "insert into raw.accounts"
        " (platform, account_id, currency, payload, content_hash, first_seen_at, fetched_at)"
        " values ('meta', '1', 'GBP', '{}', '', now(), now())"
    )
    report = load_rates(database, history, RatesOptions(("JPY",), date(1999, 1, 1)))
    assert outcome(report) == ("loaded", 18, 0, 24, 0)
    assert rate(conn, "2026-11-20", "USD", "GBP") is not None
    assert rate(conn, "2026-11-20", "USD", "JPY") is not None


def test_a_rate_the_bank_corrected_is_replaced_and_named(database: Database, conn: Connection, history: Path):
    load_rates(database, history, EVERYTHING)
    history.write_text(HISTORY.replace("1.0876", "1.0877"))
    report = load_rates(database, history, EVERYTHING)
    # The day's USD itself, its inverse, and the crosses of the three others into USD.
    assert outcome(report) == ("loaded", 5, 5, 28, 0)
    assert "EUR to USD of 2026-11-19 is 1.0877 now; it was 1.0876." in report.warnings[0]
    assert rate(conn, "2026-11-19", "EUR", "USD") == (Decimal("1.0877"), "ecb")


def test_rates_entered_by_hand_stay_unless_replaced_on_purpose(
    database: Database, conn: Connection, history: Path
):
    conn.execute(
        "insert into raw.fx_rates values ('2026-11-19', 'EUR', 'USD', 1.5), ('2026-11-19', 'EUR', 'GBP', 0.8341)"
    )
    kept = load_rates(database, history, EVERYTHING)
    assert (kept.loaded, kept.versions) == (31, 0)
    assert kept.warnings == ("1 rates of other sources differ and were kept; --replace replaces them.",)
    assert rate(conn, "2026-11-19", "EUR", "USD") == (Decimal("1.5"), "manual")
    forced = load_rates(database, history, RatesOptions(("USD",), date(1999, 1, 1), replace=True))
    assert (forced.loaded, forced.versions) == (1, 1)
    assert "it was 1.5" in forced.warnings[0]
    assert rate(conn, "2026-11-19", "EUR", "USD") == (Decimal("1.0876"), "ecb")


def test_bad_lines_are_kept_with_file_line_and_reason(database: Database, conn: Connection, history: Path):
    history.write_text(HISTORY + "2026-11-17,nothing,1,1,,1,\n")
    report = load_rates(database, history, EVERYTHING)
    assert outcome(report) == ("partial", 33, 0, 0, 1)
    assert conn.execute("select source, file_name, line_number, reason from raw.rejected_rows").fetchall() == [
        ("fx_rates", str(history), 5, "USD is nothing, which is no rate above 0.")
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param("Date,USD\n2026-11-20,ä\n".encode("latin-1"), "is not UTF-8", id="wrong encoding"),
        pytest.param(b"PK\x03\x04 and then nothing", "ZIP archive", id="truncated archive"),
        pytest.param(zipped(HISTORY)[:-40], "ZIP archive", id="archive without its end"),
        pytest.param(zipped(HISTORY, "readme.txt"), "holds 0 CSV files", id="another archive"),
        pytest.param(b"<html>Not found</html>", "its first column must be Date", id="a web page"),
    ],
)
def test_what_is_no_file_of_the_bank_is_refused_and_noted(
    database: Database, conn: Connection, tmp_path: Path, content: bytes, said: str
):
    path = tmp_path / "rates.zip"
    path.write_bytes(content)
    report = load_rates(database, path, EVERYTHING)
    assert report.outcome == "refused"
    assert said in (report.error or "")
    assert stored(conn) == []
    assert conn.execute("select outcome, error from ops.intake_files").fetchall() == [("refused", report.error)]


def test_days_before_what_is_wanted_are_left_out_and_old_rates_are_told_of(
    database: Database, conn: Connection, history: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(clock.ENV, "2026-12-20T18:00:00Z")
    report = load_rates(database, history, RatesOptions(("VND",), date(2026, 11, 20)))
    assert report.loaded == 8
    assert report.warnings == (
        "2 days before 2026-11-20 were left out; --since takes them.",
        "The newest rate is of 2026-11-20; later than a week after it nothing is converted.",
        "There is no rate for VND: enter those into raw.fx_rates by hand.",
    )


def test_a_dry_run_tells_everything_and_leaves_nothing(database: Database, conn: Connection, history: Path):
    assert load_rates(database, history, EVERYTHING, dry_run=True).loaded == 33
    assert stored(conn) == []
    assert conn.execute("select count(*) from ops.intake_files").fetchone() == (0,)


def test_every_day_whose_rates_changed_is_marked_and_no_other(database: Database, conn: Connection, history: Path):
    load_rates(database, history, EVERYTHING)
    marks = "select rate_date::text from ops.fx_rate_days where changed_xid >= %s::xid8 order by 1"
    [xid] = conn.execute("select pg_current_xact_id()::text").fetchone() or ("0",)
    history.write_text(HISTORY.replace("0.8341", "0.8342"))
    load_rates(database, history, EVERYTHING)
    assert conn.execute(marks, [xid]).fetchall() == [("2026-11-19",)]
    conn.execute("update raw.fx_rates set rate_date = '2020-01-01' where rate_date = '2026-11-18'")
    conn.execute("delete from raw.fx_rates where rate_date = '2026-11-20'")
    assert [day for (day,) in conn.execute(marks, [xid])] == [
        "2020-01-01",
        "2026-11-18",
        "2026-11-19",
        "2026-11-20",
    ]


def test_the_reporting_currency_is_always_a_base_and_an_unknown_one_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ADTRACK_REPORTING_CURRENCY", "SEK")
    options = wanted_rates(Settings(), bases=["gbp"])
    assert options.bases == ("SEK", "GBP")
    assert options.since == date(2023, 10, 17)
    with pytest.raises(IntakeError, match="--base ZZZ is no currency"):
        wanted_rates(Settings(), bases=["ZZZ"])


def test_a_missing_file_is_one_sentence(database: Database, tmp_path: Path):
    with pytest.raises(IntakeError, match="there is no such file"):
        load_rates(database, tmp_path / "none.csv", EVERYTHING)
