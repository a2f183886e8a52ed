"""Budgets nearly and more than spent, by the account's own day or over their lifetime."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity
from tests.monitoring.policies.world import NOW, account, budget, campaign, day, found, frames, judge, today_of


def today(spent: float, text: str = "", level: Level = Level.CAMPAIGN, **more: Any) -> list[Condition]:
    """A daily budget of 100 with this much spent today."""
    world = frames([day(0, level, spend=spent)], budgets=[budget(level, daily_budget=100, **more)], level=level)
    return judge(world, text)


def lifetime(spent: float | None, text: str = "", **more: Any) -> list[Condition]:
    return judge(frames(budgets=[budget(lifetime_budget=1000, lifetime_spent=spent, **more)]), text)


@pytest.mark.parametrize(
    ("spent", "types"),
    [
        (0, set()),
        (89.99, set()),
        (90, {"budget_depleted"}),
        (100, {"budget_depleted"}),
        (100.01, {"budget_exceeded"}),
        (500, {"budget_exceeded"}),
    ],
)
def test_depleted_from_ninety_percent_on_exceeded_above_a_hundred(spent: float, types: set[str]):
    assert found(today(spent)) == types
    assert found(lifetime(spent * 10)) == types


def test_depleted_says_how_long_the_money_still_has_to_last():
    [said] = today(92)
    assert said.message == (
        "Campaign “Spring” has spent 92 % of today's budget: 92.00 EUR of 100.00 EUR, and the account's day still "
        "lasts 10 hours. At this pace it is used up at about 14:40 account time."
    )
    assert (said.severity, said.pages, said.threshold, said.actual) == (Severity.MEDIUM, True, 90.0, 92.0)
    assert "percentage_exceeded" not in said.evidence  # it is not the event of an exceeded budget


def test_exceeded_carries_what_the_event_needs():
    [said] = today(150)
    wanted = {
        "budget_limit": 100.0,
        "current_spend": 150.0,
        "percentage_exceeded": 50.0,
        "budget_kind": "daily",
        "budget_level": "campaign",
    }
    assert {key: said.evidence[key] for key in wanted} == wanted
    assert (said.money_at_stake, said.currency, said.severity) == (50.0, "EUR", Severity.HIGH)
    assert (
        "has spent 150.00 EUR today, 50.0 % (50.00 EUR) more than its daily budget of 100.00 EUR." in said.message
    )


def test_what_meta_allows_itself_on_single_days_is_of_low_severity():
    [within], [beyond], [lasting] = today(125), today(125.5), lifetime(1100)
    assert (within.severity, beyond.severity, lasting.severity) == (Severity.LOW, Severity.HIGH, Severity.HIGH)
    assert within.message.endswith("Meta may spend up to 25 % more on single days.")


def test_late_in_the_day_a_spent_budget_is_recorded_but_not_told():
    def pages(hour: int) -> bool:
        now = datetime(2026, 11, 20, hour, tzinfo=UTC)
        world = frames([day(0, spend=95)], budgets=[budget(daily_budget=100)])
        return judge(world, "health: {sync_missing: {enabled: false}}", now=now)[0].pages

    assert (pages(18), pages(19)) == (True, False)  # 19:00 and 20:00 in Berlin


def test_the_hours_left_are_real_ones_when_clocks_change():
    now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # midnight in Berlin: a day of 25 hours begins
    world = frames([day(0, today=today_of(now=now), spend=95)], budgets=[budget(daily_budget=100)])
    assert judge(world, now=now)[0].evidence["hours_left"] == 25
    spring = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    world = frames([day(0, today=today_of(now=spring), spend=95)], budgets=[budget(daily_budget=100)])
    assert judge(world, now=spring)[0].evidence["hours_left"] == 23


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        ("Pacific/Tongatapu", datetime(2026, 11, 20, 11, 30, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
    ],
)
def test_only_the_accounts_own_today_counts(zone: str, now: datetime):
    local = today_of(zone, now)
    rows = [day(-1, today=local, spend=500), day(0, today=local, spend=95), day(1, today=local, spend=500)]
    world = frames(rows, budgets=[budget(daily_budget=100)], accounts=[account(zone=zone, last_started_at=now)])
    assert judge(world, now=now)[0].actual == 95


def test_yen_have_no_decimals_and_currencies_stay_apart():
    accounts = [account("1", "JPY"), account("2", "EUR")]
    rows = [day(0, spend=12_000), day(0, account_id="2", campaign_id="d", spend=12_000)]
    budgets = [budget(daily_budget=10_000), budget(daily_budget=10_000, account_id="2", campaign_id="d")]
    yen, euro = judge(frames(rows, accounts=accounts, budgets=budgets, campaigns=[]))
    assert "12,000 JPY today, 20.0 % (2,000 JPY) more" in yen.message
    assert (yen.currency, euro.currency) == ("JPY", "EUR")
    assert "12,000.00 EUR" in euro.message


@pytest.mark.parametrize("nothing", [None, 0, float("nan")])
def test_no_budget_is_no_alert(nothing: float | None):
    world = frames([day(0, spend=500)], budgets=[budget(daily_budget=nothing, lifetime_budget=nothing)])
    assert judge(world) == []


def test_a_budget_without_any_delivery_is_no_alert():
    assert judge(frames(budgets=[budget(daily_budget=100), budget(lifetime_budget=9, lifetime_spent=None)])) == []


def test_an_ad_sets_own_budget_is_judged_by_its_own_spend():
    [said] = today(95, level=Level.ADSET)
    assert said.key == "budget_depleted:spend:meta:1:adset:s"
    assert (said.subject.campaign_id, said.evidence["budget_level"]) == ("c", "adset")
    assert said.message.startswith("Ad set “Spring”")


def test_with_the_budget_on_the_campaign_its_ad_sets_have_none():
    rows = {Level.ADSET: [day(0, Level.ADSET, spend=95)]}
    both = [budget(daily_budget=1000), budget(Level.ADSET, daily_budget=100)]
    assert judge(frames([day(0, spend=95)], budgets=both, more_days=rows)) == []
    elsewhere = [budget(daily_budget=1000, campaign_id="x"), budget(Level.ADSET, daily_budget=100)]
    assert found(judge(frames([day(0, spend=95)], budgets=elsewhere, more_days=rows))) == {"budget_depleted"}


def test_a_lifetime_budget_that_is_used_up_as_its_flight_ends_is_not_told():
    flight = {"starts_at": NOW - timedelta(days=95), "ends_at": NOW + timedelta(days=5)}
    [planned], [early] = lifetime(930, **flight), lifetime(960, **flight)
    assert (planned.pages, early.pages) == (False, True)
    assert "96 % of its lifetime budget: 960.00 EUR of 1,000.00 EUR with 5 days to run." in early.message


def test_a_paused_campaign_is_not_depleted_but_has_exceeded_what_it_has():
    assert today(95, is_running=False) == []
    assert found(today(130, is_running=False)) == {"budget_exceeded"}


def test_what_was_told_as_depleted_stays_open_quietly_once_it_is_exceeded():
    key = "budget_depleted:spend:meta:1:campaign:c"
    world = frames([day(0, spend=130)], budgets=[budget(daily_budget=100)])
    exceeded, depleted = judge(world, open_keys=frozenset({key}))
    assert (exceeded.alert_type, depleted.alert_type) == ("budget_exceeded", "budget_depleted")
    assert (exceeded.pages, depleted.pages) == (True, False)


def test_a_new_day_starts_with_a_full_budget():
    keys = frozenset(f"budget_{kind}:spend:meta:1:campaign:c" for kind in ("depleted", "exceeded"))
    world = frames([day(1, spend=130), day(0, spend=3)], budgets=[budget(daily_budget=100)])
    assert judge(world, open_keys=keys) == []


def test_lines_can_be_moved_and_switched_off_for_some():
    assert found(today(75, "budgets: {depleted: {at_pct: 75}}")) == {"budget_depleted"}
    assert today(95, "budgets: {depleted: {enabled: false}}") == []
    text = "overrides: {campaigns: {c: {budgets: {exceeded: {enabled: false}, depleted: {enabled: false}}}}}"
    assert today(150, text) == []
    [said] = today(150, "budgets: {exceeded: {above_pct: 140, daily_allowance_pct: 60}}")
    assert (said.severity, said.threshold) == (Severity.LOW, 140.0)


def test_a_budget_of_an_account_that_is_not_read_is_left_alone():
    world = frames(
        [day(0, spend=95)], budgets=[budget(daily_budget=100)], accounts=[account("2")], campaigns=[campaign()]
    )
    assert judge(world) == []


def capped(spent: float | None, cap: float | None = 1000, text: str = "") -> list[Condition]:
    return judge(frames(accounts=[account(spend_cap=cap, amount_spent=spent)]), text)


@pytest.mark.parametrize(
    ("spent", "types"),
    [
        (None, set()),
        (899.99, set()),
        (900, {"budget_depleted"}),
        (1000, {"budget_depleted"}),
        (1001, {"budget_exceeded"}),
    ],
    ids=["nothing", "below", "at-90", "all-of-it", "more"],
)
def test_an_accounts_spend_cap_is_judged_like_a_budget(spent: float | None, types: set[str]):
    assert found(capped(spent)) == types


@pytest.mark.parametrize("cap", [None, 0], ids=["none", "zero"])
def test_an_account_without_a_cap_has_nothing_to_reach(cap: float | None):
    assert capped(5_000, cap) == []


def test_a_cap_says_what_happens_when_it_is_reached_and_what_to_do():
    [nearly], [reached] = capped(920), capped(1000)
    assert nearly.message == (
        "Account “Shop 1” has spent 92 % of its spend cap: 920.00 EUR of 1,000.00 EUR. All ads of the account "
        "stop when it is reached; raise or reset it in the account's payment settings."
    )
    assert "have stopped: raise or reset it" in reached.message
    assert (nearly.severity, reached.severity) == (Severity.MEDIUM, Severity.HIGH)
    assert (nearly.subject.level, nearly.subject.campaign_id) == (Level.ACCOUNT, None)
    assert (nearly.threshold, nearly.evidence["budget_kind"]) == (900, "cap")


def test_a_cap_beyond_its_end_carries_what_the_event_needs():
    [said] = capped(1100)
    assert said.evidence["percentage_exceeded"] == 10
    assert (said.severity, said.money_at_stake) == (Severity.HIGH, 100)
    assert (
        "100.00 EUR) more than its spend cap of 1,000.00 EUR. All ads of the account have stopped" in said.message
    )


def test_an_account_may_have_lines_of_its_own_for_its_cap():
    rules = 'overrides: {accounts: {"1": {budgets: {depleted: {at_pct: 70}}}}}'
    assert found(capped(750, text=rules)) == {"budget_depleted"}
