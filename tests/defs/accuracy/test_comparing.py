"""From a prediction in raw to its comparison, through the whole SQL, at every level and moment."""

from datetime import timedelta

import pytest

from tests.dbt.raw_rows import put
from tests.defs.accuracy.world import OBJECT_IDS, START, Shop

DAY = {"impressions": 4000, "clicks": 110, "spend": 100, "conversions": 20, "revenue": 285}
NEXT = START + timedelta(days=1)


def test_the_two_examples_come_out_as_written_down_through_the_whole_path(shop: Shop):
    shop.predict(predicted_ctr=2.5, predicted_roas=3.0)
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-04 00:00")
    found = shop.newest()
    assert (found["actual_ctr"], found["ctr_percentage_error"], found["ctr_accuracy"]) == (2.75, -10, 90)
    assert found["actual_roas"] == 2.85
    assert found["roas_percentage_error"] == pytest.approx(5)
    assert found["roas_accuracy"] == pytest.approx(95)
    assert found["accuracy_score"] == pytest.approx(92.5)


@pytest.mark.parametrize(
    ("now", "status"),
    [("2026-11-02 23:59", "pending"), ("2026-11-03 00:00", "provisional")],
    ids=["a minute before 24 hours", "at 24 hours"],
)
def test_an_object_is_compared_24_hours_after_the_window_began_there(shop: Shop, now: str, status: str):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.look(now)
    assert shop.newest()["status"] == status


def test_midnight_is_that_of_the_objects_account(shop: Shop):
    put(shop.conn, "accounts", {"account_id": "200"}, currency="NZD", timezone_name="Pacific/Auckland")
    put(shop.conn, "ads", {"ad_id": "n"}, account_id="200")
    shop.predict(object_id="n")
    shop.day("ad", "n", START, "200", **DAY)
    shop.look("2026-11-02 11:59")
    assert shop.newest()["status"] == "pending"
    shop.look("2026-11-02 12:00")
    assert shop.newest()["status"] == "provisional"


@pytest.mark.parametrize(
    ("now", "status", "reason"),
    [("2026-12-02 00:00", "provisional", None), ("2026-12-02 00:01", "pending", "too_old")],
    ids=["at 30 days", "a minute later"],
)
def test_what_is_handed_in_later_than_30_days_is_not_compared(
    shop: Shop, now: str, status: str, reason: str | None
):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.look(now)
    assert (shop.newest()["status"], shop.newest()["reason"]) == (status, reason)


