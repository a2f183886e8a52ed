"""Recorded and told, the classic rule, and what evidence says."""

import pandas as pd
import pytest

from tests.monitoring.panels import HOURS, START, Change, account, at, detected, told

BEGAN = 18 * HOURS + 6


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return account(5, 26, changes=[Change("ctr", 0.35, BEGAN, BEGAN + 40)])


def test_recorded_incidents_are_low_and_tell_nobody(panel):
    plain, everything = detected(panel), detected(panel, include_recorded=True)
    weak = everything[~everything["paged"]]
    assert len(weak) > 3
    assert set(weak["severity"]) == {"low"}
    assert weak["score"].between(2.0, 5.0).all()
    assert told(everything) == told(plain) == {("ctr_drop", "a0")}
    assert plain["paged"].all()


def test_a_higher_threshold_records_less_and_in_the_end_tells_less(panel):
    counts = [len(detected(panel, include_recorded=True, threshold_std=bar)) for bar in (2.0, 3.0, 4.0, 60.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_the_bar_of_messages_can_be_moved_both_ways(panel):
    mild = account(5, 26, changes=[Change("ctr", 0.62, BEGAN, BEGAN + 30)], size=9_000.0)
    assert len(detected(mild, page_std=2.5)) > len(detected(mild))
    assert len(detected(panel, page_std=60.0)) == 0


def test_the_classic_rule_calls_two_deviations_a_warning_and_three_critical(panel):
    found = detected(panel, method="zscore")
    assert len(found) > 20
    assert set(found["severity"]) == {"medium", "critical"}
    assert found.loc[found["severity"] == "critical", "score"].min() >= 3.0
    assert found.loc[found["severity"] == "medium", "score"].between(2.0, 3.0).all()
    assert found["paged"].all()
    assert set(found["metric"]) <= {"spend", "ctr", "cpm", "cpc", "roas"}


def test_evidence_names_what_was_changed_shortly_before_and_nothing_else(panel):
    rows = [
        ("a0", at(BEGAN - 3), "creative replaced"),
        ("c0", at(BEGAN - 30), "bid cap lowered"),
        ("a0", at(BEGAN - 80), "too long ago"),
        ("a1", at(BEGAN - 3), "another ad"),
        ("a0", at(BEGAN + 60), "afterwards"),
    ]
    log = pd.DataFrame(rows, columns=["object_id", "ts", "what"])
    [evidence] = detected(panel, changes=log)["evidence"]
    assert [line.split(": ")[1] for line in evidence["changed_before"]] == ["creative replaced", "bid cap lowered"]
    assert evidence["changed_before"][0].startswith(f"{at(BEGAN - 3):%Y-%m-%d %H:%M} UTC")
    [bare] = detected(panel)["evidence"]
    assert bare["changed_before"] == []


def test_one_incident_is_one_message_however_many_hours_it_lasts(panel):
    found = detected(panel)
    assert len(found) == 1
    assert found["end_ts"].iloc[0] - found["start_ts"].iloc[0] >= pd.Timedelta(hours=30)


def test_consequences_of_a_cause_are_not_told_beside_it():
    stopped = account(5, 26, changes=[Change("size", 0.02, BEGAN, BEGAN + 40)])
    assert {kind for kind, _ in told(detected(stopped))} == {"zero_delivery"}
    dear = account(5, 26, changes=[Change("cpm", 2.5, BEGAN, BEGAN + 40)])
    assert told(detected(dear)) == {("cpm_spike", "a0")}


def test_conversions_booked_when_they_arrive_need_no_arrival_curve():
    panel = account(5, 26, changes=[Change("cvr", 0.0, BEGAN, BEGAN + 60)])
    sooner, later = detected(panel, arrival=None), detected(panel)
    assert told(sooner) == told(later) == {("tracking_outage", "a0")}
    assert sooner["start_ts"].iloc[0] <= later["start_ts"].iloc[0]


def test_the_same_ad_id_in_two_accounts_is_two_ads():
    one = account(4, 24, changes=[Change("ctr", 0.3, BEGAN, BEGAN + 40)])
    both = pd.concat([one, account(4, 24, seed=7, name="act_2")], ignore_index=True)
    found = detected(both)
    assert found[["account_id", "ad_id"]].to_numpy().tolist() == [["act_1", "a0"]]
    assert found["start_ts"].iloc[0] >= START + pd.Timedelta(hours=BEGAN)


def test_a_cost_per_click_told_by_its_cause_has_the_units_of_the_cause():
    small = account(size=20_000.0, changes=[Change("ctr", 0.4, 24 * HOURS + 8, 26 * HOURS + 8)])
    found = detected(small, include_recorded=True)
    rates, prices = (found[found["metric"] == name] for name in ("ctr", "cpm"))
    assert len(rates) > 3
    assert rates["expected"].between(1.0, 2.0).all()
    assert prices["expected"].between(6.0, 10.0).all()
    assert (rates["observed"] < rates["expected"]).all()


def test_a_plan_finds_ads_whose_ids_are_numbers():
    panel = account(3, 24, changes=[Change("size", 0.0, BEGAN, BEGAN + 48)])
    panel = panel.assign(ad_id=panel["ad_id"].str[1:].astype(int))
    plan = pd.DataFrame(
        {"ad_id": [0], "ts_from": [at(BEGAN)], "ts_to": [at(BEGAN + 48)], "effective_status": ["PAUSED"]}
    )
    assert len(detected(panel)) == 1
    assert len(detected(panel, plan=plan)) == 0
