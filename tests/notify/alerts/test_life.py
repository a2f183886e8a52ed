"""One row per incident: opening, going on, worsening, ending, coming back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adtrack_pipeline.monitoring.condition import Level, Subject
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT, AlertOptions, Patience, open_keys
from tests.notify.alerts.conditions import START, Scans, ad, at, campaign, condition


def test_an_incident_of_many_hours_is_one_row_and_one_message(scans: Scans) -> None:
    opened = scans(0, [condition(money_at_stake=10)])
    for hour in range(1, 6):
        changes = scans(hour, [condition(money_at_stake=10 + hour)])
        assert changes.opened == ()
        assert changes.updated == opened.opened
    alert = scans.alert()
    assert (alert["status"], alert["money_at_stake"]) == ("open", 15)
    assert (alert["first_seen_at"], alert["last_seen_at"]) == (at(0), at(5))
    assert scans.news() == [("a", "opened")]


def test_everything_the_condition_says_is_stored(scans: Scans) -> None:
    scans(
        0, [condition(threshold=5, expected=4.5, actual=1.25, score=6.5, currency="EUR", evidence={"series": [1]})]
    )
    alert = scans.alert()
    assert (alert["threshold"], alert["expected"], alert["actual"], alert["score"]) == (5, 4.5, 1.25, 6.5)
    assert (alert["level"], alert["object_id"], alert["object_name"]) == ("ad", "a", "Ad a")
    assert (alert["campaign_id"], alert["adset_id"], alert["ad_id"]) == ("c1", "s1", "a")
    assert (alert["currency"], alert["evidence"], alert["began_at"]) == ("EUR", {"series": [1]}, START)


def test_a_condition_that_is_only_recorded_is_a_row_and_no_event(scans: Scans) -> None:
    scans(0, [condition(pages=False)])
    assert scans.alert()["status"] == "open"
    assert scans.events() == []


def test_a_recorded_condition_is_told_once_it_is_worth_a_message(scans: Scans) -> None:
    scans(0, [condition(pages=False)])
    scans(1, [condition(pages=True)])
    scans(2, [condition(pages=False)])
    assert scans.news() == [("a", "opened")]


def test_rising_severity_is_told_again_and_falling_severity_is_not(scans: Scans) -> None:
    for hour, severity in enumerate(["medium", "critical", "low", "high", "critical"]):
        scans(hour, [condition(severity=severity)])
    assert scans.news() == [("a", "opened"), ("a", "escalated")]
    assert (scans.alert()["severity"], scans.alert()["escalations"]) == ("critical", 1)


def test_a_flickering_anomaly_neither_resolves_nor_reopens(scans: Scans) -> None:
    for hour in range(9):
        scans(hour, [] if hour % 3 else [condition()])
    assert scans.alert()["status"] == "open"
    assert scans.news() == [("a", "opened")]


def test_an_anomaly_is_resolved_after_enough_scans_without_it(scans: Scans) -> None:
    scans(0, [condition()])
    assert scans(1, []).resolved == ()
    assert scans.alert()["missing_since"] == at(1)
    assert scans(2, []).resolved == ()
    assert scans(3, []).resolved == (scans.alert()["alert_id"],)
    alert = scans.alert()
    assert (alert["status"], alert["resolved_at"], alert["resolved_reason"]) == ("resolved", at(3), "ended")
    assert scans.news() == [("a", "opened"), ("a", "resolved")]


def test_scans_in_quick_succession_do_not_resolve_an_anomaly(scans: Scans) -> None:
    scans(0, [condition()])
    for minute in range(1, 9):
        scans(minute / 60, [])
    assert scans.alert()["status"] == "open"


def test_few_scans_far_apart_do_not_resolve_an_anomaly_either(scans: Scans) -> None:
    scans(0, [condition()])
    for hour in (6, 12):
        scans(hour, [])
    assert scans.alert()["status"] == "open"
    assert len(scans(18, []).resolved) == 1


def test_patience_is_configurable(scans: Scans) -> None:
    scans.options = AlertOptions(patience={"detection": Patience(1, timedelta(0))})
    scans(0, [condition()])
    assert len(scans(1, []).resolved) == 1


def test_a_threshold_is_resolved_by_the_first_scan_below_it(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    assert len(scans(1, [], source="policies").resolved) == 1


def test_accounts_that_were_not_looked_at_keep_their_alerts(scans: Scans) -> None:
    here, there = condition(), condition(ad("b", account_id="200"))
    scans(0, [here, there], source="policies", accounts=["100", "200"])
    scans(1, [], source="policies", accounts=["100"])
    assert scans.alert(status="open")["account_id"] == "200"


def test_another_source_does_not_resolve_an_alert(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    for hour in range(1, 6):
        scans(hour, [])
    assert scans.alert()["status"] == "open"


def test_an_alert_of_the_pipeline_ends_only_when_the_pipeline_was_looked_at(scans: Scans) -> None:
    failing = condition(Subject(Level.PIPELINE, name="hourly"), "run_failed", "runs")
    scans(0, [failing], source="health", accounts=[])
    scans(1, [], source="health", accounts=["100"])
    assert scans.alert()["status"] == "open"
    scans(2, [], source="health", accounts=[PIPELINE_ACCOUNT])
    assert scans.alert()["status"] == "resolved"
    assert {event["stream_key"] for event in scans.events()} == {"pipeline"}
    assert [event["seq"] for event in scans.events(event_type="pipeline.alert")] == [1, 2]


def test_a_condition_that_comes_back_within_the_cooldown_is_the_same_alert_and_no_message(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    scans(1, [], source="policies")
    changes = scans(5, [condition()], source="policies")
    alert = scans.alert()
    assert changes.reopened == (alert["alert_id"],)
    assert (alert["status"], alert["reopened"], alert["resolved_at"]) == ("open", 1, None)
    scans(6, [], source="policies")
    assert scans.news() == [("a", "opened"), ("a", "resolved")]


def test_a_comeback_that_is_worse_is_told(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    scans(1, [], source="policies")
    scans(5, [condition(severity="critical")], source="policies")
    scans(6, [], source="policies")
    assert scans.news() == [("a", "opened"), ("a", "resolved"), ("a", "escalated"), ("a", "resolved")]


def test_a_comeback_that_stays_is_told_when_the_cooldown_is_over(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    scans(1, [], source="policies")
    for hour in range(5, 40):
        scans(hour, [condition()], source="policies")
    assert scans.news() == [("a", "opened"), ("a", "resolved"), ("a", "reminded")]


def test_after_the_cooldown_it_is_a_new_incident(scans: Scans) -> None:
    scans(0, [condition()], source="policies")
    scans(1, [], source="policies")
    scans(26, [condition()], source="policies")
    assert [alert["status"] for alert in scans.alerts()] == ["resolved", "open"]
    assert scans.news() == [("a", "opened"), ("a", "resolved"), ("a", "opened")]


def test_of_two_conditions_with_one_key_the_worse_counts(scans: Scans) -> None:
    scans(0, [condition(severity="high"), condition(severity="low")])
    assert scans.alert()["severity"] == "high"


def test_open_keys_are_those_of_the_source_that_are_not_resolved(scans: Scans) -> None:
    over, under = condition(), condition(campaign())
    scans(0, [over, under], source="policies")
    scans(0, [condition(ad("z"))])
    scans(1, [under], source="policies")
    assert open_keys(scans.conn, "policies") == {under.key}


@pytest.mark.parametrize("name", ['<b>Sale</b> & "more"', "Büro 🚀 特価", "a\nb\t;=1+1", "'; drop table x; --"])
def test_names_are_kept_exactly_as_their_owner_wrote_them(scans: Scans, name: str) -> None:
    scans(0, [condition(replace(ad("a"), name=name), message=f"CTR of {name} fell.")])
    assert scans.alert()["object_name"] == name
    assert scans.events()[0]["data"]["alert"]["message"] == f"CTR of {name} fell."


def test_text_that_looks_like_an_escape_is_kept(scans: Scans) -> None:
    scans(
        0,
        [
            condition(message=r"C:\u0000\new", evidence={"path": r"\u0000"}),
            condition(ad("b"), message="\x00\ud83d"),
        ],
    )
    assert [alert["message"] for alert in scans.alerts()] == [r"C:\u0000\new", "?"]
    assert scans.alerts()[0]["evidence"] == {"path": r"\u0000"}


def test_values_postgres_refuses_do_not_lose_the_alert(scans: Scans) -> None:
    strange = {"series": {"actual": [float("nan"), float("inf"), 1.5]}, "name": "a\x00b\ud800", "at": START}
    scans(0, [condition(actual=float("nan"), message="nul \x00 and half a pair \ud83d", evidence=strange)])
    alert = scans.alert()
    assert alert["actual"] is None
    assert alert["message"] == "nul  and half a pair ?"
    assert alert["evidence"]["series"] == {"actual": [None, None, 1.5]}
    assert alert["evidence"]["at"] == START.isoformat()
