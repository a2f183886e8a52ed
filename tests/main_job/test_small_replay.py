"""The cases of the recorded accounts in fixtures of our own, from the command line to the marts."""

import csv
import io
from decimal import Decimal

import pytest

from tests.main_job.conftest import Installation

pytestmark = pytest.mark.xdist_group("small")


def test_one_sale_listed_under_six_types_counts_once(small: Installation):
    [row] = small.rows(
        "select conversions, revenue, conversion_action_type, round(roas, 6) roas from marts.ad_performance_daily "
        "where ad_id = '4001' and date_day = '2020-12-01'"
    )
    assert Decimal(row["conversions"]) == 3
    assert Decimal(row["revenue"]) == Decimal("251.7")
    assert row["conversion_action_type"] == "omni_purchase"
    assert Decimal(row["roas"]) == round(Decimal("251.7") / Decimal("76.53"), 6)


def test_conversions_without_delivery_and_of_unknown_ads_are_in_the_action_table(small: Installation):
    rows = small.rows(
        "select ad_id, action_type, action_count, action_value from marts.ad_actions_daily "
        "where ad_id in ('4002', '4998', '4999') order by 1"
    )
    assert [(row["ad_id"], row["action_type"]) for row in rows] == [
        ("4002", "offsite_conversion.fb_pixel_lead"),
        ("4998", "lead"),
        ("4999", "view_content"),
    ]
    assert Decimal(rows[0]["action_count"]) == 2
    assert Decimal(rows[2]["action_value"]) == Decimal("46787.82")


def test_a_deleted_ads_spend_and_yen_budgets_are_right(small: Installation):
    [row] = small.rows(
        "select p.spend, p.currency, c.daily_budget from marts.ad_performance_daily p "
        "join raw.campaigns c using (campaign_id) where p.ad_id = '4003'"
    )
    assert (Decimal(row["spend"]), row["currency"], Decimal(row["daily_budget"])) == (1200, "JPY", 2000)


def test_names_with_emoji_and_formulas_arrive_byte_for_byte(small: Installation):
    names = {row["campaign_name"] for row in small.rows("select campaign_name from marts.campaign_metrics")}
    ads = {row["ad_name"] for row in small.rows("select ad_name from marts.ad_performance_daily")}
    assert "Autumn – Café ☕" in names
    assert "=1+1" in ads


def test_a_name_that_is_a_formula_is_text_in_a_spreadsheet(small: Installation):
    query = "select ad_name, ad_id, spend from marts.ad_performance_daily"
    text = small.adtrack("sql", query, "--spreadsheet").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert "'=1+1" in {row["ad_name"] for row in rows}
    assert not [row for row in rows if row["ad_name"].startswith(("=", "+", "-", "@"))]
    assert len(rows) == len(small.rows(query))


def test_the_change_log_tells_who_changed_what(small: Installation):
    rows = small.rows("select event_type, actor_name, object_id from marts.change_log order by event_at desc")
    assert rows[0] == {"event_type": "update_campaign_budget", "actor_name": "Ada", "object_id": "2001"}


def test_daily_tables_dropped_by_hand_are_built_anew_by_the_next_run_of_any_kind(small: Installation):
    before = small.rows("select count(*) from marts.creative_fatigue")
    for table in ("conversion_maturity", "creative_fatigue"):
        small.adtrack("sql", f"drop table marts.{table}", "--write")
    assert small.backfill("2020-12-01", "2020-12-01")["success"]
    assert small.rows("select count(*) from marts.creative_fatigue") == before
    assert small.rows("select count(*) from marts.conversion_maturity where false") == [{"count": "0"}]


def test_asking_for_sql_changes_nothing_unless_told(small: Installation):
    refused = small.adtrack("sql", "delete from raw.fx_rates", code=1)
    assert "read-only" in refused.stderr
    small.adtrack("sql", "insert into raw.fx_rates values (current_date, 'EUR', 'USD', 1.1)", "--write")
    [row] = small.rows("select rate from raw.fx_rates")
    assert row == {"rate": "1.1"}


def test_an_account_that_is_not_there_ends_with_exit_code_3_and_its_sentence(small: Installation):
    done = small.adtrack(
        "backfill", "--from", "2020-12-01", "--to", "2020-12-02", "--account", "1001", "--account", "777", code=3
    )
    assert "777" in done.stderr


def test_status_shows_every_account(small: Installation):
    shown = small.adtrack("status", code=3).stdout  # the world is of 2021: everything is long out of date
    assert "recorded-shop" in shown


def test_the_doctor_finds_the_accounts_and_the_database_fit(small: Installation):
    shown = small.adtrack("doctor").stdout
    assert "recorded-yen: JPY, days in Pacific/Auckland." in shown.replace("\n", " ")
