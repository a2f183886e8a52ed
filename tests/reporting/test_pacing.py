"""Budgets in the report go by the lines of the pacing alerts, and stand where their account does."""

from datetime import timedelta

import pytest

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies import PolicyFrames
from adtrack_pipeline.reporting.frames import Pace
from adtrack_pipeline.reporting.pacing import paces_by_account
from tests.monitoring.policies.world import NOW, account, budget, campaign, day, frames, judge, policies

MINE = ("meta", "1")


def steady(**more: object) -> PolicyFrames:
    """100 a day: 2,000 so far, heading for about 3,040 in November."""
    return frames([day(n, Level.ACCOUNT, spend=100) for n in range(33)], level=Level.ACCOUNT, **more)  # type: ignore[arg-type]


def budgeted(monthly: float, target: str = "account: 1") -> str:
    return f"pacing: {{budgets: [{{name: Shop EU, {target}, monthly: {monthly}}}]}}"


def only(world: PolicyFrames, text: str) -> Pace:
    [pace] = paces_by_account(world, policies(text), NOW)[MINE]
    return pace


@pytest.mark.parametrize(("monthly", "verdict"), [(2300.0, "over"), (3000.0, "on_track"), (4000.0, "under")])
def test_the_state_of_a_budget_is_what_the_alert_says_about_it(monthly: float, verdict: str):
    pace = only(steady(), budgeted(monthly))
    assert pace.verdict == verdict
    told = {one.alert_type for one in judge(steady(), budgeted(monthly)) if one.alert_type.startswith("pacing")}
    assert told == ({f"pacing_{verdict}"} if verdict != "on_track" else set())


def test_a_monthly_budget_shows_what_is_spent_and_where_it_ends():
    pace = only(steady(), budgeted(3000))
    assert pace.spent == 2000
    assert pace.forecast == pytest.approx(3043.75)
    assert pace.gone_pct == pytest.approx(100 * 19 / 30)
    assert pace.currency == "EUR"


def test_a_budget_over_several_accounts_stands_in_the_report_over_all():
    world = frames(
        [{**day(n, spend=50), "account_id": one} for n in range(33) for one in ("1", "2")],
        accounts=[account("1"), account("2")],
        campaigns=[campaign(), {**campaign(), "account_id": "2"}],
    )
    text = "tags: {both: {campaigns: ['*']}}\n" + budgeted(3000, "tag: both")
    found = paces_by_account(world, policies(text), NOW)
    assert list(found) == [None]
    assert found[None][0].spent == 2000


def test_a_budget_that_means_nobody_is_left_out():
    assert paces_by_account(steady(), policies(budgeted(3000, "account: 999")), NOW) == {}


def test_running_lifetime_budgets_show_their_share_of_time_the_largest_first():
    flight = {"starts_at": NOW - timedelta(days=10), "ends_at": NOW + timedelta(days=30)}
    budgets = [
        budget(object_name=f"B{n}", campaign_id=f"c{n}", lifetime_budget=100.0 * n, lifetime_spent=50.0, **flight)
        for n in range(1, 15)
    ]
    budgets.append(budget(object_name="Over", campaign_id="x", lifetime_budget=9e9, is_running=False, **flight))
    found = paces_by_account(steady(budgets=budgets), policies(), NOW)[MINE]
    assert [one.name for one in found][:2] == ["B14", "B13"]
    assert len(found) == 10
    assert found[0].gone_pct == pytest.approx(25)
    assert found[0].forecast is None
