"""What every condition holds, whatever rule it comes from."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.policies import PlatformFacts
from adtrack_pipeline.monitoring.policies.judging.calendar import hours_gone, hours_left, local_today, starts_at
from adtrack_pipeline.monitoring.policies.judging.words import count, span
from tests.monitoring.policies.world import NOW, account, budget, day, frames, judge

ZONES = ("Europe/Berlin", "Pacific/Tongatapu", "America/Los_Angeles", "Asia/Kolkata", "Africa/Cairo", "UTC")


def everything() -> list[Condition]:
    """One account with about everything wrong."""
    rows = [
        day(n, impressions=3000, clicks=60, spend=200, link_clicks=9, conversions=1, revenue=50) for n in range(9)
    ]
    ads = [day(n, Level.AD, impressions=3000, reached_impressions=3000, reach=900) for n in range(9)]
    totals = [day(n, Level.ACCOUNT, spend=200) for n in range(33)]
    late = account(failed=30, last_ok_at=NOW - timedelta(hours=30), last_started_at=NOW - timedelta(hours=3))
    world = frames(
        rows,
        more_days={Level.AD: ads, Level.ACCOUNT: totals},
        accounts=[late],
        budgets=[budget(daily_budget=150), budget(lifetime_budget=1000, lifetime_spent=950, campaign_id="d")],
        facts=PlatformFacts("meta", "v24.0", date(2026, 11, 25), "v26.0", NOW + timedelta(days=2)),
    )
    return judge(world, "thresholds: {cpa: {above: 20}}\npacing: {budgets: [{name: A, account: 1, monthly: 100}]}")


def test_all_kinds_of_rules_speak_at_once_each_under_its_own_key():
    conditions = everything()
    assert sorted(one.alert_type for one in conditions) == [
        "api_version_ending",
        "budget_depleted",
        "budget_exceeded",
        "cpa_high",
        "cpc_high",
        "ctr_below_target",
        "data_stale",
        "frequency_high",
        "pacing_over",
        "roas_below_target",
        "sync_failing",
        "sync_missing",
        "token_expiring",
    ]
    assert len({one.key for one in conditions}) == len(conditions)


def test_everything_a_condition_holds_can_be_stored_and_read():
    for one in everything():
        json.dumps(dict(one.evidence), allow_nan=False)
        assert one.began_at.tzinfo is not None
        assert one.seen_at == NOW.replace(minute=0)
        assert one.began_at <= NOW
        assert 1 <= one.message.count(". ") + 1 <= 3, one.message
        assert one.evidence["cool_down_hours"] > 0


def test_two_budgets_of_one_object_are_one_alert_the_graver():
    both = [budget(daily_budget=100), budget(lifetime_budget=1000, lifetime_spent=1300)]
    [said] = [
        one for one in judge(frames([day(0, spend=101)], budgets=both)) if one.alert_type == "budget_exceeded"
    ]
    assert said.evidence["budget_kind"] == "lifetime"


@settings(max_examples=200, deadline=None)
@given(instant=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), zone=st.sampled_from(ZONES))  # noqa: DTZ001
def test_a_day_of_an_account_has_23_24_or_25_hours_and_contains_now(instant: datetime, zone: str):
    now = instant.replace(tzinfo=UTC)
    today = local_today(zone, now)
    assert starts_at(today, zone) <= now < starts_at(today + timedelta(days=1), zone)
    assert round(hours_gone(zone, now) + hours_left(zone, now), 6) in {23, 24, 25}
    assert starts_at(today, zone).astimezone(ZoneInfo(zone)).date() == today


def test_numbers_are_written_as_people_read_them():
    assert (count(12345), count(2.5)) == ("12,345", "2.5")
    assert span(date(2026, 10, 28), date(2026, 11, 3)) == "28 Oct–3 Nov"
    assert span(date(2026, 11, 3), date(2026, 11, 3)) == "3 Nov"
