"""Each kind of incident, on an account where a person would see it at a glance."""

import numpy as np
import pandas as pd
import pytest

from tests.monitoring.panels import HOURS, Change, account, detected, hour_of, told

BEGAN = 24 * HOURS + 8


def first(found: pd.DataFrame, alert_type: str) -> pd.Series:
    rows = found[(found["alert_type"] == alert_type) & found["paged"]]
    assert len(rows), f"{alert_type} was not found, only {told(found)}"
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("rate", "factor", "alert_type", "metric"),
    [
        ("ctr", 0.4, "ctr_drop", "ctr"),
        ("cpm", 2.2, "cpm_spike", "cpm"),
        ("size", 4.0, "spend_anomaly", "spend"),
        ("size", 0.0, "zero_delivery", "delivery"),
    ],
)
def test_a_sudden_change_is_told_within_a_day_under_its_own_name(rate, factor, alert_type, metric):
    panel = account(changes=[Change(rate, factor, BEGAN, BEGAN + 48)])
    found = detected(panel)
    row = first(found, alert_type)
    assert (row["metric"], row["ad_id"], row["level"]) == (metric, "a0", "ad")
    assert 0 <= hour_of(row["start_ts"]) - BEGAN <= 12
    assert BEGAN + 36 <= hour_of(row["end_ts"]) <= BEGAN + 48 + 24
    assert told(found) == {(alert_type, "a0")}
    assert row["score"] >= 3
    assert row["money_at_stake"] > 0


def test_dearer_views_with_fewer_clicks_are_told_as_dear_clicks():
    found = detected(
        account(changes=[Change("cpm", 1.32, BEGAN, BEGAN + 72), Change("ctr", 0.74, BEGAN, BEGAN + 72)])
    )
    row = first(found, "cpc_spike")
    assert (row["metric"], row["ad_id"]) == ("cpc", "a0")
    assert row["observed"] > 1.4 * row["expected"]
    assert hour_of(row["start_ts"]) - BEGAN <= 36


@pytest.mark.parametrize("seed", range(3))
def test_even_prices_of_a_small_ad_need_no_thousands_of_impressions(seed):
    size = [2_000.0] + [8_000.0] * 5
    panel = account(seed=seed, size=size, changes=[Change("cpm", 1.8, BEGAN, BEGAN + 24)])
    row = first(detected(panel), "cpm_spike")
    assert row["ad_id"] == "a0"
    assert 0 <= hour_of(row["start_ts"]) - BEGAN <= 12


def test_a_runaway_that_follows_a_higher_price_is_told_too():
    dear, more = Change("cpm", 1.5, BEGAN, BEGAN + 48), Change("size", 4.0, BEGAN + 12, BEGAN + 48)
    found = detected(account(changes=[dear, more]))
    assert told(found) == {("cpm_spike", "a0"), ("spend_anomaly", "a0")}
    assert hour_of(first(found, "spend_anomaly")["start_ts"]) >= BEGAN + 12


@pytest.mark.parametrize("seed", [1, 3])
def test_a_runaway_is_told_though_its_big_siblings_have_a_day_like_any_other(seed):
    level = np.repeat(np.exp(np.random.default_rng(seed).normal(0, 0.2, 30)), HOURS)
    level[24 * HOURS : 25 * HOURS] = 0.9
    siblings = [Change("size", level, 0, ads=(1, 2, 3, 4, 5))]
    more = Change("size", 3.5, 24 * HOURS, 25 * HOURS)
    size = [6_000.0] + [60_000.0] * 5
    found = detected(account(6, 30, seed=seed, campaigns=1, size=size, changes=[*siblings, more]))
    assert told(found) == {("spend_anomaly", "a0")}


def test_a_shared_budget_that_goes_elsewhere_is_no_runaway():
    day = 24 * HOURS, 26 * HOURS
    moved = [Change("size", 2.5, *day, (0,)), Change("size", 0.4, *day, (2,))]
    found = detected(account(4, 30, campaigns=2, size=[20_000.0] + [60_000.0] * 3, changes=moved))
    assert told(found) == set()


def test_conversions_that_stop_while_clicks_go_on_are_a_tracking_outage_of_the_ad():
    found = detected(account(changes=[Change("cvr", 0.0, BEGAN, BEGAN + 72)]))
    row = first(found, "tracking_outage")
    assert (row["metric"], row["ad_id"], row["level"]) == ("conversions", "a0", "ad")
    assert hour_of(row["start_ts"]) - BEGAN <= 30


@pytest.mark.parametrize(
    ("level", "ads"), [("account", None), ("campaign", (0, 2, 4, 6))], ids=["account", "campaign"]
)
def test_an_outage_of_many_ads_is_one_message_that_names_each_of_them(level, ads):
    found = detected(account(8, changes=[Change("cvr", 0.0, BEGAN, BEGAN + 48, ads)]))
    outage = found[found["alert_type"] == "tracking_outage"]
    affected = range(8) if ads is None else ads
    assert set(outage["ad_id"]) == {f"a{number}" for number in affected}
    assert outage["incident_id"].nunique() == 1
    assert set(outage["level"]) == {level}
    assert hour_of(outage["start_ts"].min()) - BEGAN <= 18
    assert found["incident_id"].nunique() == 1


@pytest.mark.parametrize(("rate", "metric", "factor"), [("cvr", "cvr", 0.4), ("aov", "aov", 0.45)])
def test_roas_falls_through_conversion_rate_or_order_value_and_the_metric_says_which(rate, metric, factor):
    panel = account(changes=[Change(rate, factor, BEGAN, BEGAN + 120)])
    row = first(detected(panel), "roas_drop")
    assert (row["metric"], row["ad_id"]) == (metric, "a0")
    assert hour_of(row["start_ts"]) - BEGAN <= 48
    assert row["observed"] < 0.75 * row["expected"]


