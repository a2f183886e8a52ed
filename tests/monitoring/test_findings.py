"""What a person reads about a finding, and what a chart shows."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from adtrack_pipeline.monitoring import detect_anomalies
from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.findings import Context, conditions_of
from adtrack_pipeline.monitoring.found.telling import UNITS
from tests.monitoring.panels import Change, account

HOUR = pd.Timedelta(hours=1)
SINCE = 28 * 24


def names(**said: str) -> pd.DataFrame:
    rows = [("account", "act_1", "Shop", "EUR", None), ("campaign", "c0", "Spring", None, None)]
    rows += [("ad", ad, name, None, "s1") for ad, name in said.items()]
    return pd.DataFrame(rows, columns=["level", "object_id", "name", "currency", "parent"]).set_index("object_id")


def told(panel: pd.DataFrame, name: str = "Blue shoes", **options: object) -> list[Condition]:
    found = detect_anomalies(panel, **options)
    until = panel["ts"].max()
    return conditions_of(found, Context("meta", names(a0=name), panel, until))


@pytest.fixture(scope="module")
def collapsed() -> pd.DataFrame:
    return account(changes=[Change("ctr", 0.3, SINCE)])


def test_a_sentence_says_what_since_when_and_what_is_at_stake(collapsed: pd.DataFrame):
    (condition,) = told(collapsed)
    assert condition.message.startswith("Ad “Blue shoes”: people click 7")
    assert "less often than usual" in condition.message
    assert "EUR" in condition.message
    assert "UTC" in condition.message


def test_a_condition_names_the_ad_and_its_parents(collapsed: pd.DataFrame):
    (condition,) = told(collapsed)
    subject = condition.subject
    assert (subject.level, subject.ad_id, subject.adset_id, subject.campaign_id) == (Level.AD, "a0", "s1", "c0")
    assert condition.currency == "EUR"


def test_the_same_incident_has_the_same_key_an_hour_later(collapsed: pd.DataFrame):
    earlier = told(collapsed[collapsed["ts"] < collapsed["ts"].max() - 3 * HOUR])
    assert [one.key for one in earlier] == [one.key for one in told(collapsed)]


def test_what_is_over_is_no_condition_any_more():
    panel = account(changes=[Change("ctr", 0.3, SINCE - 72, SINCE - 40)])
    assert not detect_anomalies(panel).empty
    assert told(panel) == []


def test_evidence_can_be_stored_and_drawn(collapsed: pd.DataFrame):
    (condition,) = told(collapsed)
    series = json.loads(json.dumps(dict(condition.evidence)))["series"]
    assert len(series["ts"]) == len(series["actual"]) == len(series["expected"]) > 40
    assert series["began_at"] < series["ended_at"]


def test_an_incident_of_a_whole_account_is_one_condition_about_the_account():
    panel = account(changes=[Change("cvr", 0.0, SINCE, ads=None)])
    (condition,) = told(panel)
    assert (condition.alert_type, condition.subject.level) == ("tracking_outage", Level.ACCOUNT)
    assert condition.subject.name == "Shop"
    assert "ads take part" in condition.message


def test_what_is_only_recorded_carries_no_chart():
    panel = account(seed=3, spread=0.25)
    recorded = [one for one in told(panel, include_recorded=True) if not one.pages]
    assert all("series" not in one.evidence for one in recorded)


def test_braces_and_markup_in_a_name_stay_as_they_are(collapsed: pd.DataFrame):
    (condition,) = told(collapsed, name="<b>{change}</b> 🙂")
    assert "<b>{change}</b> 🙂" in condition.message


def test_the_last_change_before_is_told(collapsed: pd.DataFrame):
    found = detect_anomalies(collapsed)
    before = pd.DataFrame(
        {"object_id": ["a0"], "ts": [found["start_ts"].min() - HOUR], "what": ["New image by Kim"]}
    )
    (condition,) = told(collapsed, changes=before)
    assert "Shortly before:" in condition.message
    assert "New image by Kim" in condition.message


def test_wear_is_told_in_percent_of_impressions_against_its_best_days():
    worse, oftener = np.linspace(1.0, 0.55, 15 * 24), np.linspace(1.0, 1.8, 15 * 24)
    changes = [Change("ctr", worse, 30 * 24, 45 * 24), Change("frequency", oftener, 30 * 24, 45 * 24)]
    fading = account(days=45, changes=changes)
    (wear,) = [one for one in told(fading) if one.alert_type == "creative_fatigue"]
    assert 0.5 < (wear.actual or 0) < 0.9 * (wear.expected or 0) < 2.0
    assert " %" in wear.message


def test_money_without_cents_is_written_without_them():
    panel = account(changes=[Change("ctr", 0.3, SINCE)], cpm=1200.0, aov=9000.0)
    found = detect_anomalies(panel)
    rows = names(a0="Blue shoes")
    rows.loc["act_1", "currency"] = "JPY"
    (condition,) = conditions_of(found, Context("meta", rows, panel, panel["ts"].max()))
    assert re.search(r"At stake so far: [\d,]+ JPY\.", condition.message)


@pytest.mark.parametrize(("clicks", "told"), [(4.0, 3.0), (0.5, 24.0), (0.0, 12.0)])
def test_where_nobody_clicked_the_cost_of_a_click_is_what_was_paid_for_none(clicks, told):
    assert UNITS["cpc"][1](clicks, 12.0) == told
