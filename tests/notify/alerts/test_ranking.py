"""Alerts of accounts in several currencies, ranked by the money at stake in the reporting currency."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from adtrack_pipeline.notify.alerts.people import Filter, list_alerts
from tests.notify.alerts.conditions import Scans, ad, at, condition

TODAY = at(0).date()


@pytest.fixture
def rates(scans: Scans) -> Callable[..., None]:
    """Stores rates of a day, `EURUSD=1.1`, in place of those there are."""
    scans.conn.execute("truncate raw.fx_rates")

    def store(day: date = TODAY, **pairs: float) -> None:
        for pair, rate in pairs.items():
            scans.conn.execute("insert into raw.fx_rates values (%s, %s, %s, %s)", [day, pair[:3], pair[3:], rate])

    return store


def known(scans: Scans, target: str = "USD") -> dict[str, float]:
    found = scans.conn.execute("select * from ops.exchange_rates(%s, %s)", [target, TODAY])
    return {currency: round(float(rate), 6) for currency, rate in found.fetchall()}


def ranked(scans: Scans, currency: str = "USD", **wanted: Any) -> list[str]:
    return [one["object_id"] for one in list_alerts(scans.conn, Filter(**wanted), currency, at(0))]


def test_a_million_yen_are_less_than_nine_thousand_euros(scans: Scans, rates: Callable[..., None]) -> None:
    rates(JPYUSD=0.0065, EURUSD=1.1)
    yen = condition(ad("yen"), money_at_stake=1_000_000, currency="JPY")
    euros = condition(ad("euros"), money_at_stake=9_000, currency="EUR")
    dollars = condition(ad("dollars"), money_at_stake=7_000, currency="USD")
    scans(0, [yen, euros, dollars])
    assert ranked(scans) == ["euros", "dollars", "yen"]


def test_an_amount_without_a_rate_comes_after_those_with_one_and_before_none_at_all(
    scans: Scans, rates: Callable[..., None]
) -> None:
    rates(EURUSD=1.1)
    crowns = condition(ad("crowns"), money_at_stake=1_000_000, currency="SEK")
    euros = condition(ad("euros"), money_at_stake=1, currency="EUR")
    few = condition(ad("few"), money_at_stake=5, currency="SEK")
    scans(0, [condition(ad("none")), few, crowns, euros])
    assert ranked(scans) == ["euros", "crowns", "few", "none"]


def test_severity_comes_before_money(scans: Scans, rates: Callable[..., None]) -> None:
    rates(EURUSD=1.1)
    rich = condition(ad("rich"), money_at_stake=1_000_000, currency="EUR")
    scans(0, [rich, condition(ad("grave"), severity="critical", money_at_stake=1, currency="SEK")])
    assert ranked(scans) == ["grave", "rich"]


def test_the_reporting_currency_needs_no_rate(scans: Scans, rates: Callable[..., None]) -> None:
    assert known(scans, "CHF") == {"CHF": 1.0}


def test_a_rate_is_also_read_the_other_way_round_and_over_the_euro(
    scans: Scans, rates: Callable[..., None]
) -> None:
    rates(EURUSD=1.1, EURJPY=165.0, GBPUSD=1.3)
    assert known(scans) == {"USD": 1.0, "EUR": 1.1, "GBP": 1.3, "JPY": round(1.1 / 165, 6)}
    assert known(scans, "EUR") == {"EUR": 1.0, "USD": round(1 / 1.1, 6), "JPY": round(1 / 165, 6)}


def test_a_rate_of_its_own_wins_over_the_one_by_way_of_the_euro(scans: Scans, rates: Callable[..., None]) -> None:
    rates(EURUSD=1.1, EURGBP=0.5, GBPUSD=1.3)
    assert known(scans)["GBP"] == 1.3


def test_the_newest_rate_of_the_week_holds_and_none_that_is_older_or_still_to_come(
    scans: Scans, rates: Callable[..., None]
) -> None:
    for days_ago, rate in ((8, 4.0), (7, 3.0), (2, 2.0), (-1, 9.0)):
        rates(TODAY - timedelta(days=days_ago), EURUSD=rate)
    rates(TODAY - timedelta(days=8), SEKUSD=0.1)
    assert known(scans) == {"USD": 1.0, "EUR": 2.0}


def test_what_is_silenced_or_snoozed_can_be_left_out(scans: Scans, rates: Callable[..., None]) -> None:
    scans(0, [condition(ad("a")), condition(ad("b")), condition(ad("c"))])
    scans.conn.execute("update ops.alerts set snoozed_until = %s where object_id = 'a'", [at(1)])
    scans.conn.execute("update ops.alerts set snoozed_until = %s where object_id = 'b'", [at(-1)])
    assert ranked(scans) == ["a", "b", "c"]
    assert ranked(scans, only_told=True) == ["b", "c"]
