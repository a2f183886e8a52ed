"""Ratios across their lines: which days, which volume, which line, and what is said."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adtrack_pipeline.monitoring.condition import Condition, Level
from tests.monitoring.policies.world import (
    NOW,
    account,
    campaign,
    day,
    found,
    frames,
    judge,
    today_of,
)


def only(rule: str) -> str:
    """The shipped rules without any line but these."""
    lines = {"ctr": "below", "roas": "below", "cpc": "above", "frequency": "above"}
    name = rule.split(":", maxsplit=1)[0]
    off = [f"{one}: {{{side}: null}}" for one, side in lines.items() if one != name]
    return f"thresholds: {{{', '.join([rule, *off])}}}"


def days(count: int, start: int = 0, **metrics: Any) -> list[dict[str, Any]]:
    return [day(number, **metrics) for number in range(start, start + count)]


def one(conditions: list[Condition]) -> Condition:
    [condition] = conditions
    return condition


def test_a_ratio_below_its_line_is_told_in_two_plain_sentences():
    world = frames(days(4, impressions=1000, clicks=32, spend=50.5))
    said = one(judge(world, only("ctr: {below: 5}")))
    assert said.message == (
        "Campaign “Name of c”: CTR was 3.20 % (17–19 Nov), below your line of 5.00 %. "
        "3,000 impressions brought 96 clicks."
    )
    assert (said.alert_type, said.metric, said.threshold, said.actual) == ("ctr_below_target", "ctr", 5.0, 3.2)
    assert said.key == "ctr_below_target:ctr:meta:1:campaign:c"
    assert said.currency == "EUR"


def test_the_evidence_holds_what_the_threshold_event_needs():
    said = one(judge(frames(days(4, impressions=1000, clicks=32)), only("ctr: {below: 5}")))
    wanted = {"metric_name": "ctr", "threshold_type": "below", "threshold_value": 5.0, "current_value": 3.2}
    assert {key: said.evidence[key] for key in wanted} == wanted
    assert said.evidence["series"]["ts"] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert said.evidence["series"]["actual"] == [3.2, 3.2, 3.2]
    assert said.evidence["clear_value"] == 5.5


@pytest.mark.parametrize(
    ("rule", "metrics", "alert_type"),
    [
        ("ctr: {below: 5}", {"clicks": 50}, None),
        ("ctr: {below: 5}", {"clicks": 49}, "ctr_below_target"),
        ("cpc: {above: 2}", {"clicks": 50, "spend": 100}, None),
        ("cpc: {above: 2}", {"clicks": 50, "spend": 100.5}, "cpc_high"),
        ("roas: {below: 2}", {"clicks": 100, "spend": 50, "conversions": 9, "revenue": 100}, None),
        ("roas: {below: 2}", {"clicks": 100, "spend": 50, "conversions": 9, "revenue": 99}, "roas_below_target"),
        ("cpa: {above: 10}", {"spend": 50, "conversions": 5, "revenue": 1}, None),
        ("cpa: {above: 10}", {"spend": 51, "conversions": 5, "revenue": 1}, "cpa_high"),
        ("cpm: {above: 40}", {"spend": 40.5}, "cpm_high"),
        ("link_ctr: {below: 1}", {"link_clicks": 9}, "link_ctr_below_target"),
        ("conversion_rate: {below: 10}", {"link_clicks": 100, "conversions": 9}, "conversion_rate_below_target"),
        ("aov: {below: 50}", {"conversions": 9, "revenue": 400}, "aov_below_target"),
        ("ctr: {below: null, above: 20}", {"clicks": 300}, "ctr_above_target"),
        ("cpc: {above: null, below: 0.1}", {"clicks": 300, "spend": 1}, "cpc_low"),
    ],
)
def test_exactly_on_the_line_is_not_beyond_it(rule: str, metrics: dict[str, float], alert_type: str | None):
    world = frames(days(9, impressions=1000, **metrics))
    assert found(judge(world, only(rule))) == ({alert_type} if alert_type else set())


def test_only_complete_days_of_the_window_count():
    rows = [day(0, impressions=50_000), *days(3, 1, impressions=1000, clicks=60), day(4, impressions=50_000)]
    assert judge(frames(rows), only("ctr: {below: 5}")) == []


def test_tiny_volume_is_not_judged():
    rows = days(4, impressions=600, clicks=0)
    assert judge(frames(rows), only("ctr: {below: 5}")) == []
    assert found(judge(frames(rows), only("ctr: {below: 5, min_impressions: 1800}"))) == {"ctr_below_target"}
    assert judge(frames(days(4, impressions=9, clicks=16, spend=99)), only("cpc: {}")) == []


def test_minimal_spend_may_differ_by_currency():
    rows = days(4, impressions=1000, clicks=100, spend=1000)
    rule = "cpc: {above: {default: 2, JPY: 3}, min_spend: {default: 50, JPY: 5000}}"
    assert found(judge(frames(rows), only(rule))) == {"cpc_high"}
    assert judge(frames(rows, accounts=[account(currency="JPY")]), only(rule)) == []


def test_the_shipped_cost_per_click_does_not_flood_an_account_in_yen():
    rows = days(4, impressions=1000, clicks=100, spend=20_000)
    assert judge(frames(rows, accounts=[account(currency="JPY")]), only("cpc: {}")) == []
    said = one(judge(frames(days(4, impressions=1, clicks=100, spend=40_000), accounts=[account(currency="JPY")]),
                     only("cpc: {}")))  # fmt: skip
    assert "cost per click was 400 JPY" in said.message
    assert "300 clicks cost 120,000 JPY, 30,000 JPY more than on the line." in said.message


def test_without_a_line_for_its_currency_an_account_is_not_judged():
    rows = days(4, impressions=1000, clicks=100, spend=500)
    assert judge(frames(rows, accounts=[account(currency=None)]), only("cpc: {above: {EUR: 2}}")) == []


def test_no_spend_has_no_roas_and_no_costs():
    world = frames(days(9, impressions=1000, clicks=200, conversions=5, revenue=10))
    assert judge(world, only("roas: {below: 2, min_conversions: 0}")) == []
    assert judge(world, only("cpa: {above: 1}")) == []


def test_money_without_a_single_conversion_is_judged_once_enough_should_have_come():
    rule = only("cpa: {above: 20}")
    assert judge(frames(days(8, impressions=100, spend=28)), rule) == []
    said = one(judge(frames(days(8, impressions=100, spend=30)), rule))
    assert "no conversion for 210.00 EUR (13–19 Nov), above your line of 20.00 EUR" in said.message
    assert said.money_at_stake == 210


def test_of_a_low_click_rate_the_spend_that_brought_no_click_is_at_stake():
    rule = only("ctr: {below: 5.0, min_impressions: 0}")
    said = one(judge(frames(days(4, impressions=1000, clicks=10, spend=50)), rule))
    assert said.money_at_stake == 120  # a fifth of the line: four fifths of three days
    said = one(judge(frames(days(4, impressions=1000, clicks=0, spend=50)), rule))
    assert said.money_at_stake == 150  # never more than was spent


def test_roas_needs_the_orders_that_its_line_would_have_brought():
    def world(orders: float) -> Any:
        rows = days(8, impressions=100, clicks=100, spend=10)
        others = days(
            8, campaign_id="d", impressions=9, clicks=9, spend=1, conversions=orders, revenue=orders * 40
        )
        return frames([*rows, *others], campaigns=[campaign("c"), campaign("d")])

    # 70 spent on the line of 2 means 140 of revenue: 3.5 orders of 40, or 12 of 11.67.
    assert judge(world(1), only("roas: {below: 2}")) == []
    assert one(judge(world(1), only("roas: {below: 2, min_conversions: 3}"))).subject.campaign_id == "c"


def test_an_account_without_any_revenue_is_not_judged_by_roas():
    world = frames(days(9, impressions=1000, clicks=500, spend=500, conversions=50))
    assert judge(world, only("roas: {}")) == []
    assert found(judge(world, only("roas: {min_conversions: 0}"))) == {"roas_below_target"}


def test_a_campaign_for_leads_is_not_judged_by_roas_unless_it_sells():
    def world(revenue: float) -> Any:
        rows = days(9, impressions=1000, clicks=200, spend=100, revenue=revenue, conversions=5)
        others = days(9, campaign_id="d", impressions=9, clicks=9, spend=10, conversions=3, revenue=150)
        return frames([*rows, *others], campaigns=[campaign("c", objective="OUTCOME_LEADS"), campaign("d")])

    assert judge(world(0), only("roas: {}")) == []
    assert found(judge(world(10), only("roas: {}"))) == {"roas_below_target"}


def young(days_ago: int, conversions: float, nowcast: float | None) -> dict[str, Any]:
    return day(
        days_ago, impressions=1000, clicks=100, spend=100, conversions=conversions, revenue=conversions * 20,
        conversions_nowcast=nowcast, revenue_nowcast=None if nowcast is None else nowcast * 20,
    )  # fmt: skip


def test_unripe_conversions_are_judged_as_forecast():
    assert judge(frames([young(number, 2, 12) for number in range(9)]), only("roas: {below: 2}")) == []
    said = one(judge(frames([young(number, 2, 9) for number in range(9)]), only("roas: {below: 2}")))
    assert said.actual == pytest.approx(1.8)


def test_without_a_forecast_only_days_old_enough_are_judged():
    good, bad = [young(n, 12, None) for n in range(8, 15)], [young(n, 1, None) for n in range(8, 15)]
    unripe = [young(n, 0, None) for n in range(8)]
    assert judge(frames([*unripe, *good]), only("roas: {below: 2}")) == []
    said = one(judge(frames([*unripe, *bad]), only("roas: {below: 2}")))
    assert said.evidence["window"] == {"since": "2026-11-06", "until": "2026-11-12"}
    assert "ROAS was 0.20 (6–12 Nov; conversions of later days are still arriving)" in said.message


def test_an_unripe_day_inside_the_window_is_left_out_with_its_spend():
    rows = [young(n, 12, 12) for n in range(8)]
    rows[3] = young(3, 0, None)
    assert judge(frames(rows), only("roas: {below: 2}")) == []


def test_young_days_alone_are_not_judged_at_all():
    assert judge(frames([young(n, 0, None) for n in range(7)]), only("roas: {below: 2, min_conversions: 0}")) == []


def test_frequency_is_the_mean_of_daily_ones_of_an_ad():
    rows = [day(n, Level.AD, impressions=3000, reached_impressions=3000, reach=1000) for n in range(8)]
    said = one(judge(frames(rows, level=Level.AD), only("frequency: {}")))
    assert (said.alert_type, said.actual, said.subject.ad_id) == ("frequency_high", 3.0, "a")
    assert said.subject.campaign_id == "c"


@pytest.mark.parametrize("level", list(Level)[:4])
def test_every_level_can_be_judged(level: Level):
    rows = [day(n, level, impressions=3000, clicks=3) for n in range(4)]
    said = one(judge(frames(rows, level=level), only(f"ctr: {{level: {level.value}}}")))
    assert said.subject.level is level
    assert said.subject.object_id == {"ad": "a", "adset": "s", "campaign": "c", "account": "1"}[level.value]


def test_what_does_not_run_any_more_is_left_alone():
    rows = days(4, impressions=1000)
    assert judge(frames(rows, campaigns=[campaign(is_running=False)]), only("ctr: {}")) == []
    assert judge(frames(rows[2:]), only("ctr: {min_impressions: 1}")) == []


def test_a_campaign_nobody_listed_goes_by_the_rules_of_its_account():
    text = only("ctr: {}") + "\noverrides: {accounts: {1: {thresholds: {ctr: {below: 1}}}}}"
    rows = days(4, impressions=1000, clicks=30)
    assert judge(frames(rows, campaigns=[]), text) == []
    assert found(judge(frames(rows, campaigns=[]), only("ctr: {}"))) == {"ctr_below_target"}


def test_the_rest_that_belongs_to_no_campaign_is_not_judged():
    for name in ("unattributed", "unknown"):
        assert judge(frames(days(4, campaign_id=name, impressions=9000)), only("ctr: {}")) == []


def test_it_began_on_the_first_of_the_bad_days_in_a_row():
    rows = [day(0, impressions=1000), *days(2, 1, impressions=1000, clicks=10), day(3, impressions=900, clicks=60)]
    said = one(judge(frames(rows), only("ctr: {}")))
    assert said.began_at == datetime(2026, 11, 17, 23, tzinfo=UTC)  # midnight of the 18th in Berlin


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("Pacific/Tongatapu", datetime(2026, 11, 20, 11, 30, tzinfo=UTC), date(2026, 11, 21)),
        ("America/Los_Angeles", datetime(2026, 11, 20, 7, 30, tzinfo=UTC), date(2026, 11, 19)),
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),
        ("Not/AZone", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 20)),
    ],
)
def test_the_running_day_is_the_accounts_own_and_not_judged(zone: str, now: datetime, today: date):
    running = [day(0, today=today, impressions=9000)]
    rows = [*running, *(day(n, today=today, impressions=1000, clicks=60) for n in (1, 2, 3))]
    assert judge(frames(rows, accounts=[account(zone=zone, last_started_at=now)]), only("ctr: {}"), now=now) == []
    worse = [*running, *(day(n, today=today, impressions=1000, clicks=10) for n in (1, 2, 3))]
    said = one(judge(frames(worse, accounts=[account(zone=zone, last_started_at=now)]), only("ctr: {}"), now=now))
    assert said.evidence["window"]["until"] == f"{today - timedelta(days=1)}"


def test_a_hostile_name_stays_on_one_line_and_short():
    rows = days(4, impressions=1000, object_name="<b>x</b>\n\r\t" + "☕" * 200)
    said = one(judge(frames(rows), only("ctr: {}")))
    assert "\n" not in said.message
    assert len(said.message) < 300


def test_a_switched_off_rule_says_nothing():
    rows = days(4, impressions=1000)
    assert judge(frames(rows), only("ctr: {enabled: false}")) == []
    text = only("ctr: {}") + "\noverrides: {campaigns: {c: {thresholds: {ctr: {enabled: false}}}}}"
    assert judge(frames(rows), text) == []


def test_accounts_that_are_not_read_any_more_are_not_judged():
    assert judge(frames(days(4, impressions=1000), accounts=[account("2")]), only("ctr: {}")) == []
    assert today_of() == NOW.date()
