"""The bank's tables line by line, and the rates that follow from them. Pure."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.fx.ecb import EuroRates, crossed, euro_rates, is_column, known_currencies
from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.reading.csvs import read_csv
from tests.fx.ecb_files import DAILY, HISTORY

TODAY = date(2026, 11, 20)
CODES = ("USD", "JPY", "GBP", "CHF", "PLN")
rates = st.decimals(min_value="0.0001", max_value=100_000, places=4, allow_nan=False)


def read(text: str) -> EuroRates:
    return euro_rates(read_csv(io.BytesIO(text.encode()), "hist.csv", is_column), "hist.csv", TODAY)


def reasons(found: EuroRates) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in found.rejected]


def test_the_historical_file_names_days_in_iso_and_leaves_out_what_has_no_rate():
    found = read(HISTORY)
    assert found.rejected == []
    assert found.read == len(found.days) == 3
    assert found.days[date(2026, 11, 19)] == {
        "USD": Decimal("1.0876"),
        "JPY": Decimal("162.90"),
        "BGN": Decimal("1.9558"),
        "GBP": Decimal("0.8341"),
    }


def test_the_daily_file_writes_days_out_and_blanks_after_commas():
    found = read(DAILY)
    assert found.rejected == []
    assert found.days == {
        date(2026, 11, 20): {
            "USD": Decimal("1.0850"),
            "JPY": Decimal("163.21"),
            "BGN": Decimal("1.9558"),
            "GBP": Decimal("0.8350"),
        }
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("31 February 2026,1,1,1,,1,", "31 February 2026 is no day", id="no such day"),
        pytest.param("20.11.2026,1,1,1,,1,", "20.11.2026 is no day", id="another notation"),
        pytest.param(",1,1,1,,1,", "Nothing is no day", id="no day"),
        pytest.param("2026-12-24,1,1,1,,1,", "2026-12-24 lies in the future", id="the future"),
        pytest.param("1998-12-31,1,1,1,,1,", "1998-12-31 lies before the euro", id="before the euro"),
        pytest.param("2026-11-17,0,1,1,,1,", "USD is 0, which is no rate above 0", id="zero"),
        pytest.param("2026-11-17,1,-2,1,,1,", "JPY is -2, which", id="negative"),
        pytest.param("2026-11-17,1,1,NaN,,1,", "BGN is NaN, which", id="not a number"),
        pytest.param("2026-11-17,1,1,1,,1e400,", "GBP is 1e400, which", id="infinite"),
        pytest.param("2026-11-17,1,1,1,", "The row has 5 fields where the header names 7", id="cut off"),
        pytest.param("2026-11-19,2,1,1,,1,", "stood in an earlier line with other rates", id="a day twice"),
    ],
)
def test_a_bad_line_is_refused_whole_with_its_number_and_the_others_count(line: str, said: str):
    found = read(HISTORY + line + "\n")
    assert len(found.days) == 3
    assert found.days[date(2026, 11, 19)]["USD"] == Decimal("1.0876")
    [(number, reason)] = reasons(found)
    assert number == 5
    assert said in reason


def test_a_column_that_is_no_currency_is_refused_and_the_others_count():
    found = read("Date,USD,ZZZ,EUR\n2026-11-20,1.1,7,1\n")
    assert found.days == {TODAY: {"USD": Decimal("1.1")}}
    assert reasons(found) == [
        (1, "ZZZ is no currency a euro rate can be in."),
        (1, "EUR is no currency a euro rate can be in."),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("order_id,value\n1,2\n", "its first column must be Date, not order_id", id="another table"),
        pytest.param("Date,XYZ\n2026-11-20,1\n", "no column of it is headed by a currency", id="no currency"),
        pytest.param("", "is empty", id="empty"),
        pytest.param("\n\n", "is empty", id="blank"),
    ],
)
def test_what_is_no_table_of_the_bank_is_refused_as_a_whole(text: str, said: str):
    with pytest.raises(RefusedError, match=said):
        read(text)


def test_rates_go_both_ways_and_cross_into_the_bases():
    found = crossed({"USD": Decimal("1.25"), "GBP": Decimal("0.8")}, ["USD"])
    assert found == {
        ("EUR", "USD"): Decimal("1.25"),
        ("EUR", "GBP"): Decimal("0.8"),
        ("USD", "EUR"): Decimal("0.8"),
        ("GBP", "EUR"): Decimal("1.25"),
        ("GBP", "USD"): Decimal("1.5625"),
    }


def test_a_base_without_a_rate_that_day_gives_no_cross_and_never_one():
    assert ("USD", "VND") not in crossed({"USD": Decimal("1.1")}, ["VND", "EUR"])
    assert set(crossed({"USD": Decimal("1.1")}, ["VND", "EUR"])) == {("EUR", "USD"), ("USD", "EUR")}
    assert crossed({}, ["USD"]) == {}


@given(st.dictionaries(st.sampled_from(CODES), rates), st.lists(st.sampled_from((*CODES, "EUR"))))
def test_there_and_back_is_where_one_started_whatever_the_rates(euro: dict[str, Decimal], bases: list[str]):
    found = crossed(euro, bases)
    assert all(rate > 0 for rate in found.values())
    assert all(one != other for one, other in found)
    for (one, other), rate in found.items():
        if (other, one) in found:
            assert abs(rate * found[other, one] - 1) < Decimal("1e-13")


@given(
    st.dictionaries(
        st.integers(0, 9000).map(lambda days: date(1999, 1, 4) + timedelta(days)),
        st.dictionaries(st.sampled_from(CODES), rates),
        min_size=1,
    ).filter(lambda days: max(days) <= TODAY)
)
def test_what_is_written_as_the_bank_writes_it_is_read_as_it_was(days: dict[date, dict[str, Decimal]]):
    found = read(_written(days))
    assert found.rejected == []
    assert found.days == days


def _written(days: dict[date, dict[str, Decimal]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=",\n")
    writer.writerow(["Date", *CODES])
    lines: Iterable[list[object]] = (
        [day, *(rate.get(code, "N/A") for code in CODES)] for day, rate in days.items()
    )
    writer.writerows(lines)
    return out.getvalue()


def test_currencies_that_are_gone_are_known_and_invented_ones_are_not():
    assert {"CYP", "LTL", "HRK", "USD"} <= known_currencies()
    assert "ZZZ" not in known_currencies()
