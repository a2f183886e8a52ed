"""Orders that are handed in: what changes about them reaches true ROAS, only that, and each is counted once."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from adtrack_pipeline.warehouse import Database
from tests.dbt.conftest import Built, Warehouse
from tests.dbt.orders import OFFLINE, offline, sell
from tests.dbt.raw_rows import (
    AUCKLAND,
    BERLIN,
    DAY,
    OLD_DAY,
    TODAY,
    actions,
    delivery,
    names,
    put,
    put_ad,
    put_insight,
)
from tests.dbt.runner import Dbt
from tests.postgres import PgServer

QUIET_DAY = date(2026, 11, 16)


@pytest.fixture(scope="module")
def sold(pg_server: PgServer, built: Built, dbt: Dbt) -> Iterator[Database]:
    """The built world an hour after its first order came in."""
    with pg_server.fresh_database(template=built.database.dbname) as database:
        with database.connect(autocommit=True) as conn:
            sell(conn, "first")
            warehouse = Warehouse(database, conn, dbt)
            warehouse.hourly(*OFFLINE)
            assert offline(warehouse) == [(DAY, "c", 100)]
        yield database


@pytest.fixture
def shop(pg_server: PgServer, sold: Database, dbt: Dbt) -> Iterator[Warehouse]:
    """A copy of it."""
    with (
        pg_server.fresh_database(template=sold.dbname) as database,
        database.connect(autocommit=True) as conn,
    ):
        yield Warehouse(database, conn, dbt)


def test_an_order_told_twice_counts_once_and_a_correction_moves_it(shop: Warehouse) -> None:
    before = shop.rows("select ctid, xmin from marts.true_roas") + shop.rows(
        "select ctid, xmin from intermediate.int_order_credits"
    )
    sell(shop.conn, "first")
    shop.hourly(*OFFLINE)
    after = shop.rows("select ctid, xmin from marts.true_roas") + shop.rows(
        "select ctid, xmin from intermediate.int_order_credits"
    )
    assert sorted(map(str, after)) == sorted(map(str, before))

    sell(shop.conn, "first", 80, occurred_at=f"{QUIET_DAY} 18:00+00")
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_revenue, spend") == [(QUIET_DAY, "c", 80, 0)]
    assert shop.one(
        f"select true_revenue from marts.true_roas where date_day = '{DAY}' and campaign_id = 'c'"
    ) == (80,)


def test_a_refund_that_comes_weeks_later_lands_on_the_day_of_its_order(shop: Warehouse) -> None:
    sell(shop.conn, "first", -30, occurred_at=f"{TODAY} 08:00+00", campaign_id=None, lead_time_hours=None)
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_orders, offline_refunds, offline_revenue") == [(DAY, "c", 1, 1, 70)]
    sell(shop.conn, "first", 100, occurred_at=f"{QUIET_DAY} 18:00+00")
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_orders, offline_refunds, offline_revenue") == [(QUIET_DAY, "c", 1, 1, 70)]


def test_an_order_is_credited_once_the_object_it_names_becomes_known(shop: Warehouse) -> None:
    sell(shop.conn, "by id", 1, campaign_id="later")
    sell(shop.conn, "by name", 2, campaign_id=None, utm_campaign="Autumn")
    sell(shop.conn, "by ad", 4, campaign_id=None, ad_id="z9")
    sell(shop.conn, "by delivery", 8, campaign_id="unlisted")
    sell(shop.conn, "by click", 16, campaign_id=None, click_id="fbclid")
    shop.hourly(*OFFLINE)
    columns = "unattributed_orders, unattributed_revenue, offline_revenue"
    assert offline(shop, columns, campaign_id="unattributed") == [(DAY, "unattributed", 5, 31, 0)]
    put(shop.conn, "campaigns", {"campaign_id": "later"}, account_id=BERLIN, name="Autumn")
    put_ad(shop.conn, "z9", "k", campaign_id="later", name="Late ad")
    put_insight(shop.conn, "u", OLD_DAY, **{**delivery(), "campaign_id": "unlisted"})
    shop.hourly("ad_performance_daily", *OFFLINE)
    assert offline(shop, columns) == [
        (DAY, "c", 0, 0, 100),
        (DAY, "later", 0, 0, 7),
        (DAY, "unattributed", 1, 16, 0),
        (DAY, "unlisted", 0, 0, 8),
    ]


def test_a_name_shared_by_two_campaigns_stops_telling_them_apart(shop: Warehouse) -> None:
    sell(shop.conn, "named", 5, campaign_id=None, utm_campaign="Campaign", utm_source="ig")
    shop.hourly(*OFFLINE)
    assert offline(shop, campaign_id="c") == [(DAY, "c", 105)]
    put(shop.conn, "campaigns", {"campaign_id": "twin"}, account_id=BERLIN, name="Campaign")
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_revenue, unattributed_revenue") == [
        (DAY, "c", 100, 0),
        (DAY, "unattributed", 0, 5),
    ]


def test_a_campaign_without_delivery_that_day_has_the_name_it_has_now(shop: Warehouse) -> None:
    sell(shop.conn, "quiet", occurred_at=f"{QUIET_DAY} 18:00+00")
    shop.hourly(*OFFLINE)
    assert offline(shop, "campaign_name", date_day=QUIET_DAY) == [(QUIET_DAY, "c", "Campaign")]
    put(shop.conn, "campaigns", {"campaign_id": "c"}, account_id=BERLIN, name="Renamed")
    shop.hourly(*OFFLINE)
    assert offline(shop, "campaign_name", date_day=QUIET_DAY) == [(QUIET_DAY, "c", "Renamed")]


def test_the_same_order_id_in_two_accounts_is_two_orders(shop: Warehouse) -> None:
    sell(shop.conn, "first", 7, account_id=AUCKLAND, campaign_id="nz", currency="NZD")
    sell(shop.conn, "first", -3, account_id=AUCKLAND, campaign_id=None, currency="NZD")
    shop.hourly(*OFFLINE)
    assert offline(shop) == [(DAY, "c", 100), (date(2026, 11, 14), "nz", 4)]


def test_without_a_lead_time_delivery_in_the_window_before_decides_whenever_it_arrives(shop: Warehouse) -> None:
    order = {"occurred_at": "2026-11-09 18:00+00", "lead_time_hours": None}
    sell(shop.conn, "quiet", 5, **order)
    shop.hourly(*OFFLINE)
    quiet = {"date_day": "2026-11-09"}
    assert offline(shop, "outside_window_orders, offline_revenue", **quiet) == [(date(2026, 11, 9), "c", 1, 0)]
    put_insight(shop.conn, "a", date(2026, 11, 2), **delivery())
    shop.hourly("ad_performance_daily", *OFFLINE)
    assert offline(shop, "outside_window_orders, offline_revenue", **quiet) == [(date(2026, 11, 9), "c", 0, 5)]
    put_insight(shop.conn, "a", date(2026, 11, 2), **names())
    shop.conn.execute("update raw.insights_daily set impressions = 0 where date_day = '2026-11-02'")
    shop.hourly("ad_performance_daily", *OFFLINE)
    assert offline(shop, "outside_window_orders", **quiet) == [(date(2026, 11, 9), "c", 1)]


def test_what_the_platform_restates_changes_how_many_web_orders_are_its_own(shop: Warehouse) -> None:
    for number in range(6):
        sell(shop.conn, f"web {number}", 10, channel="web")
    shop.hourly(*OFFLINE)
    columns = "platform_conversions, offline_orders, already_reported_orders, true_conversions, true_revenue"
    assert offline(shop, columns) == [(DAY, "c", 4, 3, 4, 7, 80 + 100 + 20)]
    put_insight(
        shop.conn,
        "a",
        DAY,
        **delivery(actions=actions(omni_purchase=4), action_values=actions(omni_purchase=80)),
    )
    shop.hourly("ad_performance_daily", *OFFLINE)
    assert offline(shop, columns) == [(DAY, "c", 6, 1, 6, 7, 120 + 100)]


def test_what_the_platform_restates_for_the_day_of_a_click_decides_about_a_later_order(shop: Warehouse) -> None:
    bought_later = {"channel": "web", "occurred_at": f"{QUIET_DAY} 18:00+00", "lead_time_hours": None}
    for number in range(7):
        sell(shop.conn, f"web {number}", 10, **bought_later)
    # Of the eight conversions in the window before, two are of this ad and day.
    for conversions, expected in ((None, (0, 7)), (0, (1, 6)), (1, (0, 7))):
        if conversions is not None:
            restated = {"actions": actions(omni_purchase=conversions), "action_values": actions(omni_purchase=9)}
            put_insight(shop.conn, "a", DAY, **delivery(**restated))
        shop.hourly("ad_performance_daily", *OFFLINE)
        columns = "offline_orders, already_reported_orders"
        assert offline(shop, columns, date_day=QUIET_DAY) == [(QUIET_DAY, "c", *expected)], conversions


def test_a_rate_that_comes_changes_or_goes_converts_the_orders_it_is_for(shop: Warehouse) -> None:
    sell(shop.conn, "from abroad", 10, currency="GBP")
    shop.conn.execute("update marts.true_roas set spend = 12345 where date_day = %s", [OLD_DAY])
    columns = "offline_revenue, unconverted_orders, missing_currencies"
    for change, expected in (
        ("select 1", (None, 1, "GBP")),
        (f"insert into raw.fx_rates values ('{DAY - timedelta(days=7)}', 'GBP', 'EUR', 1.5)", (115, 0, None)),
        ("update raw.fx_rates set rate = 2", (120, 0, None)),
        ("update raw.fx_rates set rate_date = rate_date - 1", (None, 1, "GBP")),
    ):
        shop.conn.execute(change.encode())
        shop.hourly(*OFFLINE)
        assert offline(shop, columns) == [(DAY, "c", *expected)]
    assert shop.rows(f"select distinct spend from marts.true_roas where date_day = '{OLD_DAY}'") == [(12345,)]


def test_a_rate_turned_round_or_over_the_euro_converts_and_either_leg_of_it_is_followed(shop: Warehouse) -> None:
    abroad = {"account_id": AUCKLAND, "campaign_id": "nz", "occurred_at": f"{DAY} 06:00+00"}
    sell(shop.conn, "from afar", 10, currency="GBP", **abroad)
    for change, revenue, total in (
        ("select 1", None, None),
        (f"insert into raw.fx_rates values ('{DAY}', 'EUR', 'NZD', 2)", None, 23.5),
        (f"insert into raw.fx_rates values ('{DAY - timedelta(days=7)}', 'EUR', 'GBP', 0.8)", 25, 23.5),
        ("update raw.fx_rates set rate = 0.5 where to_currency = 'GBP'", 40, 23.5),
        ("update raw.fx_rates set rate = 4 where to_currency = 'NZD'", 80, 22.25),
        (f"insert into raw.fx_rates values ('{DAY}', 'GBP', 'NZD', 3)", 30, 22.25),
        ("delete from raw.fx_rates where from_currency = 'EUR'", 30, None),
        ("delete from raw.fx_rates", None, None),
    ):
        shop.conn.execute(change.encode())
        shop.hourly(*OFFLINE, "blended_roas")
        missing = (0, None) if revenue else (1, "GBP")
        columns = "offline_revenue, unconverted_orders, missing_currencies"
        assert offline(shop, columns, account_id=AUCKLAND) == [(DAY, "nz", revenue, *missing)], change
        assert shop.mart("blended_roas", "spend", date_day=DAY) == [(total,)], change


def test_settings_of_an_account_come_before_the_default_and_count_at_once(shop: Warehouse) -> None:
    sell(shop.conn, "slow", 5, lead_time_hours=14 * 24)
    clicked = DAY - timedelta(days=14)
    shop.hourly(*OFFLINE)
    assert offline(shop, "outside_window_orders, attribution_window_days")[0] == (clicked, "c", 1, 7)
    shop.conn.execute(
        "insert into raw.attribution_settings (account_id, window_days, platform_channels)"
        " values (%s, 14, '{store}')",
        [BERLIN],
    )
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_revenue, already_reported_orders, attribution_window_days") == [
        (clicked, "c", 5, 0, 14),
        (DAY, "c", 0, 1, 14),
    ]
    shop.conn.execute("delete from raw.attribution_settings")
    shop.hourly(*OFFLINE)
    assert offline(shop, "offline_revenue, outside_window_orders, attribution_window_days") == [
        (clicked, "c", 0, 1, 7),
        (DAY, "c", 100, 0, 7),
    ]


def test_days_are_cut_in_the_time_zone_of_the_account_and_move_with_it(shop: Warehouse) -> None:
    sell(shop.conn, "night", 5, occurred_at="2026-11-13 23:15+00", lead_time_hours=0)
    sell(shop.conn, "spring", 7, occurred_at="2026-03-29 01:30+00", lead_time_hours=2)
    shop.hourly(*OFFLINE)
    # 2026-03-29 has 23 hours in Berlin: two hours before 03:30 summer time it was 00:30.
    assert [row[::2] for row in offline(shop)] == [(date(2026, 3, 29), 7), (DAY, 100), (date(2026, 11, 14), 5)]
    put(
        shop.conn,
        "accounts",
        {"account_id": BERLIN},
        name="Berlin",
        currency="EUR",
        timezone_name="America/New_York",
    )
    shop.hourly(*OFFLINE)
    assert [row[::2] for row in offline(shop)] == [(date(2026, 3, 28), 7), (DAY, 105)]


def test_a_row_is_final_when_nothing_is_restated_and_its_window_is_over(shop: Warehouse) -> None:
    shop.conn.execute("update raw.attribution_settings set window_days = 40")
    final = {"columns": "is_final", "campaign_id": "c", "date_day": DAY}
    # The platform is done with it after 28 days; no order can be credited to it any more on the 41st.
    for now, is_final in (("2026-12-23", False), ("2026-12-24", True)):
        shop.hourly("ad_performance_daily", *OFFLINE, now=f"{now}T12:00:00Z")
        assert shop.mart("true_roas", **final) == [(is_final,)], now


def test_orders_of_no_known_account_are_seen_and_not_added(shop: Warehouse) -> None:
    sell(shop.conn, "whose", 9, account_id="*", campaign_id=None)
    sell(shop.conn, "found", 7, account_id="*", campaign_id="nz", currency="NZD")
    shop.hourly(*OFFLINE)
    assert shop.rows(
        "select account_id, campaign_id, currency, unattributed_revenue, true_revenue - platform_revenue"
        " from marts.true_roas where handed_in_orders > 0 order by 1"
    ) == [("*", "unattributed", "EUR", 9, 0), (BERLIN, "c", "EUR", 0, 100), (AUCKLAND, "nz", "NZD", 0, 7)]


def test_days_weeks_and_months_add_up_and_stand_for_all_accounts_once_there_are_rates(shop: Warehouse) -> None:
    build = ("run", "--select", "roas_trends")
    assert shop.dbt(shop.database, *build).success
    november = (
        "select true_revenue, missing_currencies from marts.roas_trends"
        " where scope_id = 'all' and period = 'month' and period_start = '2026-11-01'"
    )
    assert shop.rows(november) == [(None, "NZD")]
    shop.conn.execute("insert into raw.fx_rates values ('2026-11-10', 'NZD', 'EUR', 0.5)")
    assert shop.dbt(shop.database, *build).success
    [(total,)] = shop.rows(
        "select sum(case currency when 'NZD' then 0.5 else 1 end * true_revenue) from marts.true_roas"
        " where date_day >= '2026-11-01'"
    )
    assert shop.rows(november) == [(total, None)]
    tested = shop.dbt(shop.database, "test", "--select", "roas_trends", "--exclude", "test_type:unit")
    assert tested.success, tested.errors
