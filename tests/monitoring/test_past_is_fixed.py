"""What was found stays found, as it was: the future changes nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.monitoring.panels import HOURS, Change, account, at, detected, hour_of

SAME = ["account_id", "ad_id", "metric", "alert_type", "start_ts", "score"]
EVENTFUL = [
    Change("ctr", 0.4, 15 * HOURS, 17 * HOURS),
    Change("cpm", 2.0, 18 * HOURS + 5, 20 * HOURS, (1,)),
    Change("size", 0.0, 19 * HOURS + 9, 21 * HOURS, (2,)),
    Change("cvr", 0.0, 22 * HOURS, 24 * HOURS, None),
    Change("size", 4.0, 25 * HOURS, 26 * HOURS, (3,)),
    Change("aov", 0.4, 26 * HOURS, 30 * HOURS, (4,)),
]


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return account(6, 30, changes=EVENTFUL)


@pytest.fixture(scope="module")
def found(panel: pd.DataFrame) -> pd.DataFrame:
    return detected(panel)


def before(found: pd.DataFrame, hour: int) -> pd.DataFrame:
    rows = found.loc[found["start_ts"] < at(hour - 1), SAME]
    return rows.sort_values(SAME, ignore_index=True)


def test_the_eventful_account_has_something_to_compare(found):
    assert found["alert_type"].nunique() >= 5


@pytest.mark.parametrize(
    "cut", [16 * HOURS + 3, 19 * HOURS + 14, 20 * HOURS, 22 * HOURS + 13, 25 * HOURS + 6, 28 * HOURS]
)
def test_cutting_the_future_off_leaves_what_was_found_before(panel, found, cut):
    known = detected(panel[panel["ts"] < at(cut)])
    pd.testing.assert_frame_equal(before(known, cut), before(found, cut))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(14 * HOURS, 27 * HOURS),
    metric=st.sampled_from(["impressions", "clicks", "spend", "conversions", "revenue"]),
    factor=st.sampled_from([0.0, 0.2, 3.0, 1e6, np.nan]),
)
@example(cut=604, metric="spend", factor=1e6)  # other ads come to be looked at on the same day
def test_no_future_whatever_it_is_changes_earlier_findings(panel, found, cut, metric, factor):
    other = panel.copy()
    other.loc[other["ts"] >= at(cut), metric] *= factor
    pd.testing.assert_frame_equal(before(detected(other), cut), before(found, cut))


def test_new_ads_and_accounts_in_the_future_change_nothing_before(panel, found):
    cut = 24 * HOURS
    newcomers = account(4, 30, seed=9, name="act_2").assign(ad_id=lambda frame: "n" + frame["ad_id"])
    siblings = account(4, 30, seed=8).assign(ad_id=lambda frame: "s" + frame["ad_id"])
    later = pd.concat([newcomers, siblings])
    grown = detected(pd.concat([panel, later[later["ts"] >= at(cut)]], ignore_index=True))
    pd.testing.assert_frame_equal(before(grown, cut), before(found, cut))


def test_judging_hour_by_hour_finds_the_same_incidents_at_the_same_hours(panel, found):
    seen: dict[tuple[str, str, str], pd.Timestamp] = {}
    for hour in range(15 * HOURS, 18 * HOURS, 1):
        now = at(hour + 1)
        known = panel[panel["ts"] < now]
        for row in detected(known, now=now, since=at(hour - 96)).itertuples():
            seen.setdefault((row.ad_id, row.alert_type, row.metric), row.start_ts)
        if seen:
            break
    first = found.iloc[0]
    assert seen[first["ad_id"], first["alert_type"], first["metric"]] == first["start_ts"] == at(hour)


def test_since_leaves_out_what_was_over_before(panel, found):
    since = 23 * HOURS
    recent = detected(panel, since=at(since))
    assert (recent["end_ts"] >= at(since)).all()
    late = found[found["start_ts"] >= at(since + 24)]
    assert set(late["incident_id"]) <= set(recent["incident_id"])
    assert len(late)


def test_since_may_lie_before_or_after_everything(panel, found):
    assert len(detected(panel, since=at(40 * HOURS))) == 0
    pd.testing.assert_frame_equal(detected(panel, since=at(-100)), found)
    assert len(detected(panel, since="2026-03-28 07:00")) <= len(found)


def test_now_ends_what_is_judged(panel, found):
    until = hour_of(found["start_ts"].iloc[0]) + 1
    early = detected(panel, now=at(until) + pd.Timedelta(minutes=59))
    assert early["start_ts"].max() < at(until)
    assert early["start_ts"].iloc[0] == found["start_ts"].iloc[0]
    assert len(detected(panel, now=at(-5))) == 0