def test_both_ages_can_be_configured(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.rules = type(shop.rules)(min_hours=6.5, max_days=30, restated=28)
    shop.look("2026-11-02 06:29")
    assert shop.newest()["status"] == "pending"
    shop.look("2026-11-02 06:30")
    assert shop.newest()["status"] == "provisional"


def test_changed_ages_hold_for_what_is_waiting_already(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-02 10:00")
    shop.rules = type(shop.rules)(min_hours=6, max_days=30, restated=28)
    shop.look("2026-11-02 11:00")
    assert shop.newest()["status"] == "provisional"


@pytest.mark.parametrize("level", OBJECT_IDS)
def test_objects_are_found_at_every_level(shop: Shop, level: str):
    object_id = {"ad": "a", "campaign": "c", "creative": "k", "video": "v"}[level]
    shop.predict(object_id=object_id, level=level)
    shop.day(level, object_id, START, **DAY)
    shop.look("2026-11-04 00:00")
    found = shop.newest()
    assert (found["status"], found["account_id"], found["currency"]) == ("provisional", "100", "EUR")
    assert (found["impressions"], found["clicks"], found["actual_ctr"]) == (4000, 110, 2.75)


def test_an_ad_no_list_mentions_is_found_by_its_days(shop: Shop):
    shop.predict(object_id="unlisted")
    shop.day("ad", "unlisted", START, **DAY)
    shop.look("2026-11-04 00:00")
    assert shop.newest()["status"] == "provisional"


def test_what_is_left_over_in_an_account_is_no_object(shop: Shop):
    shop.predict(object_id="unattributed")
    shop.day("ad", "unattributed", START, **DAY)
    shop.look("2026-11-04 00:00")
    assert shop.newest()["status"] == "unmatched"


def test_an_unknown_object_is_looked_for_until_it_turns_up(shop: Shop):
    shop.predict(object_id="later", level="campaign")
    shop.look("2026-11-04 00:00")
    assert shop.newest()["status"] == "unmatched"
    assert shop.look("2026-11-04 01:00").due == 0
    put(shop.conn, "campaigns", {"campaign_id": "later"}, account_id="100")
    shop.day("campaign", "later", START, **DAY)
    shop.look("2026-11-04 02:00")
    assert shop.newest()["status"] == "provisional"


def test_an_object_that_never_turns_up_is_given_up_at_the_greatest_age(shop: Shop):
    shop.predict(object_id="never")
    assert [shop.look(f"2026-{day} 00:00").due for day in ("11-04", "12-05", "12-06", "12-30")] == [1, 1, 0, 0]
    assert shop.newest()["status"] == "unmatched"


def test_a_video_is_found_through_the_creative_that_shows_it(shop: Shop):
    shop.predict(object_id="w", level="video")
    shop.look("2026-11-04 00:00")
    put(shop.conn, "creatives", {"creative_id": "l"}, account_id="100", video_id="w")
    shop.day("video", "w", START, **DAY)
    shop.look("2026-11-04 01:00")
    assert shop.newest()["actual_ctr"] == 2.75


def test_money_of_several_currencies_is_not_scored_and_says_why(shop: Shop):
    put(shop.conn, "accounts", {"account_id": "200"}, currency="USD", timezone_name="Europe/Berlin")
    put(shop.conn, "creatives", {"creative_id": "l"}, account_id="200", video_id="v")
    shop.predict(object_id="v", level="video", predicted_ctr=2.5, predicted_roas=3, predicted_spend=200)
    shop.day("video", "v", START, **DAY)
    shop.day("video", "v", START, "200", currency="USD", **DAY)
    shop.look("2026-11-04 00:00")
    found = shop.newest()
    assert (found["ctr_verdict"], found["actual_ctr"]) == ("scored", 2.75)
    assert {found["roas_verdict"], found["spend_verdict"]} == {"several_currencies"}
    assert (found["currency"], found["spend"], found["revenue"], found["account_id"]) == (None, None, None, None)


def test_without_delivery_it_waits_for_the_window_to_end(shop: Shop):
    shop.predict(window_end=NEXT)
    shop.look("2026-11-03 12:00")
    assert (shop.newest()["status"], shop.newest()["reason"]) == ("pending", "no_delivery_yet")
    assert shop.look("2026-11-03 13:00").due == 0
    shop.look("2026-11-04 00:00")
    assert (shop.newest()["status"], shop.newest()["reason"]) == ("no_delivery", None)


def test_delivery_on_a_later_day_of_the_window_ends_the_wait(shop: Shop):
    shop.predict(window_end=NEXT)
    shop.look("2026-11-03 12:00")
    shop.day("ad", "a", NEXT, **DAY)
    shop.look("2026-11-03 13:00")
    assert shop.newest()["status"] == "provisional"


def test_totals_are_scored_once_the_window_is_over(shop: Shop):
    shop.predict(window_end=NEXT, predicted_spend=200)
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-03 12:00")
    assert (shop.newest()["spend_verdict"], shop.newest()["actual_spend"]) == ("window_running", None)
    shop.day("ad", "a", NEXT, **DAY)
    shop.look("2026-11-04 00:00")
    assert (shop.newest()["spend_verdict"], shop.newest()["actual_spend"]) == ("scored", 200)


def test_a_comparison_is_provisional_and_then_final(shop: Shop):
    shop.predict(predicted_conversions=20)
    shop.day("ad", "a", START, **DAY | {"conversions": 12}, conversions_nowcast=16)
    shop.look("2026-11-03 00:00")
    assert (shop.newest()["status"], shop.newest()["actual_conversions"]) == ("provisional", 16)
    shop.settle()
    shop.day("ad", "a", START, **DAY, is_final=True)
    shop.look("2026-12-01 00:00")
    first, last = shop.versions()
    assert (first["status"], first["actual_conversions"]) == ("provisional", 16)
    assert (last["status"], last["change"], last["actual_conversions"]) == ("final", "ripened", 20)
    assert first["superseded_at"] == last["compared_at"]


def test_a_day_that_nobody_has_read_again_is_not_final(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY, is_final=True)
    shop.look("2026-12-01 00:00")
    assert shop.newest()["status"] == "provisional"
    shop.settle()
    shop.look("2026-12-01 06:00")
    assert shop.newest()["status"] == "final"


def test_orders_of_unknown_ripeness_count_once_the_window_is_over_for_a_week(shop: Shop):
    shop.predict(predicted_conversions=20)
    shop.day("ad", "a", START, **DAY, conversions_nowcast=None, revenue_nowcast=None)
    shop.look("2026-11-09 23:59")
    assert shop.newest()["conversions_verdict"] == "no_actual"
    shop.look("2026-11-10 00:00")
    assert (shop.newest()["conversions_verdict"], shop.newest()["actual_conversions"]) == ("scored", 20)


def test_the_baseline_is_the_week_before_the_prediction_was_made(shop: Shop):
    shop.predict(predicted_at="2026-10-30T10:00:00Z")
    for n in range(1, 12):
        shop.day("ad", "a", START - timedelta(days=n), impressions=1000, clicks=10 * n)
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-04 00:00")
    assert shop.newest()["ctr_baseline"] == pytest.approx(sum(range(4, 11)) / 7)
    assert str(shop.newest()["baseline_start"]) == "2026-10-23"


def test_predictions_made_before_anybody_counted_years_do_no_harm(shop: Shop):
    shop.predict("p", predicted_at="-infinity")
    shop.predict("q", predicted_at="infinity")
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-04 00:00")
    found = shop.rows("select is_ex_ante, ctr_accuracy from ops.prediction_comparisons order by prediction_id")
    assert [tuple(row.values()) for row in found] == [(True, 90), (False, 90)]


@pytest.mark.parametrize("size", [1, 2, 100], ids=["one by one", "by twos", "all at once"])
def test_however_many_are_compared_at_a_time_the_result_is_the_same(shop: Shop, size: int):
    for n in range(5):
        shop.predict(f"p{n}", predicted_ctr=2 + n)
    shop.day("ad", "a", START, **DAY)
    assert shop.look("2026-11-04 00:00", chunk=size).became == {"first": 5}
    assert [shop.newest(f"p{n}")["ctr_error"] for n in range(5)] == [-0.75, 0.25, 1.25, 2.25, 3.25]


def test_a_roas_of_orders_that_nobody_counts_is_scored_through_the_whole_path(shop: Shop):
    shop.predict(predicted_roas=3)
    shop.day("ad", "a", START, **DAY | {"conversions": 0, "clicks": 400})
    shop.look("2026-11-04 00:00")
    found = shop.newest()
    assert (found["roas_verdict"], found["roas_accuracy"]) == ("scored", pytest.approx(95))
    assert (found["roas_events"], found["roas_ceiling"]) == (None, None)
