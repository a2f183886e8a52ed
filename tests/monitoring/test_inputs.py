"""What people hand over: any order, any type, and what cannot be judged is one sentence."""

import warnings

import numpy as np
import pandas as pd
import pytest

from adtrack_pipeline.monitoring import PanelError, detect_anomalies, messages_per_1000_ad_days
from adtrack_pipeline.monitoring.found.telling import COLUMNS, TYPES
from adtrack_pipeline.monitoring.inputs.panel import build_panel
from tests.monitoring.panels import HOURS, START, Change, account, at, detected

BEGAN = 18 * HOURS + 6
SAME = ["ad_id", "metric", "alert_type", "start_ts", "end_ts", "score", "expected", "observed", "severity"]


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    changes = [Change("ctr", 0.35, BEGAN, BEGAN + 40), Change("cvr", 0.0, BEGAN, BEGAN + 60, (1,))]
    return account(4, 24, changes=changes)


@pytest.fixture(scope="module")
def found(panel: pd.DataFrame) -> pd.DataFrame:
    found = detected(panel)
    assert set(found["alert_type"]) == {"ctr_drop", "tracking_outage"}
    return found


def same(one: pd.DataFrame, other: pd.DataFrame, columns: list[str] = SAME) -> None:
    key = ["start_ts", "alert_type", "ad_id"]
    left, right = (frame.sort_values(key, ignore_index=True)[columns] for frame in (one, other))
    pd.testing.assert_frame_equal(left, right, check_exact=False, rtol=1e-4)


def test_the_order_of_rows_says_nothing(panel, found):
    same(detected(panel.sample(frac=1.0, random_state=5)), found)
    same(detected(panel.sort_values(["ad_id", "ts"], ascending=False)), found)


def test_of_a_row_given_twice_the_last_one_counts(panel, found):
    wrong = panel.assign(clicks=panel["clicks"] * 3 + 7, spend=0.0)
    same(detected(pd.concat([wrong, panel])), found)


@pytest.mark.parametrize(
    "convert",
    [
        lambda ts: ts.dt.tz_localize(None),
        lambda ts: ts.dt.tz_convert("Asia/Kathmandu"),
        lambda ts: ts.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        lambda ts: ts.dt.strftime("%Y-%m-%d %H:%M"),
        lambda ts: ts.astype("object"),
        lambda ts: ts + pd.Timedelta(minutes=17),
    ],
    ids=["naive", "Kathmandu", "ISO text", "short text", "objects", "within the hour"],
)
def test_instants_may_come_in_any_form(panel, found, convert):
    same(detected(panel.assign(ts=convert(panel["ts"]))), found)


@pytest.mark.parametrize("kind", ["category", "object", "string"])
def test_ids_may_be_of_any_type(panel, found, kind):
    typed = panel.astype(dict.fromkeys(["account_id", "campaign_id", "ad_id"], kind))
    same(detected(typed), found)


def test_whole_numbers_as_ids_become_text(panel, found):
    numbered = panel.assign(ad_id=panel["ad_id"].str[1:].astype(int), account_id=7)
    mine = detected(numbered)
    same(mine.assign(ad_id="a" + mine["ad_id"]), found)


@pytest.mark.parametrize(
    "name", ["a,b\n", "'; drop table ads;--", "=1+1", "<b>&amp;", "🙈" * 40, "../../etc", " "]
)
def test_ids_may_hold_anything(panel, found, name):
    mine = detected(panel.assign(ad_id=panel["ad_id"].replace("a0", name)))
    same(mine.assign(ad_id=mine["ad_id"].replace(name, "a0")), found)


def test_relabelling_ads_relabels_the_findings(panel, found):
    names = {"a0": "a3", "a1": "a2", "a2": "a0", "a3": "a1"}
    mine = detected(panel.assign(ad_id=panel["ad_id"].map(names)))
    same(mine, found.assign(ad_id=found["ad_id"].map(names)))


