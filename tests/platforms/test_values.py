"""Single values: counts, money, text, days, any JSON."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.platforms.meta.values import (
    MAX_COUNT,
    BadValueError,
    count,
    decimal,
    is_canonical,
)

JSON_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=2)
)


@given(st.integers(min_value=0, max_value=MAX_COUNT))
def test_a_count_comes_out_the_same_from_text_and_from_a_number(number: int) -> None:
    assert count(str(number)) == count(number) == str(number)


@given(st.decimals(min_value=0, max_value=Decimal(10) ** 14, places=6))
def test_money_keeps_every_digit_and_has_one_spelling(number: Decimal) -> None:
    text = decimal(str(number))
    assert Decimal(text) == number
    assert is_canonical(text)
    assert decimal(text) == text


def _outcome(read: Callable[[object], str], value: object) -> str:
    try:
        text = read(value)
    except BadValueError as bad:
        return f"refused: {bad}"
    return "canonical" if is_canonical(text) or Decimal(text) > 10**14 else text


@given(JSON_VALUES)
def test_any_json_value_is_either_canonical_or_refused_with_a_reason(value: object) -> None:
    for read in (count, decimal):
        outcome = _outcome(read, value)
        assert outcome == "canonical" or outcome.startswith("refused: ")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("144.", "144"),
        ("4505.80", "4505.8"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("007", "7"),
        (1.5, "1.5"),
    ],
)
def test_other_spellings_of_a_number_become_the_canonical_one(sent: object, stored: str) -> None:
    assert decimal(sent) == stored


@pytest.mark.parametrize(
    "sent",
    [
        "NaN",
        "Infinity",
        "-inf",
        "1e400",
        "9223372036854775808",
        "-1",
        "",
        "abc",
        "1,5",
        "0x10",
        "1_000",
        True,
        None,
        [],
        {},
    ],
)
def test_what_is_no_acceptable_count_is_refused(sent: object) -> None:
    with pytest.raises(BadValueError):
        count(sent)


def test_a_fraction_is_no_count() -> None:
    with pytest.raises(BadValueError, match="whole number"):
        count("12.5")
    assert count("12.0") == "12"


def test_the_reason_shows_the_value_but_not_all_of_a_huge_one() -> None:
    with pytest.raises(BadValueError) as caught:
        decimal("9" * 10_000)
    assert len(str(caught.value)) < 120
