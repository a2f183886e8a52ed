"""What every message writes the same way."""

import pytest

from adtrack_pipeline.wording import kind, money


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        (1234.5, "EUR", "1,234.50 EUR"),
        (1234567.4, "JPY", "1,234,567 JPY"),
        (16795.82, "HUF", "16,796 HUF"),
        (12.5, "HUF", "12.50 HUF"),
        (0.0456, "USD", "0.0456 USD"),
        (0, None, "0.00"),
    ],
)
def test_money_is_written_as_people_of_its_country_write_it(amount: float, currency: str | None, told: str):
    assert money(amount, currency) == told


def test_an_alert_type_reads_as_words_with_its_acronyms():
    assert kind("ctr_drop") == "CTR drop"
    assert kind("roas_below_target") == "ROAS below target"
    assert kind("api_version_ending") == "API version ending"
    assert kind("zero_delivery") == "zero delivery"
