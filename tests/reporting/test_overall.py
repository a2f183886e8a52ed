"""All accounts side by side: one currency, no invented rate, the worst alerts first."""

from datetime import timedelta

import pytest

from adtrack_pipeline.reporting import Report, dashboard, overall_report, render
from adtrack_pipeline.reporting.frames import AccountFrames
from tests.reporting.world import DAY, NOW, alert_row, fatigue_row, frames, object_row, unripe


def overall(*accounts: AccountFrames) -> Report:
    return overall_report(accounts, DAY, "USD", NOW)


EUROS = frames(account_id="1", name="Euro shop", currency="EUR", rate=1.1)
YEN = frames({DAY: {"spend": 50_000.0}}, account_id="2", name="Yen shop", currency="JPY", rate=0.0065)
CROWNS = frames(account_id="3", name="Crown shop", currency="SEK", rate=None)


def test_accounts_are_added_up_in_the_reporting_currency():
    found = overall(EUROS, YEN)
    assert found.sums is not None
    assert found.sums.spend == pytest.approx(100 * 1.1 + 50_000 * 0.0065)
    assert found.sums.conversions == 20
    assert [one.name for one in found.accounts] == ["Yen shop", "Euro shop"]


def test_an_account_without_a_rate_has_its_own_line_and_is_in_no_total():
    found = overall(EUROS, CROWNS)
    assert found.sums is not None
    assert found.sums.spend == pytest.approx(110)
    crowns = next(one for one in found.accounts if one.name == "Crown shop")
    assert crowns.converted is None
    assert crowns.own is not None
    assert found.unrated == ["SEK"]
    assert found.highlights[0].startswith("110.00 USD were spent in the accounts that have a rate")
    assert found.highlights[-1] == "No rate to USD is known for SEK: these accounts are in no total."


def test_dashboard_totals_are_unknown_as_soon_as_one_rate_is_missing():
    numbers = dashboard(overall(EUROS, CROWNS))
    assert numbers["total_spend"] is None
    assert numbers["overall_roas"] is None
    assert numbers["total_conversions"] == 20  # counts need no rate
    assert numbers["missing_currencies"] == ["SEK"]
    assert [one["total_spend"] for one in numbers["accounts"]] == [100.0, 100.0]
    assert dashboard(overall(EUROS))["total_spend"] == pytest.approx(110)


def test_all_days_are_converted_with_one_rate_so_that_a_change_is_no_exchange_rate():
    lines = overall(EUROS).compared_by_name()
    assert lines["spend"].usual.percent == pytest.approx(0)
    assert lines["revenue"].week_before.percent == pytest.approx(0)


def test_one_account_without_a_nowcast_makes_the_whole_days_expectation_unknown():
    young = frames({DAY: unripe()}, account_id="9", rate=1.0)
    quiet = frames(weeks=0, account_id="8", days={DAY: None}, rate=1.0)
    assert overall(EUROS, young).compared_by_name()["revenue"].ripe is None
    assert overall(EUROS, quiet).compared_by_name()["revenue"].ripe == pytest.approx(330)


def test_alerts_go_by_severity_then_by_money_in_one_currency():
    rich = frames(alerts=[alert_row(1, money_at_stake=500.0), alert_row(4, severity="high", money_at_stake=1.0)])
    yen = frames(
        account_id="2", currency="JPY", rate=0.0065,
        alerts=[alert_row(2, money_at_stake=60_000.0, currency="JPY")],
    )  # fmt: skip
    crowns = frames(
        account_id="3", currency="SEK", rate=None,
        alerts=[alert_row(3, money_at_stake=9e9, currency="SEK"), alert_row(5, money_at_stake=None)],
    )  # fmt: skip
    assert [one.alert_id for one in overall(rich, yen, crowns).alerts] == [4, 1, 2, 3, 5]


def test_campaigns_and_worn_creatives_say_whose_they_are():
    one = frames(
        name="Acme", campaigns=[object_row("c1", revenue=9_000.0), object_row("c2")], fatigue=[fatigue_row("x")]
    )
    found = overall(one, YEN)
    assert found.campaigns is not None
    assert found.campaigns.top[0].account == "Acme"
    assert found.fatigue[0].account == "Acme"


def test_what_is_missing_of_any_account_is_said():
    late = frames(account_id="2", name="Late shop", is_read=False)
    found = overall(EUROS, late)
    assert not found.is_complete
    assert found.missing == [
        "Late shop: Thu 19 Nov has not been read completely since it ended; only part of it is in these numbers."
    ]


def test_an_account_whose_day_was_not_read_makes_no_fall_of_the_others():
    late = frames({DAY: None}, account_id="2", name="Late shop", rate=1.0, is_read=False)
    found = overall(EUROS, late)
    assert found.compared_by_name()["spend"].usual.percent == pytest.approx(0)
    assert found.highlights[0].startswith("110.00 USD were spent in the accounts that were read, about")
    assert found.missing == [
        "Late shop: Thu 19 Nov has not been read completely since it ended; there are no numbers for it yet."
    ]
    assert dashboard(found)["total_spend"] is None
    assert "Those that were read" in render(found)


def test_the_freshness_of_an_account_is_that_of_its_oldest_data():
    found = overall(frames(), YEN)
    assert [one.last_ok_at for one in found.freshness] == [None, None]
    assert all(one.is_late for one in found.freshness)


def test_no_account_is_no_error():
    assert overall().sums is None
    assert overall().highlights == ["There are no numbers for this day yet."]


def test_the_same_inputs_have_the_same_fingerprint_whenever_it_is_built():
    later = overall_report([EUROS, YEN], DAY, "USD", NOW + timedelta(hours=3))
    assert overall(EUROS, YEN).fingerprint() == later.fingerprint()
    assert overall(EUROS, CROWNS).fingerprint() != later.fingerprint()