@pytest.mark.parametrize("factor", [0.01, 150.0])
def test_another_currency_gives_the_same_findings(panel, found, factor):
    mine = detected(panel.assign(spend=panel["spend"] * factor, revenue=panel["revenue"] * factor))
    same(mine, found, ["ad_id", "metric", "alert_type", "start_ts", "end_ts", "score", "severity"])
    np.testing.assert_allclose(mine["money_at_stake"], factor * found["money_at_stake"], rtol=1e-2, atol=0.02)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -5.0])
def test_hours_with_impossible_numbers_count_as_nothing(panel, bad):
    spoilt = panel.astype({"clicks": "float64"})
    rows = spoilt.index[(spoilt["ad_id"] == "a2") & (spoilt["ts"] == at(20 * HOURS))]
    spoilt.loc[rows, ["impressions", "clicks", "spend", "conversions", "revenue", "reach", "frequency"]] = bad
    mine = detected(spoilt)
    assert set(mine["alert_type"]) == {"ctr_drop", "tracking_outage"}
    assert np.isfinite(mine[["score", "expected", "observed", "money_at_stake"]]).all(axis=None)


def test_without_conversions_the_rest_is_judged(panel, found):
    drop = found[found["alert_type"] == "ctr_drop"]
    same(detected(panel.drop(columns=["conversions", "revenue", "reach", "frequency"])), drop)
    same(detected(panel.assign(conversions=None, revenue=np.nan, reach=None, frequency=None)), drop)


def test_conversions_without_revenue_are_enough_for_an_outage(panel, found):
    same(detected(panel.drop(columns=["revenue"])), found)


def test_hours_without_a_row_had_no_delivery(panel, found):
    same(detected(panel[panel["impressions"] > 0]), found)


def test_other_accounts_in_the_same_frame_change_nothing(panel, found):
    other = account(5, 24, seed=4, name="act_2", changes=[Change("cpm", 3.0, BEGAN, BEGAN + 30, None)])
    both = detected(pd.concat([other, panel], ignore_index=True))
    mine = both[both["account_id"] == "act_1"]
    same(mine, found, ["ad_id", "alert_type", "start_ts", "score"])
    assert set(both.loc[both["account_id"] == "act_2", "alert_type"]) == {"cpm_spike"}


def test_the_frame_handed_over_is_left_as_it_was(panel):
    before = panel.copy()
    detected(panel, include_recorded=True)
    pd.testing.assert_frame_equal(panel, before)


def test_nothing_is_warned_about(panel):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detected(panel, include_recorded=True)
        detected(panel.iloc[:1])
        detected(account(6, 25, size=[0.0, 40.0, 40.0, 40.0, 40.0, 90_000.0]))


