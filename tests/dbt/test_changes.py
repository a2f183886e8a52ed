"""What changes in raw arrives in the marts, only that is touched, and nothing is forgotten."""

from datetime import timedelta

import pytest

from tests.dbt.conftest import Warehouse
from tests.dbt.raw_rows import (
    AUCKLAND,
    BERLIN,
    DAY,
    OLD_DAY,
    YESTERDAY,
    actions,
    delivery,
    put_hour,
    put_insight,
    withdraw,
)

MARTS = (
    "ad_performance_daily",
    "ad_performance_hourly",
    "ad_actions_daily",
    "campaign_metrics",
    "account_metrics",
    "creative_metrics",
    "performance_metrics",
    "blended_roas",
    "true_roas",
    "change_log",
)


def versions(warehouse: Warehouse, mart: str) -> set[tuple[str, str]]:
    """Where each row is stored and which transaction wrote it: a rewritten row has another of both."""
    return set(warehouse.rows(f"select ctid::text, xmin::text from marts.{mart}"))


def rewritten(warehouse: Warehouse, before: dict[str, set[tuple[str, str]]]) -> dict[str, int]:
    """How many rows of each mart were written since `before`; marts without any are left out."""
    now = {mart: len(versions(warehouse, mart) - before[mart]) for mart in before}
    return {mart: count for mart, count in now.items() if count}


def test_a_second_build_without_changes_rewrites_no_row(warehouse: Warehouse) -> None:
    before = {mart: versions(warehouse, mart) for mart in MARTS}
    warehouse.hourly()
    assert rewritten(warehouse, before) == {}


def test_rows_that_were_loaded_again_as_they_were_are_not_rewritten(warehouse: Warehouse) -> None:
    before = {mart: versions(warehouse, mart) for mart in MARTS}
    for table in ("insights_daily", "insights_hourly", "account_insights_daily", "ads", "creatives", "activities"):
        warehouse.conn.execute(f"update raw.{table} set changed_xid = pg_current_xact_id()".encode())
    warehouse.hourly()
    assert rewritten(warehouse, before) == {}


def test_a_restated_day_reaches_every_mart_and_only_its_own_rows(warehouse: Warehouse) -> None:
    warehouse.hourly()
    before = {mart: versions(warehouse, mart) for mart in MARTS}
    put_insight(
        warehouse.conn,
        "a",
        OLD_DAY,
        **delivery(actions=actions(omni_purchase=8), action_values=actions(omni_purchase=160)),
    )
    warehouse.hourly()

    day = f"date_day = '{OLD_DAY}'"
    assert warehouse.one(
        f"select conversions, roas from marts.ad_performance_daily where {day} and ad_id = 'a'"
    ) == (8, 16)
    assert warehouse.one(f"select conversions, revenue, cpa from marts.campaign_metrics where {day}") == (
        10,
        200,
        2,
    )
    assert warehouse.one(f"select conversions from marts.account_metrics where {day}") == (10,)
    assert warehouse.one(f"select conversions from marts.creative_metrics where {day} and creative_id = 'k'") == (
        8,
    )
    assert warehouse.one(f"select revenue from marts.performance_metrics where {day} and video_id = 'v'") == (160,)
    assert warehouse.one(f"select revenue from marts.blended_roas where {day}") == (200,)
    bought = {"date_day": OLD_DAY, "ad_id": "a", "action_type": "omni_purchase"}
    assert warehouse.mart("ad_actions_daily", "cost_per_action", **bought) == [(1.25,)]
    assert rewritten(warehouse, before) == {
        "ad_performance_daily": 1,
        "ad_actions_daily": 1,
        "campaign_metrics": 1,
        "account_metrics": 1,
        "creative_metrics": 1,
        "performance_metrics": 1,
        "blended_roas": 1,
        "true_roas": 1,
    }


def test_a_withdrawn_row_disappears_and_comes_back_when_the_platform_shows_it_again(warehouse: Warehouse) -> None:
    where = f"date_day = '{OLD_DAY}' and ad_id in ('a', 'b')"
    withdraw(warehouse.conn, "insights_daily", where)
    withdraw(warehouse.conn, "insights_hourly", where)
    warehouse.hourly()
    for mart in MARTS[:7]:
        assert warehouse.rows(f"select 1 from marts.{mart} where date_day = '{OLD_DAY}'") == [], mart

    put_insight(warehouse.conn, "a", OLD_DAY, **delivery(), withdrawn_at=None)
    warehouse.hourly()
    assert warehouse.one(f"select spend, conversions from marts.account_metrics where date_day = '{OLD_DAY}'") == (
        10,
        2,
    )


