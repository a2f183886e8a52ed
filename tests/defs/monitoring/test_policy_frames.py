"""What the policies are held against, read from a real Postgres."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.defs.monitoring.policy_frames import read_policy_frames
from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.policies import judge_policies
from tests.dbt.raw_rows import put
from tests.defs.monitoring.marts import create_marts, put_row
from tests.monitoring.policies.world import policies

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
Connection = psycopg.Connection[Any]


@pytest.fixture
def shop(conn: Connection) -> Connection:
    """An account in Auckland (UTC+13, there it is the 21st) and one in Los Angeles, both with a campaign."""
    create_marts(conn)
    for account_id, zone, currency in (("1", "Pacific/Auckland", "NZD"), ("2", "America/Los_Angeles", "JPY")):
        names = {"name": f"Shop {account_id}", "timezone_name": zone, "currency": currency}
        put(conn, "accounts", {"account_id": account_id}, **names)
        campaign = {"name": f"Campaign {account_id}", "effective_status": "ACTIVE"}
        put(conn, "campaigns", {"campaign_id": f"c{account_id}"}, account_id=account_id, **campaign)
    return conn


def found(conn: Connection, text: str = "", now: datetime = NOW) -> dict[str, Condition]:
    rules = policies(text)
    frames = read_policy_frames(conn, rules, now=now)
    return {one.key: one for one in judge_policies(frames, rules, open_keys=frozenset(), now=now)}


def campaign_day(conn: Connection, day: date, account_id: str = "1", **values: Any) -> None:
    names = {"account_id": account_id, "campaign_id": f"c{account_id}", "campaign_name": f"Campaign {account_id}"}
    put_row(conn, "campaign_metrics", date_day=day, **names, **values)


def test_today_is_the_accounts_own_day(shop: Connection):
    put(shop, "campaigns", {"campaign_id": "c1"}, account_id="1", daily_budget=100)
    put(shop, "campaigns", {"campaign_id": "c2"}, account_id="2", daily_budget=100)
    campaign_day(shop, date(2026, 11, 21), "1", spend=95)
    campaign_day(shop, date(2026, 11, 20), "1", spend=400)
    campaign_day(shop, date(2026, 11, 21), "2", spend=400)
    campaign_day(shop, date(2026, 11, 20), "2", spend=96)
    conditions = found(shop, "health: {sync_missing: {enabled: false}}")
    assert {one.actual for one in conditions.values()} == {95.0, 96.0}


def test_a_paused_ended_or_withdrawn_campaign_is_not_running(shop: Connection):
    for number, said in enumerate(
        (
            {"effective_status": "PAUSED"},
            {"effective_status": "ACTIVE", "stop_at": NOW - timedelta(hours=1)},
            {"effective_status": "ACTIVE", "withdrawn_at": NOW},
            {"effective_status": "ACTIVE", "stop_at": NOW + timedelta(hours=1)},
            {"effective_status": None},
        )
    ):
        put(shop, "campaigns", {"campaign_id": str(number)}, account_id="1", **said)
    rows = read_policy_frames(shop, policies(), now=NOW).campaigns.set_index("campaign_id")["is_running"]
    assert [bool(rows[str(number)]) for number in range(5)] == [False, False, False, True, True]


def test_a_lifetime_budget_counts_the_days_of_its_flight(shop: Connection):
    start = NOW - timedelta(days=70)
    put(
        shop, "campaigns", {"campaign_id": "c1"}, account_id="1", lifetime_budget=1000, start_at=start,
        stop_at=NOW + timedelta(days=10), effective_status="ACTIVE", budget_remaining=600,
    )  # fmt: skip
    campaign_day(shop, start.date() - timedelta(days=30), spend=10_000)
    campaign_day(shop, start.date() + timedelta(days=2), spend=900)
    campaign_day(shop, date(2026, 11, 20), spend=50)
    [row] = read_policy_frames(shop, policies(), now=NOW).budgets.to_dict("records")
    assert row["lifetime_spent"] == 950
    assert "budget_depleted:spend:meta:1:campaign:c1" in found(shop)


def test_what_the_platform_says_remains_counts_for_days_before_the_first_backfill(shop: Connection):
    values = {"lifetime_budget": 1000, "budget_remaining": 30, "effective_status": "ACTIVE"}
    put(shop, "adsets", {"adset_id": "s"}, account_id="1", campaign_id="c1", **values)
    [row] = read_policy_frames(shop, policies(), now=NOW).budgets.to_dict("records")
    assert (row["level"], row["lifetime_spent"]) == (Level.ADSET, 970)


def test_an_ad_sets_day_is_the_sum_of_its_ads(shop: Connection):
    put(shop, "adsets", {"adset_id": "s"}, account_id="2", campaign_id="c2", daily_budget=1000, name="Set")
    for ad_id, spend in (("a", 700), ("b", 350)):
        put_row(
            shop, "ad_performance_daily", date_day=date(2026, 11, 20), account_id="2", campaign_id="c2",
            adset_id="s", ad_id=ad_id, spend=spend,
        )  # fmt: skip
    exceeded = found(shop)["budget_exceeded:spend:meta:2:adset:s"]
    assert exceeded.evidence["percentage_exceeded"] == 5
    assert "1,050 JPY" in exceeded.message


def test_an_unknown_nowcast_stays_unknown_and_is_no_zero(shop: Connection):
    campaign_day(shop, date(2026, 11, 20), spend=5, conversions=1, conversions_nowcast=None)
    days = read_policy_frames(shop, policies(), now=NOW).days[Level.CAMPAIGN]
    assert days["conversions_nowcast"].isna().all()


def test_ads_are_read_only_when_a_rule_judges_them(shop: Connection):
    assert Level.AD in read_policy_frames(shop, policies(), now=NOW).days
    off = policies("thresholds: {frequency: {enabled: false}}")
    assert Level.AD not in read_policy_frames(shop, off, now=NOW).days


def test_frequency_counts_only_rows_that_have_a_reach(shop: Connection):
    names = {"account_id": "1", "campaign_id": "c1", "ad_id": "a", "adset_id": "s", "date_day": date(2026, 11, 20)}
    put_row(shop, "ad_performance_daily", **names, impressions=9000, reach=3000)
    put_row(shop, "ad_performance_daily", **{**names, "ad_id": "b"}, impressions=500, reach=None)
    days = read_policy_frames(shop, policies(), now=NOW).days[Level.AD].set_index("ad_id")
    assert days.loc["a", "reached_impressions"] == 9000
    assert days["reached_impressions"].sum() == 9000


def sync(
    conn: Connection, account_id: str, started_at: datetime, outcome: str, report: str = "insights_daily"
) -> None:
    conn.execute(
        "insert into ops.sync_runs (run_id, platform, account_id, report, started_at, finished_at, outcome)"
        " values ('r', 'meta', %s, %s, %s, %s, %s)",
        (account_id, report, started_at, started_at + timedelta(minutes=1), outcome),
    )


def test_the_sync_log_is_told_per_account(shop: Connection):
    for hour in range(1, 30):
        sync(shop, "1", NOW - timedelta(hours=hour), "ok" if hour > 4 else "failed")
    sync(shop, "1", NOW - timedelta(minutes=2), "running", "campaigns")
    sync(shop, "2", NOW - timedelta(hours=200), "ok")
    rows = read_policy_frames(shop, policies(), now=NOW).syncs.set_index("account_id")
    assert rows.loc["1", "last_started_at"] == NOW - timedelta(minutes=2)
    assert rows.loc["1", "last_ok_at"] == NOW - timedelta(hours=5) + timedelta(minutes=1)
    assert (rows.loc["1", "succeeded"], rows.loc["1", "failed"]) == (20, 4)
    assert (rows.loc["2", "succeeded"], rows.loc["2", "failed"]) == (0, 0)
    keys = {one.split(":meta:")[0] + one[-1] for one in found(shop)}
    assert keys == {"sync_failing:success_rate1", "sync_missing:sync2", "data_stale:freshness2"}


def test_names_and_missing_values_survive_the_journey(shop: Connection):
    name = 'NULL, "NA"\nline ☕'
    put(shop, "campaigns", {"campaign_id": "c1"}, account_id="1", name=name)
    put(shop, "campaigns", {"campaign_id": "007"}, account_id="1", name=None)
    rows = read_policy_frames(shop, policies(), now=NOW).campaigns.set_index("campaign_id")["campaign_name"]
    assert rows["c1"] == name
    assert not isinstance(rows["007"], str)


def test_only_the_accounts_asked_for_are_looked_at(shop: Connection):
    frames = read_policy_frames(shop, policies(), now=NOW, accounts=["2"])
    assert set(frames.accounts["account_id"]) == set(frames.campaigns["account_id"]) == {"2"}
    assert set(frames.syncs["account_id"]) == {"2"}


def test_an_account_the_token_lost_is_left_alone(shop: Connection):
    put(shop, "accounts", {"account_id": "2"}, withdrawn_at=NOW)
    assert set(read_policy_frames(shop, policies(), now=NOW).accounts["account_id"]) == {"1"}


def test_before_the_first_build_there_are_no_days_and_no_error(conn: Connection):
    put(conn, "accounts", {"account_id": "1"}, name="Shop", timezone_name="Nowhere/At_all", currency="EUR")
    put(conn, "campaigns", {"campaign_id": "c"}, account_id="1", daily_budget=5, effective_status="ACTIVE")
    frames = read_policy_frames(conn, policies(), now=NOW)
    assert all(days.empty for days in frames.days.values())
    assert frames.accounts["timezone_name"].tolist() == ["UTC"]
    assert judge_policies(frames, policies(), open_keys=frozenset(), now=NOW) == []


def test_an_empty_warehouse_has_nothing_to_say(conn: Connection):
    assert found(conn) == {}


def test_the_spend_cap_of_an_account_is_held_against_what_it_has_spent(shop: Connection):
    put(shop, "accounts", {"account_id": "1"}, spend_cap=1000, amount_spent=950)
    assert found(shop)["budget_depleted:spend:meta:1:account:1"].actual == 950
