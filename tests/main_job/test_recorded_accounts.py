"""Four real accounts, recorded: the marts hold exactly what their source says."""

from decimal import Decimal

import pytest

from tests.main_job.conftest import Installation
from tests.recorded import needs_recorded_accounts

pytestmark = [needs_recorded_accounts, pytest.mark.xdist_group("recorded")]

DAILY = "1700252260223815"
TOTALS = {
    "239806958894192": (Decimal(3496), Decimal("3.31")),
    "317713803626305": (Decimal(57689), Decimal("511.06")),
    DAILY: (Decimal(37275), Decimal("643.63")),
}
PUBLISHERS_CONVERSIONS = (
    "onsite_conversion.purchase",
    "onsite_conversion.lead_grouped",
    "offsite_conversion.fb_pixel_purchase",
    "offsite_conversion.fb_pixel_lead",
    "offsite_conversion.fb_pixel_custom",
)


@pytest.mark.parametrize(
    "mart", ["ad_performance_daily", "campaign_metrics", "creative_metrics", "account_metrics"]
)
def test_impressions_and_spend_arrive_exactly_in_every_mart(recorded: Installation, mart: str):
    rows = recorded.rows(
        f"select account_id, sum(impressions) i, sum(spend) s from marts.{mart} group by 1 "
        "having sum(impressions) > 0"
    )
    assert {row["account_id"]: (Decimal(row["i"]), Decimal(row["s"])) for row in rows} == TOTALS


def test_no_conversion_without_delivery_is_lost(recorded: Installation):
    types = ", ".join(f"'{one}'" for one in PUBLISHERS_CONVERSIONS)
    [row] = recorded.rows(
        "select sum(action_count) n, sum(action_value) worth from marts.ad_actions_daily "
        f"where account_id = '{DAILY}' and action_type in ({types})"
    )
    assert (Decimal(row["n"]), Decimal(row["worth"])) == (Decimal(19), Decimal("152225.32"))


def test_ads_that_no_list_mentions_are_kept(recorded: Installation):
    rows = recorded.rows(
        "select distinct ad_id from marts.ad_performance_daily p "
        f"where account_id = '{DAILY}' and not exists (select from raw.ads a where a.ad_id = p.ad_id) order by 1"
    )
    assert [row["ad_id"] for row in rows] == ["23856469955990536", "6317039926871"]


def test_every_recorded_object_is_in_raw(recorded: Installation):
    tables = ("accounts", "campaigns", "adsets", "ads", "creatives")
    counts = ", ".join(f"(select count(*) from raw.{table}) {table}" for table in tables)
    [row] = recorded.rows(f"select {counts}")
    assert [int(row[table]) for table in tables] == [4, 38, 166, 361, 196]


def test_clicks_that_an_account_reports_only_as_a_rate_are_not_zero(recorded: Installation):
    [row] = recorded.rows(
        "select clicks, round(ctr, 6) ctr, round(cpc, 6) cpc from marts.ad_performance_daily "
        "where ad_id = '23844242277534936'"
    )
    assert row == {"clicks": "948", "ctr": "15.726609", "cpc": "0.027764"}


def test_the_same_days_again_are_read_whole_and_change_nothing(recorded: Installation):
    again = recorded.backfill("2020-12-01", "2020-12-31")["outcomes"]
    insights = [one for one in again if "insights" in one["report"]]
    assert {one["rows_changed"] + one["rows_withdrawn"] for one in insights} == {0}
    assert sum(one["rows_fetched"] for one in insights if one["report"] == "insights_daily") == 21