def test_rows_of_a_transaction_that_commits_late_are_not_skipped(warehouse: Warehouse) -> None:
    with warehouse.database.connect() as slow_load:
        put_insight(slow_load, "a", OLD_DAY, **delivery(spend=33))  # has its transaction number, is not committed
        put_insight(warehouse.conn, "b", YESTERDAY, **delivery(spend=44))
        warehouse.hourly("ad_performance_daily", "campaign_metrics")
        assert warehouse.one(f"select spend from marts.campaign_metrics where date_day = '{YESTERDAY}'") == (54,)
        slow_load.commit()
    warehouse.hourly("ad_performance_daily", "campaign_metrics")
    assert warehouse.one(f"select spend from marts.campaign_metrics where date_day = '{OLD_DAY}'") == (43,)


def test_a_build_that_fails_half_way_is_made_up_for_by_the_next(warehouse: Warehouse) -> None:
    warehouse.conn.execute("alter table marts.campaign_metrics add constraint no_room check (spend < 500)")
    put_insight(warehouse.conn, "a", DAY, **delivery(spend=600))
    failed = warehouse.dbt(warehouse.database, "run", "--select", "ad_performance_daily", "campaign_metrics")
    assert failed.statuses["campaign_metrics"] == "error"

    warehouse.conn.execute("alter table marts.campaign_metrics drop constraint no_room")
    warehouse.hourly("ad_performance_daily", "campaign_metrics")
    assert warehouse.one(
        f"select spend from marts.campaign_metrics where date_day = '{DAY}' and campaign_id = 'c'"
    ) == (610,)


def test_a_rebuilt_table_is_followed_by_those_built_on_it(warehouse: Warehouse) -> None:
    warehouse.conn.execute(f"delete from marts.campaign_metrics where date_day = '{OLD_DAY}'".encode())
    warehouse.hourly("ad_performance_daily", "campaign_metrics")
    assert warehouse.rows(f"select 1 from marts.campaign_metrics where date_day = '{OLD_DAY}'") == []

    rebuilt = warehouse.dbt(warehouse.database, "run", "--select", "ad_performance_daily", "--full-refresh")
    assert rebuilt.success, rebuilt.errors
    warehouse.hourly("ad_performance_daily", "campaign_metrics")
    assert warehouse.one(f"select spend from marts.campaign_metrics where date_day = '{OLD_DAY}'") == (20,)


@pytest.mark.parametrize(
    "restored",
    [
        "update ops.model_watermarks set seen_xid = '9000000000'",
        "update ops.model_watermarks set context = jsonb_set(context, '{cluster}', '\"another\"')",
        "delete from ops.model_watermarks",
    ],
    ids=["transaction numbers from the future", "another cluster", "no watermarks"],
)
def test_after_a_restore_from_elsewhere_everything_is_looked_at_again(warehouse: Warehouse, restored: str) -> None:
    warehouse.conn.execute("update marts.ad_performance_daily set spend = 12345")
    warehouse.conn.execute("insert into marts.account_metrics select * from marts.account_metrics where false")
    warehouse.conn.execute(restored.encode())
    warehouse.hourly("ad_performance_daily")
    assert warehouse.rows("select 1 from marts.ad_performance_daily where spend = 12345") == []


def test_hours_arrive_change_and_vanish_one_by_one(warehouse: Warehouse) -> None:
    warehouse.hourly("ad_performance_hourly")
    before = {"ad_performance_hourly": versions(warehouse, "ad_performance_hourly")}
    put_hour(warehouse.conn, "a", OLD_DAY, 11, impressions=200, clicks=4, spend=2)
    put_hour(warehouse.conn, "b", OLD_DAY, 10, impressions=400)
    withdraw(warehouse.conn, "insights_hourly", f"date_day = '{OLD_DAY}' and ad_id = 'a' and hour = 10")
    warehouse.hourly("ad_performance_hourly")
    hours = warehouse.mart("ad_performance_hourly", "ad_id, hour, impressions, ctr", date_day=OLD_DAY)
    assert hours == [("a", 11, 200, 2), ("b", 10, 400, 1)]
    assert rewritten(warehouse, before) == {"ad_performance_hourly": 2}


def test_builds_do_not_wait_for_people_who_read(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "a", OLD_DAY, **delivery(spend=15))
    with warehouse.database.connect() as reader:
        reader.execute("select count(*) from marts.ad_performance_daily")
        reader.execute("select count(*) from marts.campaign_metrics")
        # The reader's transaction stays open, as a dashboard's does that was left on a screen.
        warehouse.hourly("ad_performance_daily", "campaign_metrics", PGOPTIONS="-c lock_timeout=5s")
    assert warehouse.one(f"select spend from marts.campaign_metrics where date_day = '{OLD_DAY}'") == (25,)


def test_days_between_accounts_do_not_mix(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "z", DAY + timedelta(days=1), AUCKLAND, impressions=5, spend=1, currency="NZD")
    warehouse.hourly("ad_performance_daily", "account_metrics")
    accounts = warehouse.mart("account_metrics", "account_id, spend, currency", date_day=DAY + timedelta(days=1))
    assert accounts == [(BERLIN, 20, "EUR"), (AUCKLAND, 1, "NZD")]
