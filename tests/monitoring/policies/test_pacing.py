"""Monthly budgets: where the month will end, told only when the forecast is sure enough."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.policies import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.forecast import Outlook, outlook
from tests.monitoring.policies.world import NOW, account, campaign, day, frames, judge, policies

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
TODAY = date(2026, 11, 20)


def series(spend: list[float], last: date = TODAY) -> pd.Series:
    """Spend per day, the last of them `last`."""
    return pd.Series(spend, index=pd.date_range(end=pd.Timestamp(last), periods=len(spend)), dtype="float64")


def steady(amount: float = 100, **more: Any) -> Outlook:
    return outlook(series([amount] * 33), series([amount] * 33), TODAY, NOVEMBER, more.get("day_gone", 1.0))


def world(amount: float = 100, level: Level = Level.ACCOUNT, **more: Any) -> PolicyFrames:
    """33 days of steady spend."""
    return frames([day(n, level, spend=amount) for n in range(33)], level=level, **more)


def budgeted(monthly: float, target: str = "account: 1", section: str = "") -> str:
    return f"pacing: {{{section} budgets: [{{name: Shop EU, {target}, monthly: {monthly!r}}}]}}"


def only(conditions: list[Condition]) -> Condition:
    [condition] = conditions
    return condition


def test_a_steady_month_ends_where_it_must():
    forecast = steady()
    assert forecast.spent_so_far == 2000
    assert forecast.total == pytest.approx(3000)
    assert forecast.interval(80) == pytest.approx((3000, 3000))


def test_the_rest_of_today_is_still_to_come():
    part = series([100] * 32 + [40])
    assert outlook(part, part, TODAY, NOVEMBER, 0.4).total == pytest.approx(3000)


def test_the_shape_of_the_week_is_kept():
    weekend = [300.0 if (TODAY - timedelta(days=32 - n)).weekday() >= 5 else 100.0 for n in range(33)]
    forecast = outlook(series(weekend), series(weekend), TODAY, NOVEMBER, 1.0)
    saturday, monday = (forecast.to_come[pd.Timestamp(2026, 11, number)] for number in (21, 23))
    assert 1.8 < saturday / monday < 3
    truth = 6 * 100 + 4 * 300  # 21 to 30 November: four days of weekends
    assert forecast.total - forecast.spent_so_far == pytest.approx(truth, rel=0.1)


def test_scatter_makes_the_interval_wide_and_it_never_undercuts_what_is_spent():
    wild = [0.0, 200.0] * 16 + [100.0]
    forecast = outlook(series(wild), series(wild), TODAY, NOVEMBER, 1.0)
    low, high = forecast.interval(80)
    assert low < forecast.total - 200 < forecast.total + 200 < high
    assert outlook(series(wild), series(wild), date(2026, 11, 30), NOVEMBER, 1.0).interval(99)[0] >= 0


def test_days_before_the_first_spend_are_no_quiet_days():
    young = [0.0] * 27 + [100.0] * 6
    assert outlook(series(young), series(young), TODAY, NOVEMBER, 1.0).total == pytest.approx(600 + 1000)


def test_an_account_that_never_spent_is_forecast_to_spend_nothing():
    nothing = series([])
    assert outlook(nothing, nothing, TODAY, NOVEMBER, 0.5).total == 0


spends = st.lists(st.floats(0, 1e6), min_size=1, max_size=33)


@settings(max_examples=60, deadline=None)
@given(spend=spends, today=st.integers(1, 30), gone=st.floats(0, 1), pct=st.floats(50, 99))
def test_a_forecast_lies_in_its_interval_and_not_below_what_is_spent(
    spend: list[float], today: int, gone: float, pct: float
):
    here = date(2026, 11, today)
    forecast = outlook(series(spend, here), series(spend, here), here, NOVEMBER, gone)
    low, high = forecast.interval(pct)
    slack = 1e-6 * (1 + forecast.total)
    assert forecast.spent_so_far - slack <= low <= forecast.total + slack <= high + 2 * slack
    assert forecast.path.is_monotonic_increasing
    assert forecast.path.iloc[-1] == pytest.approx(forecast.total)
    assert len(forecast.path) >= 30 - today + 1


@settings(max_examples=30, deadline=None)
@given(spend=spends, factor=st.floats(0.01, 100))
def test_a_forecast_in_cents_is_a_hundred_times_the_forecast(spend: list[float], factor: float):
    whole = outlook(series(spend), series(spend), TODAY, NOVEMBER, 0.5)
    scaled = outlook(series(spend) * factor, series(spend) * factor, TODAY, NOVEMBER, 0.5)
    assert scaled.total == pytest.approx(whole.total * factor, rel=1e-6, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(monthly=st.floats(1000, 9000), tolerance=st.floats(0, 50), back=st.floats(0, 50))
def test_what_opens_would_also_stay_open(monthly: float, tolerance: float, back: float):
    text = budgeted(monthly, section=f"tolerance_pct: {tolerance!r}, clear_pct: {back!r},")
    opened = {one.key for one in judge(world(), text)}
    assert opened <= {one.key for one in judge(world(), text, open_keys=frozenset(opened))}
    assert len(opened) <= 1


def test_overspending_says_by_how_much_and_by_which_day():
    said = only(judge(world(), budgeted(2300)))
    assert said.alert_type == "pacing_over"
    assert said.message.startswith("Budget “Shop EU”: 2,000.00 EUR of 2,300.00 EUR for November is spent.")
    assert "743.75 EUR (32 %) over; the budget is used up on 23 Nov." in said.message
    assert said.evidence["runs_out_on"] == "2026-11-23"
    assert said.key == "pacing_over:monthly_spend.shop_eu:meta:1:account:1"
    assert (said.expected, said.threshold) == (2300, pytest.approx(2530))
    assert len(said.evidence["series"]["ts"]) == 30


def test_underspending_says_what_will_be_left():
    said = only(judge(world(), budgeted(4000)))
    assert said.alert_type == "pacing_under"
    assert "956.25 EUR (24 %) unspent." in said.message
    assert said.money_at_stake == pytest.approx(956.25)


def test_within_the_tolerance_all_is_well():
    for monthly in (2800, 3000, 3250):
        assert judge(world(), budgeted(monthly)) == []
    assert len(judge(world(), budgeted(2800, section="tolerance_pct: 5,"))) == 1
    assert len(judge(world(), budgeted(2800, "account: 1, tolerance_pct: 5"))) == 1


def test_an_unsure_forecast_is_not_told():
    def told(rows: list[float]) -> bool:
        days = [day(n, Level.ACCOUNT, spend=spend) for n, spend in enumerate(rows)]
        text = budgeted(2800, section="tolerance_pct: 5,")
        return bool(judge(frames(days, level=Level.ACCOUNT), text))

    assert told([100.0] * 33)
    assert not told([100.0, *[0.0, 200.0] * 16])


def test_the_first_days_of_a_month_say_little_unless_all_is_spent():
    now = datetime(2026, 12, 3, 12, tzinfo=UTC)
    rows = [day(n, Level.ACCOUNT, today=date(2026, 12, 3), spend=100) for n in range(33)]
    early = frames(rows, level=Level.ACCOUNT, accounts=[account(last_started_at=now, last_ok_at=now)])
    assert judge(early, budgeted(1500), now=now) == []
    assert only(judge(early, budgeted(200), now=now)).evidence["current_spend"] == 300
    keys = frozenset({"pacing_over:monthly_spend.shop_eu:meta:1:account:1"})
    assert judge(early, budgeted(1500), now=now, open_keys=keys) == []


def test_the_month_is_the_accounts_own():
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)  # the first of December in Tonga
    rows = [day(n, Level.ACCOUNT, today=date(2026, 12, 1), spend=100) for n in range(33)]
    tonga = account(zone="Pacific/Tongatapu", last_started_at=now, last_ok_at=now)
    assert judge(frames(rows, level=Level.ACCOUNT, accounts=[tonga]), budgeted(2000), now=now) == []
    berlin = account(last_started_at=now, last_ok_at=now)
    assert len(judge(frames(rows, level=Level.ACCOUNT, accounts=[berlin]), budgeted(2000), now=now)) == 1


def two_campaigns(**more: Any) -> PolicyFrames:
    """Campaigns c and d of 60 and 40 a day, and the account's total."""
    rows = [day(n, campaign_id=name, spend=spend) for n in range(33) for name, spend in (("c", 60), ("d", 40))]
    total = {Level.ACCOUNT: [day(n, Level.ACCOUNT, spend=100) for n in range(33)]}
    campaigns = [campaign("c", "Brand one"), campaign("d", "Other", **more)]
    return frames(rows, campaigns=campaigns, more_days=total)


