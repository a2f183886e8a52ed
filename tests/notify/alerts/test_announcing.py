"""Which news becomes which events, with which data."""

import numpy as np
import pytest

from adtrack_pipeline.notify.alerts import AlertOptions, alert_options
from adtrack_pipeline.settings import Settings
from tests.notify.alerts.conditions import ACCOUNT, Scans, account, ad, at, campaign, condition

BUDGET = {"budget_limit": 100.0, "current_spend": 130.0, "percentage_exceeded": 30.0}
THRESHOLD = {"metric_name": "ctr", "threshold_type": "below", "threshold_value": 5.0, "current_value": 1.2}


def test_an_alert_is_told_with_what_was_promised(scans: Scans) -> None:
    scans.options = AlertOptions(project_id="shop")
    scans(0, [condition(ad("a"), severity="high", message="CTR fell.", threshold=5, actual=1.2)])
    (event,) = scans.events()
    assert event["data"] == {
        "project_id": "shop",
        "campaign_id": "c1",
        "alert": {
            "alertId": "1",
            "alertType": "ctr_drop",
            "severity": "high",
            "message": "CTR fell.",
            "threshold": 5.0,
            "currentValue": 1.2,
            "timestamp": at(0).isoformat(),
        },
    }
    assert (event["event_type"], event["change"]) == ("campaign.performance_alert", "opened")
    assert (event["alert_id"], event["alert_type"], event["severity"]) == (1, "ctr_drop", "high")
    assert (event["stream_key"], event["subject"]) == (
        "meta:100:c1",
        "events.meta.100.c1.performance_alert",
    )
    assert event["occurred_at"] == at(0)


def test_an_account_has_a_stream_of_its_own(scans: Scans) -> None:
    scans(0, [condition(account(), "tracking_outage", "conversions")])
    (event,) = scans.events()
    assert (event["campaign_id"], event["data"]["campaign_id"]) == (None, None)
    assert (event["stream_key"], event["subject"]) == (f"meta:{ACCOUNT}:-", "events.meta.100.-.performance_alert")


def test_a_budget_is_an_alert_for_people_and_a_fact_for_programs(scans: Scans) -> None:
    over = condition(campaign(), "budget_exceeded", "spend", evidence=BUDGET)
    for hour in range(3):
        scans(hour, [over], source="policies")
    scans(3, [], source="policies")
    told = [(event["event_type"], event["change"], event["seq"]) for event in scans.events()]
    assert told == [
        ("campaign.performance_alert", "opened", 1),
        ("campaign.budget_exceeded", "opened", 2),
        ("campaign.performance_alert", "resolved", 3),
    ]
    assert scans.events()[1]["data"] == {"project_id": "adtrack", "campaign_id": "c1", **BUDGET}


def test_a_crossed_threshold_is_a_fact_once_per_crossing(scans: Scans) -> None:
    low = condition(campaign(), "ctr_below_target", evidence=THRESHOLD)
    scans(0, [low], source="policies")
    scans(1, [condition(campaign(), "ctr_below_target", severity="high", evidence=THRESHOLD)], source="policies")
    scans(2, [], source="policies")
    scans(50, [low], source="policies")
    assert len(scans.events(event_type="campaign.performance_threshold")) == 2
    assert len(scans.events(event_type="campaign.performance_alert")) == 4


@pytest.mark.parametrize("missing", sorted(THRESHOLD))
def test_an_incomplete_fact_is_not_told(scans: Scans, missing: str) -> None:
    evidence = {**THRESHOLD, missing: None}
    scans(0, [condition(campaign(), evidence=evidence)], source="policies")
    assert [event["event_type"] for event in scans.events()] == ["campaign.performance_alert"]


def test_a_fact_about_what_is_only_recorded_or_silenced_is_not_told(scans: Scans) -> None:
    scans.conn.execute(
        "insert into ops.alert_silences (campaign_id, starts_at, until_at, who, why)"
        " values ('c2', %s, %s, 'ada', 'launch')",
        [at(0), at(2)],
    )
    recorded = condition(campaign(), pages=False, evidence=THRESHOLD)
    silenced = condition(campaign("c2"), evidence=THRESHOLD)
    scans(0, [recorded, silenced], source="policies")
    assert scans.events() == []
    scans(3, [recorded, silenced], source="policies")
    assert [event["campaign_id"] for event in scans.events()] == ["c2", "c2"]


def test_numbers_of_numpy_are_numbers_in_events_and_evidence(scans: Scans) -> None:
    evidence = {**THRESHOLD, "current_value": np.float64(1.25), "series": {"actual": np.array([1.0, np.nan])}}
    scans(0, [condition(campaign(), actual=np.float64(1.25), evidence=evidence)], source="policies")
    assert scans.events(event_type="campaign.performance_threshold")[0]["data"]["current_value"] == 1.25
    assert scans.alert()["evidence"]["series"]["actual"] == [1.0, None]


def test_health_of_an_account_is_told_as_the_pipelines(scans: Scans) -> None:
    scans(0, [condition(account(), "data_stale", "age")], source="policies")
    (event,) = scans.events()
    assert (event["event_type"], event["stream_key"]) == ("pipeline.alert", "pipeline")
    assert (event["account_id"], event["data"]["account_id"]) == (ACCOUNT, ACCOUNT)


def test_a_rule_may_have_a_cooldown_of_its_own(scans: Scans) -> None:
    short = condition(campaign(), "budget_exceeded", "spend", evidence={"cool_down_hours": 4})
    scans(0, [short], source="policies")
    scans(1, [], source="policies")
    scans(6, [short], source="policies")
    assert [alert["status"] for alert in scans.alerts()] == ["resolved", "open"]


def test_what_the_user_configured_is_what_alerts_go_by() -> None:
    settings = Settings(ADTRACK_PROJECT_ID="shop", ADTRACK_ALERT_COOLDOWN_HOURS=2, ADTRACK_ALERT_MISSED_SCANS=5)
    options = alert_options(settings)
    assert (options.project_id, options.cooldown.total_seconds()) == ("shop", 7200)
    assert (options.patience_of("detection").scans, options.patience_of("policies").scans) == (5, 1)


def test_ends_are_told_before_beginnings(scans: Scans) -> None:
    scans(0, [condition(campaign())], source="policies")
    changes = scans(1, [condition(campaign(), "cpc_high", "cpc")], source="policies")
    assert [event["change"] for event in scans.events()] == ["opened", "resolved", "opened"]
    assert (changes.told_as("resolved"), changes.told_as("opened"), changes.counts["events"]) == ((1,), (2,), 2)
