"""Conversions without delivery, ads in no list, and what ads do not add up to: all of it is counted, once."""

from datetime import date

from psycopg.types.json import Jsonb

from tests.dbt.conftest import Warehouse
from tests.dbt.raw_rows import (
    BERLIN,
    DAY,
    OLD_DAY,
    actions,
    delivery,
    put,
    put_account_day,
    put_ad,
    put_insight,
    withdraw,
)

LONELY_DAY = date(2026, 11, 2)


def test_a_conversion_without_delivery_on_an_ad_no_list_mentions_counts(warehouse: Warehouse) -> None:
    put_insight(
        warehouse.conn, "gone", LONELY_DAY, actions=actions(purchase=3), action_values=actions(purchase=150)
    )
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics", "creative_metrics")
    day = f"date_day = '{LONELY_DAY}'"
    assert warehouse.one(
        "select ad_id, campaign_id, currency, impressions, conversions, revenue, conversion_action_type, roas"
        f" from marts.ad_performance_daily where {day}"
    ) == ("gone", None, "EUR", 0, 3, 150, "purchase", None)
    assert warehouse.one(f"select campaign_id, conversions from marts.campaign_metrics where {day}") == (
        "unknown",
        3,
    )
    assert warehouse.one(f"select creative_id, revenue from marts.creative_metrics where {day}") == (
        "unknown",
        150,
    )
    assert warehouse.one(f"select conversions, spend, is_reconciled from marts.account_metrics where {day}") == (
        3,
        0,
        False,
    )


def test_what_is_known_of_an_ad_later_is_filled_in_then(warehouse: Warehouse) -> None:
    put_insight(warehouse.conn, "late", LONELY_DAY, actions=actions(purchase=1))
    warehouse.hourly()
    put(warehouse.conn, "campaigns", {"campaign_id": "c9"}, account_id=BERLIN, name="Found")
    put(warehouse.conn, "adsets", {"adset_id": "s9"}, account_id=BERLIN, campaign_id="c9", name="Set")
    put_ad(warehouse.conn, "late", "k", campaign_id="c9", adset_id="s9", name="Late ad")
    warehouse.hourly()
    assert warehouse.one(
        "select campaign_id, campaign_name, adset_name, ad_name, creative_id from marts.ad_performance_daily"
        f" where date_day = '{LONELY_DAY}'"
    ) == ("c9", "Found", "Set", "Late ad", "k")
    assert warehouse.one(f"select campaign_id from marts.campaign_metrics where date_day = '{LONELY_DAY}'") == (
        "c9",
    )
    assert warehouse.one(f"select video_id from marts.performance_metrics where date_day = '{LONELY_DAY}'") == (
        "v",
    )
    assert warehouse.one(f"select adset_id from marts.ad_actions_daily where date_day = '{LONELY_DAY}'") == ("s9",)


def test_what_the_ads_do_not_add_up_to_comes_changes_and_goes(warehouse: Warehouse) -> None:
    rest = (
        "select impressions, spend, conversions, revenue from marts.ad_performance_daily"
        f" where ad_id = 'unattributed' and date_day = '{DAY}'"
    )
    assert warehouse.one(rest) == (500, 1, 0, 0)
    total = warehouse.mart(
        "account_metrics", "impressions, spend, is_reconciled, reach", date_day=DAY, account_id=BERLIN
    )
    assert total == [(2500, 21, True, 900)]
    assert warehouse.one(
        f"select spend from marts.campaign_metrics where date_day = '{DAY}' and campaign_id = 'unattributed'"
    ) == (1,)

    put_insight(warehouse.conn, "a", DAY, **delivery(spend=12, impressions=1500))
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics")
    assert warehouse.one(rest) == (0, -1, 0, 0)
    put_insight(warehouse.conn, "b", DAY, **delivery(spend=9))
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics")
    assert warehouse.one(rest) is None

    withdraw(warehouse.conn, "account_insights_daily", f"date_day = '{DAY}'")
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics")
    assert (
        warehouse.rows(f"select is_reconciled, reach from marts.account_metrics where date_day = '{DAY}'")
        == [(False, None)] * 2
    )


def test_an_account_total_that_arrives_alone_is_reconciled_at_once(warehouse: Warehouse) -> None:
    put_account_day(warehouse.conn, LONELY_DAY, impressions=70, spend=7, reach=60, currency="EUR")
    put_account_day(
        warehouse.conn,
        OLD_DAY,
        impressions=2000,
        clicks=40,
        link_clicks=20,
        outbound_clicks=10,
        spend=20,
        reach=1500,
        actions=actions(omni_purchase=4),
        action_values=actions(omni_purchase=80),
    )
    warehouse.hourly("ad_performance_daily", "account_metrics")
    assert warehouse.one(
        f"select ad_id, spend from marts.ad_performance_daily where date_day = '{LONELY_DAY}'"
    ) == ("unattributed", 7)
    assert warehouse.one(
        f"select is_reconciled, reach, spend from marts.account_metrics where date_day = '{OLD_DAY}'"
    ) == (True, 1500, 20)


def test_odd_actions_harm_nobody_but_themselves(warehouse: Warehouse) -> None:
    odd = [
        Jsonb("text"),
        Jsonb({"a": 1}),
        Jsonb(None),
        Jsonb([1, None, "x", []]),
        Jsonb([{"action_type": "purchase"}]),
        Jsonb([{"action_type": "purchase", "value": "Infinity"}]),
        Jsonb([{"action_type": None, "value": "1"}]),
        Jsonb([{"action_type": "omni_purchase", "value": {"a": 1}}, {"action_type": "purchase", "value": 3.0}]),
    ]
    for number, value in enumerate(odd):
        put_insight(warehouse.conn, f"odd{number}", LONELY_DAY, actions=value, action_values=value)
    warehouse.hourly("ad_performance_daily", "account_metrics")
    assert warehouse.one(
        f"select conversions, revenue from marts.account_metrics where date_day = '{LONELY_DAY}'"
    ) == (3, 3)