@pytest.mark.parametrize("missing", ["account_id", "campaign_id", "ad_id", "ts", "impressions", "clicks", "spend"])
def test_a_missing_column_is_named(panel, missing):
    with pytest.raises(PanelError, match=f"no column {missing}; it needs account_id"):
        detected(panel.drop(columns=missing))


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("ts", "soon", "Column ts holds 'soon' in row 3, which is no instant."),
        ("ts", None, "Column ts is empty in row 3."),
        ("ad_id", None, "Column ad_id is empty in row 3."),
        ("clicks", "a few", "Column clicks holds 'a few' in row 3, which is no number."),
        ("ts", "1926-01-01", "runs from 1926-01-01"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_its_row(panel, column, value, sentence):
    spoilt = panel.head(9).astype({column: "object"})
    spoilt.iloc[2, spoilt.columns.get_loc(column)] = value
    with pytest.raises(PanelError, match=sentence):
        detected(spoilt)


def test_numbers_are_no_instants(panel):
    with pytest.raises(PanelError, match="Column ts holds numbers"):
        detected(panel.assign(ts=range(len(panel))))


def test_an_empty_frame_is_a_mistake_and_one_row_is_a_quiet_account(panel):
    with pytest.raises(PanelError, match="The panel has no rows"):
        detected(panel.head(0))
    assert len(detected(panel.head(1))) == 0


def test_findings_have_the_same_columns_and_types_whether_there_are_any_or_not(panel, found):
    nothing = detected(panel.head(50))
    assert list(nothing.columns) == list(found.columns) == list(COLUMNS)
    assert nothing.dtypes.astype(str).to_dict() == found.dtypes.astype(str).to_dict()
    assert {name: str(nothing.dtypes[name]) for name in TYPES} == dict(TYPES)


def test_a_plan_may_lack_budgets_and_name_ads_that_are_not_there(panel, found):
    rows = [("a0", START, None, "ACTIVE"), ("ghost", START, None, "PAUSED")]
    plan = pd.DataFrame(rows, columns=["ad_id", "ts_from", "ts_to", "effective_status"])
    same(detected(panel, plan=plan), found)
    same(detected(panel, plan=plan.head(0)), found)
    with pytest.raises(PanelError, match="The plan has no column ts_to; it needs ad_id"):
        detected(panel, plan=plan.drop(columns="ts_to"))
    with pytest.raises(PanelError, match="Column daily_budget holds 'plenty' in row 1"):
        detected(panel, plan=plan.assign(daily_budget="plenty"))


def test_a_change_log_must_have_its_columns(panel):
    with pytest.raises(PanelError, match="The change log has no column what"):
        detected(panel, changes=pd.DataFrame({"object_id": ["a0"], "ts": [START]}))


def test_a_panel_is_whole_days_of_hours_by_ads():
    frame = account(3, 3).iloc[20:-10]
    built = build_panel(frame)
    assert (built.hours, built.days, len(built.ads)) == (72, 3, 3)
    assert built.start == START
    assert set(built.stops) == {built.stop}
    assert built.stop == (frame["ts"].max() - START) // pd.Timedelta(hours=1)
    assert built.metrics["clicks"].sum() == frame["clicks"].sum()


def test_messages_are_counted_per_thousand_days_with_delivery(panel, found):
    assert messages_per_1000_ad_days(panel, found) == pytest.approx(1000 * 2 / (4 * 24))
    twice = pd.concat([panel, panel])  # an index that repeats
    assert messages_per_1000_ad_days(twice, found) == pytest.approx(1000 * 2 / (4 * 24))
    assert messages_per_1000_ad_days(panel, found.head(0)) == 0.0
    assert np.isnan(messages_per_1000_ad_days(panel.assign(impressions=0), found))


def test_unknown_methods_and_thresholds_are_refused(panel):
    with pytest.raises(ValueError, match="method is 'prophet'; it can be 'evidence' or 'zscore'"):
        detect_anomalies(panel, method="prophet")  # type: ignore[arg-type]
    for bad in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="threshold_std"):
            detect_anomalies(panel, threshold_std=bad)


def test_equal_ids_in_two_accounts_are_two_incidents(panel, found):
    for method in ("evidence", "zscore"):
        both = detected(pd.concat([panel, panel.assign(account_id="act_2")]), method=method)
        assert both["incident_id"].nunique() == len(both) == 2 * len(detected(panel, method=method))


def test_a_plan_that_names_accounts_is_about_their_ads_only(panel, found):
    both = pd.concat([panel, panel.assign(account_id="act_2")])
    plan = pd.DataFrame({"account_id": ["act_2"], "ad_id": ["a0"], "ts_from": [None], "ts_to": [None]})
    plan = plan.assign(effective_status="PAUSED")
    stopped = both.assign(
        impressions=both["impressions"].where((both["ad_id"] != "a0") | (both["ts"] < at(BEGAN)), 0)
    )
    silent = detected(stopped, plan=plan).query("alert_type == 'zero_delivery'")
    assert silent["account_id"].tolist() == ["act_1"]
    everywhere = detected(stopped, plan=plan.assign(account_id=None))
    assert "zero_delivery" not in set(everywhere["alert_type"])


