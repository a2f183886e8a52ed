"""What looks odd and is normal: nobody is told."""

import numpy as np
import pandas as pd
import pytest

from tests.monitoring.panels import HOURS, START, Change, account, at, detected, hour_of, told

COUNTS = ["impressions", "clicks", "spend", "conversions", "revenue"]


def silent(panel: pd.DataFrame, **options: object) -> bool:
    found = detected(panel, **options)
    return not found["paged"].any()


def plan_of(*rows: tuple[str, int, int | None, str, float | None]) -> pd.DataFrame:
    """(ad, from hour, to hour, status, budget)"""
    columns = ["ad_id", "ts_from", "ts_to", "effective_status", "daily_budget"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["ts_from"] = [at(hour) for hour in frame["ts_from"]]
    frame["ts_to"] = pd.to_datetime([None if pd.isna(h) else at(int(h)) for h in frame["ts_to"]], utc=True)
    return frame


@pytest.mark.parametrize("seed", range(6))
def test_a_quiet_account_is_left_in_peace(seed):
    assert silent(account(6, 30, seed=seed))


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_neither_perfect_regularity_nor_much_noise_is_an_incident(spread):
    assert silent(account(6, 30, seed=3, spread=spread))


@pytest.mark.parametrize("ramp", [np.minimum(np.arange(10 * HOURS) / (5 * HOURS), 1.0) * 3.0, 1.0])
@pytest.mark.parametrize("day", [10, 14, 18])
def test_the_launch_of_an_ad_is_no_runaway_whether_the_hours_before_have_rows_or_not(ramp, day):
    launch = day * HOURS
    changes = [Change("size", 0.0, 0, launch), Change("size", ramp, launch, launch + 10 * HOURS)]
    panel = account(days=32, changes=changes)
    assert silent(panel)
    assert silent(panel[(panel["ad_id"] != "a0") | (panel["ts"] >= at(launch))])


def test_the_launch_of_a_whole_account_is_no_runaway_whether_the_hours_before_have_rows_or_not():
    panel = account(changes=[Change("size", 0.0, 0, 15 * HOURS, None)])
    assert silent(panel)
    assert silent(panel[panel["ts"] >= at(15 * HOURS)])


@pytest.mark.parametrize("rows", ["zeros", "none"])
def test_an_ad_that_comes_back_after_weeks_learns_its_level_anew(rows):
    rest, back = 16 * HOURS, 27 * HOURS
    panel = account(days=45, changes=[Change("size", 0.0, rest, back), Change("size", 3.0, back)])
    panel = panel if rows == "zeros" else panel[panel["impressions"] > 0]
    assert told(detected(panel)) == {("zero_delivery", "a0")}  # its going was not planned
    late = account(days=50, changes=[Change("size", 0.0, rest, back), Change("size", 12.0, 45 * HOURS)])
    assert ("spend_anomaly", "a0") in told(detected(late, since=at(back)))


def test_days_off_do_not_lower_what_is_expected_after_them():
    off = [Change("size", 0.0, day * HOURS, (day + 6) * HOURS) for day in (12, 19, 26)]
    assert told(detected(account(days=40, changes=off))) == {("zero_delivery", "a0")}


def test_a_planned_pause_and_the_start_after_it_are_no_incidents():
    panel = account(changes=[Change("size", 0.0, 20 * HOURS + 7, 24 * HOURS + 5)])
    plan = plan_of(
        ("a0", 0, 20 * HOURS + 7, "ACTIVE", 480.0),
        ("a0", 20 * HOURS + 7, 24 * HOURS + 5, "PAUSED", None),
        ("a0", 24 * HOURS + 5, None, "ACTIVE", 480.0),
    )
    assert silent(panel, plan=plan)
    assert ("zero_delivery", "a0") in told(detected(panel))


def test_a_planned_raise_of_the_budget_is_no_runaway():
    panel = account(changes=[Change("size", 2.5, 20 * HOURS)])
    plan = plan_of(("a0", 0, 20 * HOURS, "ACTIVE", 480.0), ("a0", 20 * HOURS, None, "ACTIVE", 1200.0))
    assert silent(panel, plan=plan)
    assert ("spend_anomaly", "a0") in told(detected(panel))


def test_an_ad_that_was_ended_as_planned_is_not_missed():
    panel = account(changes=[Change("size", 0.0, 22 * HOURS)])
    panel = panel[(panel["ad_id"] != "a0") | (panel["ts"] < at(22 * HOURS))]
    assert silent(
        panel, plan=plan_of(("a0", 0, 22 * HOURS, "ACTIVE", None), ("a0", 22 * HOURS, None, "DELETED", None))
    )


def test_ads_too_small_to_judge_are_not_judged():
    assert silent(account(8, 30, seed=1, size=120.0, changes=[Change("ctr", 0.0, 24 * HOURS, 26 * HOURS)]))


def test_the_unfinished_hour_is_not_judged():
    panel = account()
    newest = panel["ts"] == panel["ts"].max()
    panel.loc[newest, ["impressions", "clicks", "spend", "conversions", "revenue"]] *= 0.1
    assert silent(panel)
    panel.loc[newest, "spend"] *= 10_000
    assert silent(panel)
    assert silent(panel, now=panel["ts"].max() + pd.Timedelta(minutes=40))


@pytest.mark.parametrize("seed", range(3))
def test_conversions_still_on_their_way_are_not_missed(seed):
    assert silent(account(seed=seed, late=True))


def test_weekends_and_nights_of_a_business_advertiser_are_no_outage():
    hours = np.arange(35 * HOURS)
    office = np.where((hours // HOURS % 7 >= 5) | (hours % HOURS < 6), 0.03, 1.0)
    assert silent(account(days=35, changes=[Change("size", office, 0, ads=None)]))


def test_a_holiday_on_which_the_whole_account_sells_less_is_one_message_at_most():
    day = [Change("size", 0.6, 24 * HOURS, 25 * HOURS, None), Change("cvr", 0.6, 24 * HOURS, 25 * HOURS, None)]
    found = detected(account(8, changes=day))
    assert found["incident_id"].nunique() <= 1


def test_a_season_that_comes_slowly_is_no_incident():
    swing = 1.0 + 0.5 * np.sin(np.arange(35 * HOURS) / (35 * HOURS) * np.pi)
    assert silent(
        account(days=35, changes=[Change("size", swing, 0, ads=None), Change("cpm", swing**0.3, 0, ads=None)])
    )


def test_high_frequency_all_along_is_no_wear():
    assert silent(account(days=35, frequency=7.5))


def test_rising_frequency_alone_is_no_wear():
    rise = 1.0 + np.arange(35 * HOURS) / (35 * HOURS)
    assert silent(account(days=35, changes=[Change("frequency", rise, 0)]))


@pytest.mark.parametrize("seed", [0, 3, 6])
def test_few_clicks_without_a_frequency_are_no_wear(seed):
    panel = account(16, 50, seed=seed, size=1_500.0, spread=0.35)
    assert silent(panel.drop(columns=["reach", "frequency"]))


def test_what_a_sudden_drop_leaves_behind_is_no_wear():
    panel = account(6, 40, changes=[Change("ctr", 0.1, 30 * HOURS + 8, 32 * HOURS)])
    found = detected(panel.drop(columns=["reach", "frequency"]))
    assert told(found) == {("ctr_drop", "a0")}


def test_ageing_by_a_tenth_is_no_wear():
    age = 1.0 - 0.1 * np.arange(35 * HOURS) / (35 * HOURS)
    growth = 1.0 + 0.5 * np.arange(35 * HOURS) / (35 * HOURS)
    assert silent(
        account(days=35, changes=[Change("ctr", age, 0, ads=None), Change("frequency", growth, 0, ads=None)])
    )


def test_better_numbers_are_no_incident():
    since, until = 24 * HOURS, 26 * HOURS
    better = [Change("ctr", 1.8, since, until), Change("cvr", 2.0, since, until), Change("cpm", 0.6, since, until)]
    assert silent(account(changes=better))


def test_nobody_is_told_before_an_ad_is_a_week_old():
    found = detected(account(days=7, changes=[Change("ctr", 0.1, 3 * HOURS, 6 * HOURS)]))
    assert len(found) == 0
    early = detected(account(days=14, changes=[Change("cpm", 3.0, 5 * HOURS, 6 * HOURS)]))
    assert all(hour_of(ts) >= 7 * HOURS for ts in early["start_ts"])


def test_budgets_used_up_every_evening_are_no_outage():
    hours = np.arange(30 * HOURS)
    used_up = np.where(hours % HOURS >= 20, 0.0, 1.0)
    panel = account(changes=[Change("size", used_up, 0, ads=None)])
    assert silent(panel[panel["impressions"] > 0])


def limited(panel: pd.DataFrame, ad: str, budget: float, midnight: int) -> pd.DataFrame:
    """An ad that delivers nothing more once it has spent its budget since midnight (an hour in UTC)."""
    mine = panel["ad_id"] == ad
    day = ((panel["ts"] - START) / pd.Timedelta(hours=1) - midnight) // HOURS
    spent = panel["spend"].where(mine, 0.0).groupby(day).cumsum()
    over = mine & (spent > budget)
    return panel.assign(**{name: panel[name].mask(over, 0.0) for name in COUNTS})


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("midnight", [4, 13, 22])
def test_one_budget_that_is_used_up_among_ads_too_small_for_the_night_is_no_outage(seed, midnight):
    level = np.repeat(np.exp(np.random.default_rng(seed).normal(0, 0.15, 36)), HOURS)
    size = [60_000.0] + [60_000.0] * 3 + [300.0] * 8
    panel = account(12, 36, seed=seed, size=size, spread=0.2, changes=[Change("size", level, 0)])
    assert silent(limited(panel, "a0", 370.0, midnight))


def test_a_slow_day_on_which_the_budget_lasts_until_midnight_is_no_runaway():
    slow = np.where(np.arange(36) % 9 == 8, 0.55, 1.0)
    panel = account(8, 36, spread=0.2, changes=[Change("size", np.repeat(slow, HOURS), 0)])
    assert silent(limited(panel, "a0", 300.0, 0))


def test_an_ad_that_stays_silent_after_midnight_has_not_used_up_its_budget():
    panel = limited(account(8, 36, spread=0.2), "a0", 370.0, 0)
    stopped = 30 * HOURS
    gone = (panel["ad_id"] == "a0") & (panel["ts"] >= at(stopped))
    found = detected(panel.assign(**{name: panel[name].mask(gone, 0.0) for name in COUNTS}))
    found = found[found["ad_id"] == "a0"]
    assert told(found) == {("zero_delivery", "a0")}
    assert stopped < hour_of(found["start_ts"].iloc[0]) <= stopped + 12


@pytest.mark.parametrize("metric", ["spend", "impressions", "clicks", "conversions"])
def test_one_row_of_a_billion_is_found_itself_and_neither_hides_nor_raises_the_days_after(metric):
    hour, after = 24 * HOURS + 13, 26 * HOURS
    wild = account(changes=[Change("ctr", 0.4, after, after + 48), Change("cpm", 2.0, after, after + 48, (3,))])
    without = detected(wild)
    row = (wild["ad_id"] == "a0") & (wild["ts"] == START + pd.Timedelta(hours=hour))
    wild.loc[row, metric] = 1e9
    found = detected(wild)
    itself = found[(found["start_ts"] == at(hour)) & (found["end_ts"] == at(hour))]
    assert set(itself["ad_id"]) == {"a0"}
    assert itself["score"].min() > 50
    others = found.drop(itself.index)
    same = ["ad_id", "alert_type", "start_ts"]
    assert others[same].to_numpy().tolist() == without[same].to_numpy().tolist()
    assert len(others) == 2


def test_a_real_runaway_of_thirty_times_is_told_and_teaches_nothing():
    since = 20 * HOURS + 4
    panel = account(days=35, changes=[Change("size", 30.0, since, since + 5), Change("size", 4.0, 33 * HOURS)])
    found = detected(panel)
    assert set(found["alert_type"]) == {"spend_anomaly"}
    starts = sorted(hour_of(ts) for ts in found["start_ts"])
    assert since <= starts[0] <= since + 4
    assert 33 * HOURS <= starts[-1] <= 33 * HOURS + 12


def test_an_ad_finds_its_level_again_after_a_planned_pause_without_a_message():
    back = 22 * HOURS + 5
    changes = [Change("size", 0.0, 20 * HOURS, back), Change("size", 5.0, back, back + 10)]
    plan = plan_of(("a0", 20 * HOURS, back, "PAUSED", None))
    assert silent(account(changes=changes), plan=plan)


@pytest.mark.parametrize("seed", range(3))
def test_conversions_later_than_usual_in_the_whole_account_are_no_fault_of_single_ads(seed):
    late = 1 - 0.85 * np.exp(-np.arange(30 * HOURS)[::-1] / 30.0)
    found = detected(account(10, 30, seed=seed, changes=[Change("cvr", late, 0, ads=None)]))
    assert not (found["level"] == "ad").any()
    assert found["incident_id"].nunique() <= 1
