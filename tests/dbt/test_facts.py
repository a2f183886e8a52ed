"""What marts depend on besides insight rows: the clock, rules, rates, objects and how often was asked."""

from datetime import date

from tests.dbt.conftest import Warehouse
from tests.dbt.raw_rows import (
    AUCKLAND,
    BERLIN,
    DAY,
    OLD_DAY,
    TODAY,
    YESTERDAY,
    actions,
    cover,
    delivery,
    put,
    put_ad,
    put_hour,
    put_insight,
)


def test_days_become_final_as_time_passes_without_any_new_row(warehouse: Warehouse) -> None:
    final = "select min(date_day) from marts.campaign_metrics where not is_final"
    assert warehouse.one(final) == (DAY,)
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics", now="2026-12-12T12:00:00Z")
    assert warehouse.one(final) == (date(2026, 11, 14),)
    accounts = warehouse.mart("account_metrics", "account_id, is_final, conversions_nowcast", date_day=DAY)
    assert accounts == [(BERLIN, True, 4), (AUCKLAND, True, 1)]


def test_finality_follows_the_calendar_of_each_account(warehouse: Warehouse) -> None:
    # 11:30 UTC on 11 December: the 12th has begun in Auckland only, and with it the 13 November is final there.
    warehouse.hourly(
        "ad_performance_daily", "account_metrics", now="2026-12-11T11:30:00Z", ADTRACK_RESTATEMENT_DAYS="28"
    )
    assert warehouse.rows(
        f"select account_id, is_final from marts.account_metrics where date_day = '{DAY}' order by 1"
    ) == [(BERLIN, False), (AUCKLAND, True)]


def test_another_rule_of_conversions_recounts_the_account_and_taking_it_back_does_too(
    warehouse: Warehouse,
) -> None:
    counted = (
        "select sum(conversions) from marts.ad_performance_daily"
        " where account_id = '{}' and ad_id <> 'unattributed'"
    )
    warehouse.conn.execute(
        "insert into raw.conversion_rules (account_id, position, action_type) values (%s, 1, 'link_click')",
        [BERLIN],
    )
    warehouse.hourly("ad_performance_daily")
    assert warehouse.one(counted.format(BERLIN)) == (100,)
    assert warehouse.one(counted.format(AUCKLAND)) == (1,)

    warehouse.conn.execute("delete from raw.conversion_rules where account_id <> '*'")
    warehouse.hourly("ad_performance_daily")
    assert warehouse.one(counted.format(BERLIN)) == (20,)


def test_a_renamed_account_is_renamed_in_all_its_history(warehouse: Warehouse) -> None:
    put(
        warehouse.conn,
        "accounts",
        {"account_id": BERLIN},
        name="Köln",
        currency="EUR",
        timezone_name="Europe/Berlin",
    )
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics")
    names = "select distinct account_name from marts.{} where account_id = '100'"
    assert warehouse.rows(names.format("campaign_metrics")) == [("Köln",)]
    assert warehouse.rows(names.format("account_metrics")) == [("Köln",)]


def test_a_time_zone_nobody_knows_stops_no_other_account(warehouse: Warehouse) -> None:
    put(
        warehouse.conn,
        "accounts",
        {"account_id": "300"},
        name="Mars",
        currency="USD",
        timezone_name="Mars/Olympus",
    )
    put_insight(warehouse.conn, "m", TODAY, "300", impressions=1)
    put_insight(warehouse.conn, "a", TODAY, **delivery(spend=11))
    warehouse.hourly("ad_performance_daily", "account_metrics")
    assert warehouse.rows(
        f"select account_timezone, spend from marts.account_metrics where date_day = '{TODAY}' order by spend"
    ) == [("UTC", 0), ("Europe/Berlin", 21)]


def test_an_edited_ad_leaves_its_past_to_the_creative_that_earned_it(warehouse: Warehouse) -> None:
    put_ad(warehouse.conn, "a", "l", "2026-11-18T23:30:00Z", campaign_id="c", adset_id="s", name="Ad a")
    warehouse.hourly("ad_performance_daily", "creative_metrics", "performance_metrics")
    shown = warehouse.mart("ad_performance_daily", "date_day, creative_id", ad_id="a")
    assert shown[-3:] == [(date(2026, 11, 14), "k"), (YESTERDAY, "l"), (TODAY, "l")]
    now = warehouse.mart("creative_metrics", "ads_with_delivery, spend", date_day=TODAY, creative_id="l")
    assert now == [(2, 20)]
    assert warehouse.rows(f"select 1 from marts.performance_metrics where date_day = '{TODAY}'") == []