def wearing(days: int = 35, begins: int = 16, lost: float = 0.45, over: int = 12) -> list[Change]:
    """CTR falls slowly while frequency rises."""
    hours = np.arange((days - begins) * HOURS)
    progress = np.minimum(hours / (over * HOURS), 1.0)
    since = begins * HOURS
    return [Change("ctr", 1 - lost * progress, since), Change("frequency", 1 + 0.8 * progress, since)]


def test_a_worn_creative_is_told_within_three_days_after_a_fifth_of_its_clicks_is_gone():
    found = detected(account(days=35, changes=wearing()))
    row = first(found, "creative_fatigue")
    fifth_gone = (16 + 12 * 0.2 / 0.45) * HOURS
    assert (row["metric"], row["ad_id"]) == ("fatigue", "a0")
    assert -48 <= hour_of(row["start_ts"]) - fifth_gone <= 72
    assert row["evidence"]["ratio"] <= 0.85  # of the last three days, which lag behind the rate of the last


@pytest.mark.parametrize("lags", [True, False], ids=["frequency_of_a_week", "frequency_of_an_hour"])
@pytest.mark.parametrize("over", [8, 12, 16])
def test_wear_keeps_its_name_however_fast_it_is_and_however_late_its_frequency(over, lags):
    days, begins, lost = 40, 22, 0.5
    progress = np.clip((np.arange(days * HOURS) - begins * HOURS) / (over * HOURS), 0.0, 1.0)
    frequency = 1.5**progress
    if lags:
        frequency = pd.Series(frequency).rolling(7 * HOURS, min_periods=1).mean().to_numpy()
    changes = [Change("ctr", (1.0 - lost) ** progress, 0), Change("frequency", frequency, 0)]
    found = detected(account(days=days, seed=3, changes=changes))
    wear = found[found["alert_type"] == "creative_fatigue"]
    assert list(wear["ad_id"]) == ["a0"]
    fifth_gone = (begins + over * np.log(0.8) / np.log(1.0 - lost)) * HOURS
    assert -48 <= hour_of(wear["start_ts"].iloc[0]) - fifth_gone <= 4 * HOURS


def test_many_ads_that_get_dear_at_once_are_one_message():
    found = detected(account(changes=[Change("cpm", 1.9, BEGAN, BEGAN + 36, None)]))
    assert set(found["alert_type"]) == {"cpm_spike"}
    assert found["incident_id"].nunique() == 1
    assert set(found["level"]) == {"account"}


def test_one_bad_ad_of_many_is_no_incident_of_its_account():
    found = detected(account(8, changes=[Change("ctr", 0.3, BEGAN, BEGAN + 48)], size=[80_000.0] + [8_000.0] * 7))
    assert set(found["level"]) == {"ad"}
    assert told(found) == {("ctr_drop", "a0")}


def test_small_ads_are_seen_through_their_campaign():
    panel = account(12, changes=[Change("ctr", 0.35, BEGAN, BEGAN + 72, tuple(range(0, 12, 2)))], size=1_200.0)
    found = detected(panel)
    drop = found[found["alert_type"] == "ctr_drop"]
    assert set(drop["level"]) == {"campaign"}
    assert set(drop["campaign_id"]) == {"c0"}


def test_two_incidents_two_weeks_apart_are_both_told():
    panel = account(
        days=35, changes=[Change("ctr", 0.4, 16 * HOURS, 18 * HOURS), Change("ctr", 0.4, 31 * HOURS, 33 * HOURS)]
    )
    starts = [hour_of(ts) for ts in detected(panel)["start_ts"]]
    assert len(starts) == 2
    assert 0 <= starts[0] - 16 * HOURS <= 12
    assert 0 <= starts[1] - 31 * HOURS <= 12


def test_money_at_stake_grows_with_the_incident_and_severity_with_money():
    small, large = (
        first(
            detected(account(8, changes=[Change("cpm", 2.2, BEGAN, BEGAN + 48)], size=[size] + [20_000.0] * 7)),
            "cpm_spike",
        )
        for size in (3_000.0, 200_000.0)
    )
    assert small["money_at_stake"] * 10 < large["money_at_stake"]
    assert (small["severity"], large["severity"]) == ("medium", "critical")


def test_observed_and_expected_are_in_the_unit_the_evidence_names():
    row = first(detected(account(changes=[Change("ctr", 0.4, BEGAN, BEGAN + 48)])), "ctr_drop")
    assert row["evidence"]["unit"] == "%"
    assert row["expected"] == pytest.approx(1.5, rel=0.15)
    assert row["observed"] == pytest.approx(0.6, rel=0.4)
    row = first(detected(account(changes=[Change("cpm", 2.2, BEGAN, BEGAN + 48)])), "cpm_spike")
    assert row["expected"] == pytest.approx(8.0, rel=0.1)
    assert row["observed"] > 12


@pytest.mark.parametrize(
    ("level", "ads"), [("account", None), ("campaign", (0, 2, 4, 6))], ids=["account", "campaign"]
)
def test_when_nothing_runs_any_more_it_is_one_message(level, ads):
    found = detected(account(8, changes=[Change("size", 0.0, BEGAN, BEGAN + 30, ads)]))
    assert set(found["alert_type"]) == {"zero_delivery"}
    assert found["incident_id"].nunique() == 1
    assert set(found["level"]) == {level}
    assert len(found) == len(range(8) if ads is None else ads)
    assert 2 <= hour_of(found["start_ts"].min()) - BEGAN <= 8
