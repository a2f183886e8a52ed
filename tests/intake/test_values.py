"""Values of a file as Postgres reads them, or why not."""

import math
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.intake import times, values
from adtrack_pipeline.intake.errors import BadValueError

BIG = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15) + 1, max_value=10**15 - 1)


@given(BIG)
def test_a_number_is_kept_as_it_is_written(number: Decimal):
    text = format(number, "f")
    parse = values.number("n")
    if len(text) <= values.LONGEST_NUMBER and abs(float(text)) < 1e15:
        assert parse(text) == text
        assert parse(f"  {text} ") == text


@given(st.floats())
def test_a_float_becomes_the_number_it_is_or_is_refused(number: float):
    parse = values.number("n")
    if math.isfinite(number) and abs(number) < 1e15:
        assert float(parse(number) or "") == number
    else:
        with pytest.raises(BadValueError):
            parse(number)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nan", "is nan, which is not a number; leave it empty"),
        ("-Infinity", "leave it empty"),
        (float("nan"), "leave it empty"),
        (float("inf"), "leave it empty"),
        ("2,5", "write a decimal point and no thousands"),
        ("1,234.50", "no thousands"),
        ("2.5%", "not a number"),
        ("1_000", "not a number"),
        ("٣", "not a number"),
        ("1e400", "beyond 1e"),
        ("1e15", "beyond 1e"),
        ("1e-5000", "not a number"),
        ("0" * 100, "not a number"),
        (True, "not a number"),
        ([1], "not a number"),
        ("-0.01", "below 0"),
        ("-1e-999", "below 0"),
    ],
    ids=repr,
)
def test_what_is_no_such_number_is_refused(value: Any, said: str):
    with pytest.raises(BadValueError, match=said):
        values.number("predicted_ctr", least=0)(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("120210000000000001", "120210000000000001"),
        (120210000000000001, "120210000000000001"),
        (" 7 ", "7"),
        ("123456789012345.0", "123456789012345"),
        (123.0, "123"),
        ("POS-1.5", "POS-1.5"),
        ("   ", None),
    ],
    ids=repr,
)
def test_an_id_keeps_all_its_digits(value: Any, found: str | None):
    assert values.identifier("object_id")(value) == found


@pytest.mark.parametrize("value", ["1.2021E+17", "1,2021E+17", "1.2021e17", 1.2021e17, float("nan")], ids=repr)
def test_an_id_that_a_spreadsheet_rounded_is_refused(value: Any):
    with pytest.raises(BadValueError):
        values.identifier("object_id")(value)


@pytest.mark.parametrize(("value", "found"), [("eur", "EUR"), (" USD ", "USD"), ("TWD", "TWD")])
def test_a_currency_is_one_that_exists(value: str, found: str):
    assert values.currency("currency")(value) == found


@pytest.mark.parametrize("value", ["EURO", "XYZ", "€", "DEM", "U", "840"])
def test_an_unknown_currency_is_refused(value: str):
    with pytest.raises(BadValueError, match=r"no currency of ISO 4217"):
        values.currency("currency")(value)


@pytest.mark.parametrize("value", ["80", "1", "0", "-0.5", "1e-999"])
def test_a_share_in_percent_is_refused_and_never_divided(value: str):
    with pytest.raises(BadValueError, match="between 0 and 1"):
        values.share("interval_level")(value)


@pytest.mark.parametrize(
    ("value", "found"), [("Yes", "t"), (True, "t"), (1, "t"), ("f", "f"), ("0", "f"), (" ", None)]
)
def test_flags_come_in_many_words(value: Any, found: str | None):
    assert values.flag("is_reported_to_platform")(value) == found


def test_a_flag_that_is_neither_yes_nor_no_is_refused():
    with pytest.raises(BadValueError, match="not true or false"):
        values.flag("is_reported_to_platform")("maybe")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-03-08", "2026-03-08"),
        (date(2026, 3, 8), "2026-03-08"),
        ("2026-03-08T00:00:00+01:00", "2026-03-08"),
        (datetime(2026, 3, 8), "2026-03-08"),  # noqa: DTZ001
        ("2026-03-08 00:00:00", "2026-03-08"),
    ],
    ids=repr,
)
def test_a_window_begins_on_a_day_or_its_midnight(value: Any, found: str):
    assert times.day("window_start", Counter())(value) == found


@pytest.mark.parametrize(
    ("value", "found", "excluded"),
    [
        ("2026-03-08", "2026-03-08", 0),
        (date(2026, 3, 8), "2026-03-08", 0),
        ("2026-03-08T23:59:59.999Z", "2026-03-08", 0),
        ("2026-03-09T00:00:00Z", "2026-03-08", 1),
        (datetime(2026, 3, 9, tzinfo=UTC), "2026-03-08", 1),
    ],
    ids=repr,
)
def test_an_end_at_midnight_excludes_the_day_it_begins_and_is_counted(value: Any, found: str, excluded: int):
    notes: Counter[str] = Counter()
    assert times.day("window_end", notes, is_end=True)(value) == found
    assert notes.total() == excluded


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-08T12:00:00Z",
        "08.03.2026",
        "03/08/2026",
        "2026-13-01",
        "1999-12-31",
        "2100-01-02",
        20260308,
        4.5,
        "x",
    ],
    ids=repr,
)
def test_what_is_no_whole_day_of_this_century_is_refused(value: Any):
    with pytest.raises(BadValueError):
        times.day("window_end", Counter(), is_end=True)(value)


@pytest.mark.parametrize(
    ("value", "found", "naive"),
    [
        ("2026-03-08T14:30:00+01:00", "2026-03-08T13:30:00+00:00", 0),
        ("2026-03-08 14:30:00Z", "2026-03-08T14:30:00+00:00", 0),
        ("2026-03-08T14:30:00", "2026-03-08T14:30:00+00:00", 1),
        ("2026-03-08", "2026-03-08T00:00:00+00:00", 1),
        (datetime(2026, 3, 8, 14, 30, tzinfo=UTC), "2026-03-08T14:30:00+00:00", 0),
    ],
    ids=repr,
)
def test_a_moment_without_an_offset_is_utc_and_counted(value: Any, found: str, naive: int):
    notes: Counter[str] = Counter()
    assert times.moment("occurred_at", notes)(value) == found
    assert notes.total() == naive


@pytest.mark.parametrize("value", ["yesterday", "08.03.2026 14:30", 1772980200, "1999-01-01T00:00:00Z"], ids=repr)
def test_what_is_no_moment_is_refused(value: Any):
    with pytest.raises(BadValueError):
        times.moment("occurred_at", Counter())(value)