def spend_told(world: PolicyFrames, text: str) -> float:
    [condition] = [one for one in judge(world, text) if one.alert_type.startswith("pacing")]
    return float(condition.evidence["current_spend"])


def test_a_budget_is_for_an_account_a_campaign_or_a_tag():
    tags = 'tags: {all: {accounts: [1]}, brand: {campaigns: ["Brand*"]}}\n'
    assert spend_told(two_campaigns(), budgeted(99)) == 2000
    assert spend_told(two_campaigns(), budgeted(99, "campaign: d")) == 800
    assert spend_told(two_campaigns(), tags + budgeted(99, "tag: brand")) == 1200
    assert spend_told(two_campaigns(), tags + budgeted(99, "tag: all")) == 2000


def test_a_single_campaign_is_the_subject_a_group_its_account():
    [one] = judge(two_campaigns(), budgeted(99, "campaign: d"))
    [many] = judge(two_campaigns(), budgeted(99, 'campaign: "*"'))
    assert (one.subject.level, one.subject.campaign_id) == (Level.CAMPAIGN, "d")
    assert (many.subject.level, many.subject.account_id) == (Level.ACCOUNT, "1")


def test_what_is_paused_counts_as_spent_but_not_as_to_come():
    paused = two_campaigns(is_running=False)
    for target in ("account: 1", 'campaign: "*"'):
        [said] = judge(paused, budgeted(9999, target))
        assert said.evidence["current_spend"] == 2000
        assert said.evidence["forecast"] == pytest.approx(2000 + 60 * 9.6, abs=60)


