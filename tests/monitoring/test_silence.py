"""Nothing delivered: how long it is told, up to which hour hours without rows count, and for whom."""

import pandas as pd
import pytest

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.findings import Context, conditions_of
from tests.monitoring.panels import HOURS, Change, account, at, detected, hour_of, told

BEGAN = 24 * HOURS + 6
LOOKBACK = pd.Timedelta(days=36)
NOBODY = pd.DataFrame(columns=["level", "name", "currency", "parent"])


def stopped(ads: int, since: int = BEGAN, days: int = 30, of: tuple[int, ...] | None = None) -> pd.DataFrame:
    """An account that delivers nothing from an hour on and, as Meta has it, has no rows for that."""
    panel = account(ads, days, changes=[Change("size", 0.0, since, 10**6, of)])
    return panel[panel["impressions"] > 0]


def judged_at(panel: pd.DataFrame, until: pd.Timestamp) -> list[Condition]:
    """What the pipeline makes of the rows before a moment."""
    known = panel[(panel["ts"] < until) & (panel["ts"] >= until - LOOKBACK)]
    since = until - pd.Timedelta(days=4)
    found = detected(known, now=until, since=since, include_recorded=True)
    return [one for one in conditions_of(found, Context("meta", NOBODY, known, until)) if one.pages]


@pytest.mark.parametrize(("ads", "level"), [(6, "account"), (1, "ad")])
def test_an_account_without_any_rows_since_it_stopped_is_told_when_the_hours_are_known_to_have_been_read(
    ads, level
):
    panel = stopped(ads)
    found = detected(panel, now=at(30 * HOURS))
    assert set(zip(found["alert_type"], found["level"], strict=True)) == {("zero_delivery", level)}
    assert BEGAN < hour_of(found["start_ts"].iloc[0]) <= BEGAN + 6
    assert hour_of(found["end_ts"].iloc[0]) == 30 * HOURS - 1
    assert len(found) == ads


@pytest.mark.parametrize("hours", [3, 5])
def test_an_account_that_the_platform_reports_some_hours_late_has_not_stopped(hours):
    panel = account(6, 30)
    late = panel[panel["ts"] < at(30 * HOURS - hours)]
    assert detected(late, now=at(30 * HOURS)).empty


def test_an_ad_that_stops_while_others_go_on_is_told_sooner_than_an_account():
    one, whole = stopped(6, of=(0,)), stopped(6)
    first = [hour_of(detected(panel, now=at(30 * HOURS))["start_ts"].iloc[0]) for panel in (one, whole)]
    assert first[0] - BEGAN < 6 <= first[1] - BEGAN + 1


def test_without_a_moment_of_reading_an_account_ends_with_its_newest_row():
    assert detected(stopped(6)).empty


def test_of_the_hours_without_rows_the_running_one_is_not_judged():
    panel = stopped(1)
    first = detected(panel, now=at(30 * HOURS))["start_ts"].iloc[0]
    assert detected(panel, now=first + pd.Timedelta(minutes=59)).empty
    assert len(detected(panel, now=first + pd.Timedelta(minutes=60))) == 1


def test_a_moment_years_after_the_last_row_is_no_mistake_and_takes_no_memory():
    found = detected(stopped(6), now=pd.Timestamp("2036-01-01", tz="UTC"))
    assert set(found["alert_type"]) == {"zero_delivery"}
    assert found["end_ts"].max() < at(70 * HOURS)


@pytest.mark.parametrize("lag", [3, 4, 6, 10])
def test_an_account_that_was_read_less_far_than_another_one_has_not_stopped(lag):
    both = pd.concat([account(5, 26, name="A"), account(5, 26, seed=3, name="B")])
    assert detected(both[(both["account_id"] == "A") | (both["ts"] < at(26 * HOURS - lag))]).empty


def test_the_newest_hour_of_each_account_is_unfinished_whatever_others_have():
    behind = account(5, 26, seed=3, name="B")
    behind = behind[behind["ts"] <= at(26 * HOURS - 4)]
    behind.loc[behind["ts"] == behind["ts"].max(), "spend"] *= 10_000
    assert detected(pd.concat([account(5, 26, name="A"), behind])).empty
    assert detected(behind).empty


@pytest.mark.parametrize(("ads", "of"), [(6, (0,)), (6, None), (1, None)])
def test_an_outage_of_two_weeks_is_told_all_the_time(ads, of):
    panel = stopped(ads, days=45, of=of)
    moments = range(BEGAN + 8, BEGAN + 14 * HOURS, 11)
    kinds = [(hour, one.alert_type) for hour in moments for one in judged_at(panel, at(hour))]
    assert kinds == [(hour, "zero_delivery") for hour in moments]


def test_an_outage_is_over_when_delivery_comes_back():
    panel = account(6, 40, changes=[Change("size", 0.0, BEGAN, BEGAN + 5 * HOURS)])
    assert judged_at(panel, at(BEGAN + 5 * HOURS))
    assert judged_at(panel, at(BEGAN + 5 * HOURS + 8)) == []


def test_an_outage_of_two_days_does_not_excuse_the_next_one():
    outages = [Change("size", 0.0, BEGAN, BEGAN + 30), Change("size", 0.0, BEGAN + 8 * HOURS, BEGAN + 9 * HOURS)]
    found = detected(account(6, 36, changes=outages))
    assert told(found) == {("zero_delivery", "a0")}
    assert len(found) == 2
