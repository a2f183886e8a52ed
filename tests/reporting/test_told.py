"""The report in sentences, as an event, and the numbers of a dashboard."""

import json
from datetime import UTC, datetime

import jsonschema
import pytest

from adtrack_pipeline.notify.events.publishing import data_schema
from adtrack_pipeline.reporting import account_report, dashboard, overall_report
from adtrack_pipeline.reporting import numbers as written
from adtrack_pipeline.reporting.event import report_event
from tests.reporting.world import DAY, NOW, alert_row, frames, unripe


def test_an_ordinary_day_is_two_sentences():
    assert account_report(frames()).highlights == [
        "100.00 EUR were spent, about what is usual for a Thursday.",
        "10 conversions brought 300.00 EUR: ROAS 3.00, about usual.",
    ]


def test_a_day_that_is_not_usual_says_by_how_much():
    told = account_report(frames({DAY: {"spend": 150.0, "revenue": 300.0}})).highlights
    assert told[0] == "150.00 EUR were spent, 50 % above what is usual for a Thursday."
    assert told[1] == "10 conversions brought 300.00 EUR: ROAS 2.00, 33 % below usual."


def test_a_young_day_says_so_far_and_what_is_expected():
    young = unripe(conversions=4.0, revenue=150.0, conversions_nowcast=10.0, revenue_nowcast=300.0)
    told = account_report(frames({DAY: young})).highlights
    assert told[1] == (
        "4 conversions brought 150.00 EUR so far: ROAS 1.50, 3.00 once all have arrived, about usual."
    )


def test_conversions_without_value_are_told_by_what_they_cost():
    told = account_report(frames({DAY: {"revenue": 0.0}})).highlights
    assert told[1] == "10 conversions, at 10.00 EUR each."


def test_open_alerts_are_counted_by_severity():
    told = account_report(frames(alerts=[alert_row(1), alert_row(2, severity="critical")])).highlights
    assert told[-1] == "2 alerts are open (1 critical, 1 medium)."


def test_the_dashboard_has_the_promised_names_and_null_for_what_is_not_known():
    numbers = dashboard(account_report(frames()))
    assert {name: numbers[name] for name in ("total_spend", "total_revenue", "overall_roas")} == {
        "total_spend": 100.0,
        "total_revenue": 300.0,
        "overall_roas": 3.0,
    }
    assert (numbers["total_conversions"], numbers["avg_cpa"]) == (10.0, 10.0)
    assert numbers["ml_accuracy"] == {
        "ctr_mae": None, "roas_mae": None, "prediction_accuracy": None,
        "ctr_since": None, "ctr_until": None, "roas_since": None, "roas_until": None,
    }  # fmt: skip
    assert (numbers["currency"], numbers["date"]) == ("EUR", "2026-11-19")
    json.dumps(numbers, allow_nan=False)


def test_the_dashboard_of_a_day_without_spend_has_no_roas_and_no_cpa():
    zero = {"spend": 0.0, "conversions": 0.0, "revenue": 0.0}
    numbers = dashboard(account_report(frames({DAY: zero})))
    assert numbers["total_spend"] == 0.0
    assert numbers["overall_roas"] is None
    assert numbers["avg_cpa"] is None


@pytest.mark.parametrize("is_overall", [False, True])
def test_the_event_is_as_its_schema_says(is_overall: bool):
    accounts = [frames(), frames(account_id="2", currency="SEK", rate=None, is_read=False)]
    report = overall_report(accounts, DAY, "USD", NOW) if is_overall else account_report(accounts[0])
    event = report_event(report, report_id=7, project_id="p")
    jsonschema.Draft202012Validator(data_schema("account.daily_report")).validate(event.data)
    assert event.account_id == (None if is_overall else "1")
    spend = next(one for one in event.data["figures"] if one["metric"] == "spend")
    assert spend["vs_usual_pct"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (written.money(1234.5, "EUR"), "1,234.50 EUR"),
        (written.money(1_234_567.8, "JPY"), "1,234,568 JPY"),
        (written.money(None, "EUR"), "–"),
        (written.money(float("nan"), "EUR"), "–"),
        (written.count(12.34), "12.3"),
        (written.count(12.0), "12"),
        (written.signed(12.4), "+12 %"),
        (written.signed(-3.44), "−3.4 %"),
        (written.signed(0.01), "±0 %"),
        (written.signed(None), "–"),
        (written.signed_money(-5.0, "EUR"), "−5.00 EUR"),
        (written.percent(float("inf")), "–"),
        (written.day(DAY), "Thursday, 19 November 2026"),
        (written.instant(datetime(2026, 11, 20, 6, 5, tzinfo=UTC), "Europe/Berlin"), "20 Nov, 07:05"),
        (written.instant(None, None), "never"),
    ],
    ids=str,
)
def test_numbers_are_written_as_people_read_them(shown: str, text: str):
    assert shown == text
