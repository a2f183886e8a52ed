"""What a report reads, from a real Postgres: the right day, the right week, what changed since."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from adtrack_pipeline.defs.reporting.reading import read_account, read_thumbnails
from adtrack_pipeline.reporting.frames import AccountFrames
from tests.dbt.raw_rows import actions, put, put_account_day, put_insight
from tests.defs.reporting.conftest import DAY, NOW, Connection, insert, put_object, read
from tests.notify.writing import write_alert

SINCE = NOW - timedelta(days=1)


def frames(conn: Connection, account_id: str = "1", day: date = DAY, now: datetime = NOW) -> AccountFrames:
    found = read_account(conn, "meta", account_id, day, now=now, reporting_currency="EUR")
    assert found is not None
    return found


def reported_before(conn: Connection, built_at: datetime = SINCE) -> None:
    conn.execute(
        "insert into ops.reports values (default, 'meta', '1', %s, 1, %s, true, null, 'EUR', '', '{}', '')",
        [DAY - timedelta(days=1), built_at],
    )


def revised(
    conn: Connection, report: str, day: date, observed: datetime, superseded: datetime, **was: Any
) -> None:
    row = {"spend": 0, "ad_id": "", "was_withdrawn": False, "actions": None, "action_values": None, **was}
    conn.execute(
        "insert into raw.insight_revisions (platform, account_id, report, ad_id, date_day, observed_at,"
        " superseded_at, impressions, clicks, link_clicks, outbound_clicks, spend, actions, action_values,"
        " was_withdrawn, content_hash)"
        " values ('meta', '1', %s, %s, %s, %s, %s, 0, 0, 0, 0, %s, %s, %s, %s, '')",
        [report, row["ad_id"], day, observed, superseded, row["spend"], row["actions"], row["action_values"],
         row["was_withdrawn"]],
    )  # fmt: skip


def test_five_weeks_of_days_are_read_and_none_after_the_reports_own(shop: Connection):
    insert(shop, "account_metrics", platform="meta", account_id="1", date_day=DAY + timedelta(days=1), spend=5)
    days = list(frames(shop).days["date_day"])
    assert (min(days), max(days), len(days)) == (DAY - timedelta(days=35), DAY, 36)


def test_campaigns_are_summed_over_seven_days(shop: Connection):
    for back in range(9):
        put_object(shop, "campaign_metrics", "c", DAY - timedelta(days=back), objective="OUTCOME_SALES")
    put_object(shop, "campaign_metrics", "unattributed")
    rows = frames(shop).campaigns
    assert list(rows["object_id"]) == ["c"]
    assert (rows["spend"].item(), rows["spend_yesterday"].item(), rows["sells"].item()) == (700.0, 100.0, "t")


def test_nowcasts_of_a_week_are_known_only_when_they_are_for_every_day(shop: Connection):
    put_object(shop, "campaign_metrics", "whole", conversions_nowcast=11, revenue_nowcast=330)
    put_object(shop, "campaign_metrics", "half", conversions_nowcast=11, revenue_nowcast=330)
    put_object(shop, "campaign_metrics", "half", DAY - timedelta(days=1))
    rows = frames(shop).campaigns.set_index("object_id")
    assert rows["conversions_nowcast"]["whole"] == 11
    assert pd.isna(rows["conversions_nowcast"]["half"])


def test_a_campaign_or_creative_that_is_not_there_to_sell_says_so(shop: Connection):
    put(shop, "campaigns", {"campaign_id": "l"}, account_id="1", objective="OUTCOME_LEADS")
    put(shop, "ads", {"ad_id": "a"}, account_id="1", campaign_id="l", creative_id="x")
    put_object(shop, "campaign_metrics", "l", objective="OUTCOME_LEADS")
    put_object(shop, "creative_metrics", "x")
    put_object(shop, "creative_metrics", "y")
    found = frames(shop)
    assert found.campaigns["sells"].item() == "f"
    assert dict(zip(found.creatives["object_id"], found.creatives["sells"], strict=True)) == {"x": "f", "y": "t"}


def test_thumbnails_are_found_by_the_hash_of_the_creative(shop: Connection):
    put(shop, "creatives", {"creative_id": "x"}, account_id="1", thumbnail_hash="abc")
    shop.execute("insert into raw.thumbnails values ('abc', 'image/png', %s, now())", [b"png"])
    put_object(shop, "creative_metrics", "x")
    assert frames(shop).creatives["thumbnail_hash"].item() == "abc"
    assert read_thumbnails(shop, ["abc", "gone"])["abc"].content == b"png"
    assert read_thumbnails(shop, []) == {}


def test_worn_creatives_of_the_newest_day_are_read_with_what_they_spend(shop: Connection):
    put_object(shop, "creative_metrics", "x")
    for day, status in ((DAY, "fatigued"), (DAY - timedelta(days=1), "limited"), (DAY, "healthy")):
        name = "x" if status != "healthy" else "z"
        insert(
            shop,
            "creative_fatigue",
            platform="meta",
            account_id="1",
            date_day=day,
            creative_id=name,
            status=status,
        )
    rows = frames(shop).fatigue
    assert (rows["status"].item(), rows["spend"].item(), rows["name"].item()) == ("fatigued", 100.0, "Creative x")


def test_only_alerts_that_are_open_worth_a_message_and_not_silenced_are_read(shop: Connection):
    open_one = write_alert(shop, account="1", name="Open")
    for change in (
        "status = 'resolved', resolved_at = now()",
        "pages = false",
        f"suppressed_by = {open_one}, suppressed_why = 'grouped'",
        "snoozed_until = '2026-11-21'",
    ):
        other = write_alert(shop, account="1")
        shop.execute(f"update ops.alerts set {change} where alert_id = %s".encode(), [other])
    shop.execute("update ops.alerts set resolved_at = '2026-11-20 01:00+00' where status = 'resolved'")
    write_alert(shop, account="2")
    assert list(frames(shop).alerts["object_name"]) == ["Open"]


def test_a_report_of_a_day_long_ago_shows_the_alerts_that_were_open_then(shop: Connection):
    one = write_alert(shop, account="1")
    shop.execute(
        "update ops.alerts set first_seen_at = '2026-11-01', resolved_at = '2026-11-12', status = 'resolved'"
        " where alert_id = %s", [one]
    )  # fmt: skip
    assert len(frames(shop, day=date(2026, 11, 9)).alerts) == 1
    assert len(frames(shop, day=date(2026, 11, 12)).alerts) == 0
    assert len(frames(shop).alerts) == 0


@pytest.mark.parametrize(
    ("at", "is_read"),
    [("2026-11-19T23:30:00Z", False), ("2026-11-20T00:10:00Z", True), (None, False)],
    ids=["before the day was over", "after it", "never"],
)
def test_a_day_counts_as_read_once_an_answer_from_after_its_end_is_in(
    shop: Connection, at: str | None, is_read: bool
):
    shop.execute("delete from ops.insight_coverage")
    if at:
        read(shop, "1", DAY, at)
    assert frames(shop).is_read is is_read


def test_the_rate_is_that_of_the_day_and_none_where_there_is_none(shop: Connection):
    assert frames(shop, "1").rate == 1.0
    assert frames(shop, "2").rate is None
    shop.execute("insert into raw.fx_rates values (%s, 'EUR', 'SEK', 10), (%s, 'EUR', 'SEK', 99)", [DAY, NOW])
    assert frames(shop, "2").rate == pytest.approx(0.1)


def test_what_the_account_was_restated_by_is_now_minus_then(shop: Connection):
    reported_before(shop)
    old = DAY - timedelta(days=3)
    put_account_day(shop, old, "1", spend=105, actions=actions(purchase=12), action_values=actions(purchase=360))
    revised(
        shop, "account_insights_daily", old, SINCE - timedelta(days=1), NOW - timedelta(hours=2),
        spend=100, actions=actions(purchase=10), action_values=actions(purchase=300),
    )  # fmt: skip
    revised(shop, "account_insights_daily", old, SINCE - timedelta(days=2), SINCE - timedelta(days=1), spend=1)
    found = frames(shop)
    assert found.restated_since == SINCE
    assert found.restated.to_dict("records") == [
        {"date_day": old, "spend": 5.0, "conversions": 2.0, "revenue": 60.0}
    ]


def test_without_rows_of_the_account_the_ads_rows_tell_what_was_restated(shop: Connection):
    reported_before(shop)
    old = DAY - timedelta(days=3)
    put_insight(shop, "a", old, "1", spend=90)
    put_insight(shop, "gone", old, "1", spend=50, withdrawn_at=NOW)
    for ad_id, spend in (("a", 100), ("gone", 50)):
        revised(shop, "insights_daily", old, SINCE - timedelta(days=1), NOW, ad_id=ad_id, spend=spend)
    assert frames(shop).restated["spend"].item() == -60.0


def test_the_reports_own_day_and_days_read_for_the_first_time_are_not_restated(shop: Connection):
    reported_before(shop)
    put_account_day(shop, DAY, "1", spend=100)
    revised(shop, "account_insights_daily", DAY, SINCE - timedelta(hours=1), NOW, spend=50)
    old = DAY - timedelta(days=40)
    put_account_day(shop, old, "1", spend=100)
    revised(shop, "account_insights_daily", old, SINCE + timedelta(hours=1), NOW, spend=50)
    assert len(frames(shop).restated) == 0


def test_before_any_mart_was_built_a_report_is_empty_and_no_error(conn: Connection):
    put(conn, "accounts", {"account_id": "1"}, name="Shop", currency="EUR", timezone_name="UTC")
    found = frames(conn)
    assert found.days.empty
    assert found.alerts.empty
    assert not found.is_read


def test_an_account_nobody_listed_has_no_frames(shop: Connection):
    assert read_account(shop, "meta", "999", DAY, now=NOW, reporting_currency="EUR") is None