def test_a_creative_described_anew_is_described_anew_everywhere(warehouse: Warehouse) -> None:
    put(
        warehouse.conn,
        "creatives",
        {"creative_id": "l"},
        account_id=BERLIN,
        name="Film",
        video_id="w",
        object_type="VIDEO",
    )
    warehouse.hourly("creative_metrics", "performance_metrics")
    assert warehouse.rows("select distinct creative_name from marts.creative_metrics where creative_id = 'l'") == [
        ("Film",)
    ]
    assert warehouse.one(
        f"select spend from marts.performance_metrics where video_id = 'w' and date_day = '{OLD_DAY}'"
    ) == (10,)


def test_a_renamed_creative_costs_its_own_rows_and_not_its_accounts_days(warehouse: Warehouse) -> None:
    warehouse.conn.execute("update marts.creative_metrics set spend = 12345 where creative_id = 'k'")
    told = "select max(changed_xid::text::bigint) from ops.model_changes where model = 'creative_metrics'"
    before = warehouse.one(told)
    put(warehouse.conn, "creatives", {"creative_id": "l"}, account_id=BERLIN, name="Poster", object_type="PHOTO")
    warehouse.hourly("creative_metrics", "performance_metrics")
    names = "select distinct creative_name from marts.creative_metrics where creative_id = 'l'"
    assert warehouse.rows(names) == [("Poster",)]
    assert warehouse.rows("select distinct spend from marts.creative_metrics where creative_id = 'k'") == [
        (12345,)
    ]
    assert warehouse.one(told) == before  # nobody after it shows the name


def test_an_hour_is_complete_once_asked_for_after_its_end_even_if_nothing_changed(warehouse: Warehouse) -> None:
    # Fetched at 11:30 UTC, 12:30 in Berlin: hour 10 is over, hour 12 is running.
    put_hour(warehouse.conn, "a", TODAY, 12, impressions=5)
    warehouse.hourly("ad_performance_hourly")
    hours = {"name": "ad_performance_hourly", "columns": "hour, is_complete", "date_day": TODAY, "ad_id": "a"}
    assert warehouse.mart(**hours) == [(10, True), (12, False)]
    cover(warehouse.conn, "insights_hourly", TODAY, "2026-11-20T12:05:00Z")
    warehouse.hourly("ad_performance_hourly")
    assert warehouse.mart(**hours) == [(10, True), (12, True)]


def test_a_rate_that_arrives_late_completes_the_blended_days_it_is_for(warehouse: Warehouse) -> None:
    blended = f"select spend, missing_currencies from marts.blended_roas where date_day = '{DAY}'"
    assert warehouse.one(blended) == (None, "NZD")
    warehouse.conn.execute("insert into raw.fx_rates values ('2026-11-10', 'NZD', 'EUR', 0.5)")
    warehouse.hourly("blended_roas")
    assert warehouse.one(blended) == (23.5, None)
    warehouse.conn.execute("insert into raw.campaign_groups values ('meta', '100', 'c', 'brand')")
    warehouse.hourly("blended_roas")
    assert warehouse.rows(
        f"select campaign_group, spend from marts.blended_roas where date_day = '{DAY}' order by 1"
    ) == [("all", 23.5), ("brand", 20), ("ungrouped", 3.5)]


def test_a_rate_touches_only_the_days_it_is_for_whether_it_comes_changes_or_goes(warehouse: Warehouse) -> None:
    blended = f"select spend, missing_currencies from marts.blended_roas where date_day = '{DAY}'"
    untouched = f"select spend from marts.blended_roas where date_day = '{OLD_DAY}'"
    warehouse.conn.execute(f"update marts.blended_roas set spend = 12345 where date_day = '{OLD_DAY}'".encode())
    for change, expected in (
        ("insert into raw.fx_rates values ('2026-11-10', 'NZD', 'EUR', 0.5)", (23.5, None)),
        ("update raw.fx_rates set rate = 0.7", (24.5, None)),
        ("delete from raw.fx_rates", (None, "NZD")),
    ):
        warehouse.conn.execute(change.encode())
        warehouse.hourly("blended_roas")
        assert warehouse.one(blended) == expected
        assert warehouse.one(untouched) == (12345,)