def test_currencies_are_never_added():
    accounts = [account("1", "EUR"), account("2", "USD")]
    rows = [day(n, spend=100, account_id=one, campaign_id=f"c{one}") for n in range(33) for one in ("1", "2")]
    campaigns = [campaign("c1"), campaign("c2", account_id="2")]
    mixed = frames(rows, accounts=accounts, campaigns=campaigns)
    assert judge(mixed, budgeted(99, 'campaign: "*"')) == []
    assert judge(mixed, budgeted(99, "campaign: c1, currency: USD")) == []
    assert judge(mixed, budgeted(99, "campaign: c1, currency: EUR"))[0].currency == "EUR"


def test_accounts_of_one_currency_are_added_each_by_its_own_day():
    accounts = [account("1"), account("2", zone="Pacific/Tongatapu")]
    rows = [day(n, spend=100, account_id=one, campaign_id=f"c{one}") for n in range(33) for one in ("1", "2")]
    both = frames(rows, accounts=accounts, campaigns=[campaign("c1"), campaign("c2", account_id="2")])
    said = only(judge(both, budgeted(99, 'campaign: "*"')))
    assert said.evidence["accounts"] == ["1", "2"]
    assert said.evidence["current_spend"] == 4000


def test_a_budget_for_nobody_is_ignored():
    assert judge(world(), budgeted(5, "account: 77")) == []
    assert judge(world(), budgeted(5, "campaign: nobody*")) == []
    assert judge(world(), policies(budgeted(5, section="enabled: false,"))) == []
    assert NOW.date() == TODAY