def test_whole_numbers_beside_a_null_are_read_as_the_ids_they_were(panel):
    numbered = panel.assign(ad_id=panel["ad_id"].str[1:].astype(int))
    stopped = numbered.assign(impressions=numbered["impressions"].where(numbered["ad_id"] != 0, 0.0))
    stopped.loc[stopped["ts"] < at(BEGAN), "impressions"] = panel["impressions"]
    assert "zero_delivery" in set(detected(stopped)["alert_type"])
    plan = pd.DataFrame({"ad_id": [0.0, 1.0], "ts_from": [at(BEGAN), START], "ts_to": [None, None]})
    plan = plan.assign(effective_status=["PAUSED", "ACTIVE"])
    assert "zero_delivery" not in set(detected(stopped, plan=plan)["alert_type"])
    assert set(detected(stopped.astype({"ad_id": float}))["ad_id"]) <= {"0", "1", "2", "3"}


@pytest.mark.parametrize("wrong", [0.5, 120210000000000123.0, np.inf])
def test_ids_that_became_decimals_are_a_mistake(panel, wrong):
    plan = pd.DataFrame({"ad_id": [1.0, wrong], "ts_from": START, "ts_to": None, "effective_status": "PAUSED"})
    with pytest.raises(PanelError, match=r"Column ad_id holds the decimal number .* in row 2; ids must be text"):
        detected(panel, plan=plan)


def test_a_plan_may_say_infinity_as_postgres_does(panel, found):
    plan = pd.DataFrame({"ad_id": ["a0"], "ts_from": ["-infinity"], "ts_to": ["infinity"]})
    assert "a0" in set(detected(panel, plan=plan.assign(effective_status="ACTIVE"))["ad_id"])
    paused = account(4, 24, changes=[Change("size", 0.0, BEGAN)])
    assert detected(paused, plan=plan.assign(effective_status="PAUSED", ts_from=[str(at(BEGAN))])).empty
    with pytest.raises(PanelError, match="Column ts_from holds 'infinity' in row 1, which is no instant"):
        detected(panel, plan=plan.assign(effective_status="ACTIVE", ts_from="infinity"))


def test_ads_without_a_campaign_are_one_campaign(panel, found):
    bare = detected(panel.assign(campaign_id=None))
    same(bare, found)
    assert set(bare["campaign_id"]) == {"-"}
    some = detected(panel.assign(campaign_id=panel["campaign_id"].where(panel["ad_id"] != "a0")))
    assert dict(zip(some["ad_id"], some["campaign_id"], strict=True)) == {"a0": "-", "a1": "c1"}


def test_frequency_is_impressions_over_reach_where_only_reach_is_known():
    age, rise = np.linspace(1.0, 0.6, 20 * HOURS), np.linspace(1.0, 2.0, 20 * HOURS)
    worn = account(6, 40, changes=[Change("ctr", age, 20 * HOURS), Change("frequency", rise, 20 * HOURS)])
    known, derived = detected(worn), detected(worn.drop(columns="frequency"))
    assert set(known["alert_type"]) == {"creative_fatigue"}
    same(derived, known, ["ad_id", "metric", "alert_type", "start_ts"])
    steady = account(6, 40, changes=[Change("ctr", age, 20 * HOURS)]).drop(columns="frequency")
    assert "creative_fatigue" not in set(detected(steady)["alert_type"])


def test_an_account_that_begins_later_than_the_panel_warns_of_nothing(panel):
    late = account(6, 30, name="act_2", seed=3).query("ts >= @at(20 * @HOURS)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detected(pd.concat([panel, late]))
        detected(account(6, 30, changes=[Change("size", 0.0, 0, 15 * HOURS, None)]))