def test_another_reporting_currency_converts_all_days(warehouse: Warehouse) -> None:
    warehouse.hourly("blended_roas", ADTRACK_REPORTING_CURRENCY="NZD")
    assert warehouse.rows("select distinct currency from marts.blended_roas") == [("NZD",)]
    assert warehouse.one(f"select missing_currencies from marts.blended_roas where date_day = '{OLD_DAY}'") == (
        "EUR",
    )


def test_the_daily_build_recomputes_the_window_with_the_newest_maturity_curve(warehouse: Warehouse) -> None:
    nowcast = (
        "select conversions_nowcast, revenue_nowcast from marts.ad_performance_daily"
        f" where date_day = '{YESTERDAY}' and ad_id = 'a'"
    )
    assert warehouse.one(nowcast) == (None, None)
    # Asked for at 11:30 UTC, twelve and a half hours after midnight in Berlin.
    warehouse.conn.execute(
        "insert into marts.conversion_maturity"
        " select 'meta', '100', 12, 0.5, 0.5, 0.25, 9, 99, 9, 99, '2026-09-01', '2026-10-01'"
    )
    warehouse.hourly("ad_performance_daily")
    assert warehouse.one(nowcast) == (None, None)
    warehouse.hourly("ad_performance_daily", ADTRACK_REFRESH_WINDOW="1")
    assert warehouse.one(nowcast) == (4, 160)


def test_the_curve_is_learned_from_what_was_believed_when(warehouse: Warehouse) -> None:
    for number in range(8):
        day = date(2026, 9, 20 + number)
        over = f"{day} 22:00+00"  # midnight in Berlin
        put_insight(
            warehouse.conn, "a", day, **delivery(actions=actions(omni_purchase=10)), fetched_at=f"{day} 22:00+00"
        )
        warehouse.conn.execute(
            "update raw.insights_daily set fetched_at = %s::timestamptz + interval '30 hours'"
            " where ad_id = 'a' and date_day = %s",
            [over, day],
        )
        warehouse.conn.execute(
            "insert into raw.insight_revisions (platform, account_id, report, ad_id, date_day, observed_at,"
            " superseded_at, impressions, clicks, link_clicks, outbound_clicks, spend, actions, content_hash)"
            " values ('meta', %s, 'insights_daily', 'a', %s, %s::timestamptz - interval '4 hours',"
            " %s::timestamptz + interval '30 hours', 0, 0, 0, 0, 0, %s, '')",
            [BERLIN, day, over, over, actions(omni_purchase=6)],
        )
    outcome = warehouse.dbt(warehouse.database, "run", "--select", "conversion_maturity")
    assert outcome.success, outcome.errors
    assert warehouse.rows(
        "select lag_hours, conversions_share::float, days_with_conversions from marts.conversion_maturity"
        " where account_id = '100' and lag_hours in (0, 29, 30, 672) order by 1"
    )[:3] == [(0, 0.6, 8), (29, 0.6, 8), (30, 1, 8)]


def test_a_change_in_the_account_stands_beside_what_followed_as_days_complete(warehouse: Warehouse) -> None:
    compared = "select object_level, days_after, before_spend, after_spend, old_value from marts.change_log"
    assert warehouse.one(compared) == ("campaign", 3, 20, 0, "1")
    put_insight(warehouse.conn, "a", date(2026, 11, 16), **delivery(spend=70))
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics", "change_log")
    assert warehouse.one(compared) == ("campaign", 3, 20, 70, "1")

    put(
        warehouse.conn,
        "activities",
        {"account_id": BERLIN, "activity_key": "paused"},
        event_type="update_ad_run_status",
        event_at="2026-11-19T10:00:00Z",
        object_id="b",
        object_type="ADGROUP",
    )
    fresh = "select object_level, days_after, after_spend from marts.change_log where activity_key = 'paused'"
    warehouse.hourly("ad_performance_daily", "campaign_metrics", "account_metrics", "change_log")
    assert warehouse.one(fresh) == ("ad", 0, None)
    warehouse.hourly(
        "ad_performance_daily", "campaign_metrics", "account_metrics", "change_log", now="2026-11-21T12:00:00Z"
    )
    assert warehouse.one(fresh) == ("ad", 1, 10)
