"""A wider failure silences what only looks bad because of it."""

import pytest

from adtrack_pipeline.monitoring.condition import Level, Subject
from adtrack_pipeline.notify.alerts import PIPELINE_ACCOUNT
from adtrack_pipeline.notify.alerts.explaining import INHIBITIONS
from tests.notify.alerts.conditions import ACCOUNT, Scans, account, ad, campaign, condition


@pytest.mark.parametrize("metric", ["conversions", "roas", "cpa", "cvr"])
def test_an_account_wide_tracking_outage_silences_conversion_alerts_below(scans: Scans, metric: str) -> None:
    scans(0, [condition(account(), "tracking_outage", "conversions"), condition(campaign(), "low", metric)])
    assert scans.news() == [(ACCOUNT, "opened")]
    alert = scans.alert(level="campaign")
    assert (alert["suppressed_why"], alert["status"]) == ("inhibited", "open")


def test_a_tracking_outage_does_not_silence_what_has_nothing_to_do_with_conversions(scans: Scans) -> None:
    scans(0, [condition(account(), "tracking_outage", "conversions"), condition(ad("a"), "cpm_spike", "cpm")])
    assert scans.news() == [(ACCOUNT, "opened"), ("a", "opened")]


def test_an_outage_in_one_campaign_or_account_says_nothing_about_others(scans: Scans) -> None:
    outage = condition(campaign("c1"), "tracking_outage", "conversions")
    elsewhere = condition(campaign("c2"), "roas_drop", "roas")
    abroad = condition(campaign("c1", "200"), "roas_drop", "roas")
    scans(0, [outage, elsewhere, abroad], accounts=["100", "200"])
    assert len(scans.news()) == 3


def test_alerts_of_another_scan_are_silenced_too(scans: Scans) -> None:
    scans(0, [condition(account(), "tracking_outage", "conversions")])
    scans(0, [condition(campaign(), "roas_below_target", "roas")], source="policies")
    assert scans.news() == [(ACCOUNT, "opened")]


def test_stale_data_of_an_account_silences_its_performance(scans: Scans) -> None:
    scans(0, [condition(account(), "sync_missing", "sync")], source="policies")
    scans(0, [condition(ad("a")), condition(ad("b", account_id="200"))], accounts=["100", "200"])
    assert scans.news() == [(ACCOUNT, "opened"), ("b", "opened")]
    assert scans.events()[0]["event_type"] == "pipeline.alert"


def test_a_sync_that_stopped_for_all_accounts_silences_the_performance_of_its_platform(scans: Scans) -> None:
    stopped = condition(Subject(Level.PIPELINE, "meta", name="sync"), "sync_missing", "sync")
    other = condition(Subject(Level.CAMPAIGN, "other", "9", "c9"))
    scans(0, [stopped], source="policies", accounts=[PIPELINE_ACCOUNT])
    scans(0, [condition(), condition(ad("b", account_id="200")), other], accounts=["100", "200", "9"])
    assert scans.news() == [("sync", "opened"), ("c9", "opened")]


def test_data_that_is_not_read_is_not_told_to_be_old_as_well(scans: Scans) -> None:
    old = condition(account(), "data_stale", "freshness")
    scans(0, [condition(account(), "sync_missing", "sync"), old], source="policies")
    scans(1, [old], source="policies")
    changes = [(event["alert_type"], event["change"]) for event in scans.events()]
    assert changes == [("sync_missing", "opened"), ("sync_missing", "resolved"), ("data_stale", "opened")]


def test_what_was_silenced_is_told_if_it_outlasts_its_cause(scans: Scans) -> None:
    stale, low = condition(account(), "data_stale", "age"), condition(ad("a"))
    scans(0, [stale], source="policies")
    scans(0, [low])
    scans(1, [], source="policies")
    scans(1, [low])
    assert scans.news() == [(ACCOUNT, "opened"), (ACCOUNT, "resolved"), ("a", "opened")]


def test_an_outage_explains_for_a_day_after_its_end_what_was_seen_during_it(scans: Scans) -> None:
    low, later = condition(campaign(), "roas_drop", "roas"), condition(campaign("c2"), "roas_drop", "roas")
    scans(0, [condition(account(), "tracking_outage", "conversions")], source="policies")
    scans(0, [low])
    scans(1, [], source="policies")
    scans(2, [low, later])
    assert scans.news() == [(ACCOUNT, "opened"), (ACCOUNT, "resolved"), ("c2", "opened")]
    scans(26, [low, later])
    assert scans.news()[-1] == ("c1", "opened")


def test_an_inhibited_crossing_is_no_fact_for_programs(scans: Scans) -> None:
    facts = {"metric_name": "roas", "threshold_type": "below", "threshold_value": 2.0, "current_value": 0.0}
    low = condition(campaign(), "roas_below_target", "roas", evidence=facts)
    scans(0, [condition(account(), "tracking_outage", "conversions"), low], source="policies")
    assert scans.events(event_type="campaign.performance_threshold") == []


def test_a_cause_that_is_only_recorded_silences_nothing(scans: Scans) -> None:
    outage = condition(account(), "tracking_outage", "conversions", pages=False)
    scans(0, [outage, condition(campaign(), "roas_drop", "roas")])
    assert scans.news() == [("c1", "opened")]


def test_no_two_rules_silence_each_others_causes(scans: Scans) -> None:
    own = {"tracking_outage": "conversions", "zero_delivery": "delivery", "sync_missing": "sync"}
    own |= {"data_stale": "freshness"}
    for rule in INHIBITIONS:
        for other in INHIBITIONS:
            explains = any(own.get(cause) in rule.metrics for cause in other.causes)
            explained = any(own.get(cause) in other.metrics for cause in rule.causes)
            assert rule is other or not (explains and explained)
