"""Minor and major units by Meta's own offsets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.platforms.meta.money import NO_CAP, OFFSET_ONE, budget, offset, to_major

CURRENCIES = st.sampled_from([*sorted(OFFSET_ONE), "USD", "EUR", "BRL", "KWD", "XTS"])


@given(st.integers(min_value=-(10**12), max_value=10**14), CURRENCIES)
def test_minor_units_are_the_major_units_times_metas_offset(minor: int, currency: str) -> None:
    major = to_major(str(minor), currency)
    assert major is not None
    assert Decimal(major) * offset(currency) == minor


@pytest.mark.parametrize("currency", ["JPY", "HUF", "COP", "TWD", "IDR", "CRC"])
def test_currencies_meta_counts_in_whole_units_are_not_divided(currency: str) -> None:
    assert to_major("2000", currency) == "2000"


def test_dollars_are_sent_in_cents() -> None:
    assert to_major("2000", "USD") == "20"
    assert to_major("1999", "USD") == "19.99"


def test_an_unknown_currency_counts_in_hundredths_as_meta_documents() -> None:
    assert to_major("2000", "XTS") == "20"


def test_a_budget_of_zero_means_that_it_sits_on_another_level() -> None:
    assert budget("0", "USD") is None
    assert to_major("0", "USD") == "0"


@pytest.mark.parametrize("sent", [None, NO_CAP, "", "abc", "NaN", [], "1e400"])
def test_no_budget_and_nonsense_are_no_budget(sent: object) -> None:
    assert budget(sent, "USD") is None
