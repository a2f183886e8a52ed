"""Recorded and told, the classic rule, and what evidence says."""

import numpy as np
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


def test_wear_is_recorded_before_it_is_told():
    age = np.linspace(1.0, 0.72, 12 * HOURS)
    wear = [Change("ctr", age, 28 * HOURS), Change("frequency", np.linspace(1.0, 1.5, 12 * HOURS), 28 * HOURS)]
    worn = account(6, 40, size=9_000.0, changes=wear)
    assert "creative_fatigue" not in set(detected(worn, page_std=20.0)["alert_type"])
    weak = detected(worn, page_std=20.0, include_recorded=True).query("alert_type == 'creative_fatigue'")
    assert weak[["ad_id", "paged", "severity"]].to_numpy().tolist() == [["a0", False, "low"]]
    assert weak["start_ts"].iloc[0] <= detected(worn)["start_ts"].iloc[0]


def test_a_higher_threshold_records_less_and_in_the_end_tells_less(panel):
    counts = [len(detected(panel, include_recorded=True, threshold_std=bar)) for bar in (2.0, 3.0, 4.0, 60.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_the_bar_of_messages_can_be_moved_both_ways(panel):
    mild = account(5, 26, changes=[Change("ctr", 0.62, BEGAN, BEGAN + 30)], size=9_000.0)
    assert len(detected(mild, page_std=2.5)) > len(detected(mild))
    assert len(detected(panel, page_std=60.0)) == 0


def test_the_classic_rule_calls_two_deviations_a_warning_and_three_critical_in_its_worst_hour_so_far(panel):
    found = detected(panel, method="zscore")
    assert len(found) > 20
    assert set(found["severity"]) == {"medium", "critical"}
    assert (found.loc[found["score"] >= 3.0, "severity"] == "critical").all()
    worse_later = found[(found["score"] < 3.0) & (found["severity"] == "critical")]
    assert len(worse_later)
    assert (worse_later["end_ts"] > worse_later["start_ts"]).all()
    assert found.loc[found["severity"] == "medium", "score"].between(2.0, 3.0).all()
    assert found["paged"].all()
    assert set(found["metric"]) <= {"spend", "ctr", "cpm", "cpc", "roas"}


def test_the_classic_rule_says_what_it_expected_and_what_the_difference_cost():
    dear = account(5, 26, changes=[Change("cpm", 3.0, BEGAN, BEGAN + 6)])
    found = detected(dear, method="zscore")
    assert np.isfinite(found[["expected", "observed", "money_at_stake"]]).all(axis=None)
    assert (found["money_at_stake"] >= 0).all()
    for metric, usual in (("cpm", 8.0), ("ctr", 1.5), ("cpc", 8.0 / 15)):
        assert found.loc[found["metric"] == metric, "expected"].median() == pytest.approx(usual, rel=0.1)
    spent = dear.loc[(dear["ad_id"] == "a0") & dear["ts"].between(at(BEGAN), at(BEGAN + 5)), "spend"].sum()
    hit = found[(found["ad_id"] == "a0") & (found["metric"] == "cpm")]
    hit = hit[(hit["start_ts"] <= at(BEGAN)) & (hit["end_ts"] >= at(BEGAN))]
    assert hit["severity"].tolist() == ["critical"]
    assert hit["money_at_stake"].iloc[0] == pytest.approx(spent * 2 / 3, rel=0.2)


def test_evidence_names_an_edit_of_the_ad_set(panel):
    log = pd.DataFrame({"object_id": ["s0", "s1"], "ts": at(BEGAN - 3), "what": ["new audience", "another set"]})
    sets = panel.assign(adset_id="s" + panel["ad_id"].str[1:])
    [evidence] = detected(sets, changes=log)["evidence"]
    assert [line.split(": ")[1] for line in evidence["changed_before"]] == ["new audience"]
    [unknown] = detected(panel.assign(adset_id=None), changes=log)["evidence"]
    assert unknown["changed_before"] == []


def test_evidence_names_an_edit_before_the_days_that_it_took_to_be_sure():
    began = 20 * HOURS + 6
    slow = account(6, 34, size=25_000.0, cvr=0.03, changes=[Change("cvr", 0.5, began, 10**6, None)])
    log = pd.DataFrame({"object_id": ["act_1"], "ts": [at(began - 1)], "what": ["new landing page"]})
    found = detected(slow, changes=log).query("alert_type == 'roas_drop'")
    assert len(found)
    assert found["start_ts"].min() > at(began + 48)
    assert all("new landing page" in evidence["changed_before"][0] for evidence in found["evidence"])


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


def outage_told_mildly_first(**options: object) -> pd.DataFrame:
    panel = account(20, 26, seed=3, changes=[Change("cvr", 0.0, 20 * HOURS + 6, 23 * HOURS + 6, None)])
    return detected(panel, arrival=None, since=at(19 * HOURS), **options)


def test_sales_that_fell_and_turn_out_to_have_stopped_are_told_as_an_outage_from_then_on():
    found = outage_told_mildly_first()
    mild, outage = (found[found["alert_type"] == kind] for kind in ("roas_drop", "tracking_outage"))
    assert len(outage) == 20
    assert len(mild)
    assert outage["start_ts"].nunique() == mild["end_ts"].nunique() == 1
    assert mild["end_ts"].iloc[0] == outage["start_ts"].iloc[0] - pd.Timedelta(hours=1)
    assert outage["end_ts"].iloc[0] >= at(23 * HOURS + 5)


def test_what_was_said_before_an_outage_was_sure_stays_said():
    found = outage_told_mildly_first()
    mild = found[found["alert_type"] == "roas_drop"]
    sure = found.loc[found["alert_type"] == "tracking_outage", "start_ts"].iloc[0]
    earlier = outage_told_mildly_first(now=sure)
    same = ["ad_id", "alert_type", "start_ts", "end_ts", "score", "incident_id"]
    pd.testing.assert_frame_equal(earlier[same], mild[same].reset_index(drop=True))


def test_an_outage_of_one_ad_is_no_message_of_its_own_beside_falling_sales_of_its_account():
    changes = [Change("cvr", 0.4, BEGAN, BEGAN + 96, None), Change("cvr", 0.1, BEGAN + 48, BEGAN + 96)]
    found = detected(account(6, 26, size=30_000.0, changes=changes), arrival=None)
    assert found["incident_id"].nunique() == 1
