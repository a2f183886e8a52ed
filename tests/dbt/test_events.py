"""campaign.metrics_updated: written in the transaction of the build, for news only."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.dbt.conftest import Built, Warehouse
from tests.dbt.raw_rows import BERLIN, OLD_DAY, TODAY, YESTERDAY, delivery, put_insight
from tests.dbt.runner import NOW
from tests.notify.events.published import check


def events(warehouse: Warehouse) -> list[dict[str, Any]]:
    """What is in the outbox, each held against its published schema."""
    with warehouse.conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("select * from ops.event_outbox order by position").fetchall()
    for row in rows:
        check(row)
    return rows


def told(warehouse: Warehouse) -> list[tuple[str, str, float]]:
    """Campaign, day and spend of each event since the first build."""
    metrics = [event["data"]["metrics"] for event in events(warehouse)[2:]]
    return [(one["campaignId"], one["date"], one["spend"]) for one in metrics]


def test_the_first_build_tells_today_and_yesterday_and_not_the_past(warehouse: Warehouse) -> None:
    first = events(warehouse)
    assert [(event["campaign_id"], event["data"]["metrics"]["date"], event["seq"]) for event in first] == [
        ("c", YESTERDAY.isoformat(), 1),
        ("c", TODAY.isoformat(), 2),
    ]
    assert first[0]["data"]["project_id"] == "adtrack"
    assert first[0]["data"]["metrics"] | {"timestamp": None} == {
        "campaignId": "c",
        "campaignName": "Campaign",
        "platform": "meta",
        "impressions": 2000,
        "clicks": 40,
        "spend": 20,
        "conversions": 4,
        "revenue": 80,
        "ctr": 2,
        "cpc": 0.5,
        "cpm": 10,
        "roas": 4,
        "timestamp": None,
        "date": YESTERDAY.isoformat(),
    }


def test_a_build_without_news_tells_nothing(warehouse: Warehouse) -> None:
    warehouse.hourly()
    warehouse.conn.execute("update raw.insights_daily set changed_xid = pg_current_xact_id()")
    warehouse.hourly()
    assert told(warehouse) == []


def test_a_changed_campaign_day_is_told_once_with_the_next_number(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "a", TODAY, **delivery(spend=15))
    warehouse.hourly(ADTRACK_PROJECT_ID="it's ours")
    warehouse.hourly()
    assert told(warehouse) == [("c", TODAY.isoformat(), 25)]
    last = events(warehouse)[-1]
    assert (last["seq"], last["stream_key"], last["subject"]) == (
        3,
        "meta:100:c",
        "events.meta.100.c.metrics_updated",
    )
    assert last["data"]["project_id"] == "it's ours"
    assert last["occurred_at"].isoformat() == NOW.replace("Z", "+00:00")


def test_a_backfill_of_the_past_is_no_news(warehouse: Warehouse) -> None:
    for back in range(3, 20):
        put_insight(warehouse.conn, "a", TODAY - timedelta(days=back), **delivery(spend=99))
    put_insight(warehouse.conn, "a", OLD_DAY, **delivery(spend=99))
    warehouse.hourly()
    assert told(warehouse) == []


def test_a_full_rebuild_tells_only_what_differs_from_the_last_event(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "a", YESTERDAY, **delivery(spend=11))
    outcome = warehouse.dbt(
        warehouse.database, "run", "--full-refresh", "--select", "ad_performance_daily", "campaign_metrics"
    )
    assert outcome.success, outcome.errors
    assert told(warehouse) == [("c", YESTERDAY.isoformat(), 21)]


def test_what_belongs_to_no_campaign_is_not_told(warehouse: Warehouse) -> None:
    nobody = dict.fromkeys(("campaign_id", "campaign_name", "adset_id", "adset_name"))
    put_insight(warehouse.conn, "stray", TODAY, **delivery(**nobody))
    warehouse.hourly()
    assert warehouse.mart("campaign_metrics", "campaign_id", date_day=TODAY, campaign_id="unknown")
    assert told(warehouse) == []


def test_two_campaigns_are_two_streams(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "n", TODAY, **delivery(campaign_id="new", campaign_name="<b>Neu</b> 🚀"))
    warehouse.hourly()
    last = events(warehouse)[-1]
    assert (last["stream_key"], last["seq"]) == (f"meta:{BERLIN}:new", 1)
    assert last["data"]["metrics"]["campaignName"] == "<b>Neu</b> 🚀"


def test_a_build_that_fails_tells_nothing(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "a", TODAY, **delivery(spend=15))
    warehouse.conn.execute("alter function ops.append_events rename to lost")
    selected = ("run", "--select", "int_accounts", "ad_performance_daily", "campaign_metrics")
    assert not warehouse.dbt(warehouse.database, *selected).success
    assert warehouse.mart("campaign_metrics", "spend", date_day=TODAY) == [(20,)]
    warehouse.conn.execute("alter function ops.lost rename to append_events")
    warehouse.hourly()
    assert told(warehouse) == [("c", TODAY.isoformat(), 25)]


def test_the_alert_view_is_there_and_empty_before_the_first_alert(built: Built, warehouse: Warehouse) -> None:
    assert warehouse.rows("select * from marts.performance_alerts") == []
    described = warehouse.rows(
        "select attname from pg_attribute where attrelid = 'marts.performance_alerts'::regclass and attnum > 0"
        " and col_description(attrelid, attnum) is not null"
    )
    assert len(described) == 38
    tests = [name for name in built.outcome.statuses if "performance_alerts" in name]
    assert len(tests) >= 3


@pytest.mark.parametrize("status", ["open", "resolved"])
def test_the_alert_view_shows_an_alert_to_readers_at_once(warehouse: Warehouse, status: str) -> None:
    warehouse.conn.execute(
        "insert into ops.alerts (alert_key, alert_type, metric, level, platform, account_id, object_id, severity,"
        " pages, message, money_at_stake, source, began_at, first_seen_at, last_seen_at, opened_at, status,"
        " resolved_at) values ('k', 'roas_drop', 'roas', 'account', 'meta', '100', '100', 'high', true, 'Fell.',"
        " 12.5, 'detection', now(), now(), now(), now(), %s, case when %s = 'resolved' then now() end)",
        [status, status],
    )
    query = "select alert_type, severity, status, account_name, money_at_stake from marts.performance_alerts"
    with warehouse.database.connect(role="reader", autocommit=True) as reader:
        assert reader.execute(query.encode()).fetchall() == [("roas_drop", "high", status, "Berlin", 12.5)]
