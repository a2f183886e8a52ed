"""What stays queryable: results are replaced, versioned, superseded; the same hour twice changes nothing."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from adtrack_pipeline.defs.accuracy.comparing import looking
from adtrack_pipeline.warehouse.load import sweep
from tests.dbt.raw_rows import put
from tests.defs.accuracy.world import START, Shop, at

DAY = {"impressions": 4000, "clicks": 110, "spend": 100, "conversions": 20, "revenue": 285}
FINAL = "2026-12-01 06:00"


def told(shop: Shop) -> list[tuple[Any, ...]]:
    return [(row["status"], row["change"], row["clicks"]) for row in shop.versions()]


@pytest.fixture
def finished(shop: Shop) -> Shop:
    """A prediction whose comparison is final, on 110 clicks."""
    shop.predict()
    shop.day("ad", "a", START, **DAY, is_final=True)
    shop.settle()
    shop.look(FINAL)
    assert told(shop) == [("final", "first", 110)]
    return shop


def test_actuals_restated_after_the_final_comparison_are_a_new_version_and_the_old_one_stays(finished: Shop):
    finished.day("ad", "a", START, **DAY | {"clicks": 80}, is_final=True)
    assert finished.look("2026-12-20 06:00").became == {"version": 1}
    assert told(finished) == [("final", "first", 110), ("final", "restated", 80)]
    old, new = finished.versions()
    assert (old["ctr_accuracy"], new["ctr_accuracy"]) == (90, 80)
    assert old["superseded_at"] == new["compared_at"] == at("2026-12-20 06:00")


def test_a_final_day_that_was_read_again_and_is_the_same_changes_nothing(finished: Shop):
    before = finished.versions()
    finished.day("ad", "a", START, **DAY, is_final=True)
    assert finished.look("2026-12-20 06:00").became == {"same": 1}
    assert finished.versions() == before


def test_what_is_final_and_untouched_is_not_looked_at(finished: Shop):
    finished.day("ad", "b", START + timedelta(days=20), **DAY)
    finished.day("ad", "a", START - timedelta(days=20), **DAY)
    assert finished.look("2026-12-20 06:00").due == 0


def test_the_same_hour_twice_changes_nothing(shop: Shop):
    for n in range(4):
        shop.predict(f"p{n}", object_id=["a", "a", "nobody", "a"][n], window_end=START + timedelta(days=n))
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-03 12:00")
    before = shop.rows("select *, xmin::text from ops.prediction_comparisons order by prediction_id")
    shop.day("ad", "a", START, **DAY)
    look = shop.look("2026-11-03 12:00")
    assert (set(look.became), look.changed) == ({"same"}, False)
    assert shop.rows("select *, xmin::text from ops.prediction_comparisons order by prediction_id") == before


def test_an_hour_with_nothing_new_looks_at_nothing(shop: Shop):
    shop.predict(window_end=START + timedelta(days=9))
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-04 12:00")
    assert shop.look("2026-11-04 13:00").due == 0


def test_provisional_results_of_a_day_are_one_version_and_the_next_day_is_another(shop: Shop):
    shop.predict()
    for now, clicks in (("2026-11-03 01:00", 90), ("2026-11-03 12:00", 100), ("2026-11-04 12:00", 110)):
        shop.day("ad", "a", START, **DAY | {"clicks": clicks})
        shop.look(now)
    assert told(shop) == [("provisional", "first", 100), ("provisional", "ripened", 110)]


def test_waiting_leaves_no_version_behind(shop: Shop):
    shop.predict()
    shop.look("2026-11-01 13:00")
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-05 12:00")
    assert told(shop) == [("provisional", "first", 110)]


def test_a_corrected_prediction_replaces_the_comparison_and_the_old_one_stays(finished: Shop):
    finished.predict(predicted_ctr=2.75)
    finished.look("2026-12-20 06:00")
    old, new = finished.versions()
    assert (old["prediction_version"], old["ctr_accuracy"], old["superseded_at"] is None) == (1, 90, False)
    assert (new["prediction_version"], new["ctr_accuracy"], new["change"]) == (2, 100, "predicted_anew")


def test_a_renamed_model_is_a_new_version_of_the_same_prediction(finished: Shop):
    finished.predict(model_name="deep-net")
    finished.look("2026-12-20 06:00")
    assert [row["model_name"] for row in finished.versions()] == ["net", "deep-net"]
    assert finished.newest()["change"] == "predicted_anew"


def test_a_prediction_corrected_before_its_first_comparison_has_one_version(shop: Shop):
    shop.predict(predicted_ctr=9)
    shop.look("2026-11-01 13:00")
    shop.predict(predicted_ctr=2.5)
    shop.day("ad", "a", START, **DAY)
    shop.look("2026-11-04 12:00")
    assert [(row["prediction_version"], row["ctr_accuracy"]) for row in shop.versions()] == [(2, 90)]


def test_one_that_was_compared_is_followed_beyond_the_greatest_age(shop: Shop):
    shop.predict(window_end=START + timedelta(days=13))
    shop.day("ad", "a", START, **DAY, is_final=True)
    shop.look("2026-11-20 12:00")
    shop.settle(days=14)
    shop.look("2026-12-16 06:00")
    assert shop.newest()["status"] == "final"


async def test_how_a_result_ripened_goes_after_a_season_and_final_ones_stay(
    shop: Shop, aconn: psycopg.AsyncConnection[Any]
):
    shop.predict()
    shop.day("ad", "a", START, **DAY | {"clicks": 90})
    shop.look("2026-11-04 12:00")
    shop.settle()
    for now, clicks in ((FINAL, 100), ("2026-12-20 06:00", 110)):
        shop.day("ad", "a", START, **DAY | {"clicks": clicks}, is_final=True)
        shop.look(now)
    assert (await sweep(aconn, at("2027-02-01 00:00")))["ops.prediction_comparisons"] == 0
    assert (await sweep(aconn, at("2027-06-01 00:00")))["ops.prediction_comparisons"] == 1
    assert told(shop) == [("final", "ripened", 100), ("final", "restated", 110)]


def test_killed_in_the_middle_the_next_look_ends_in_the_same_state(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    with suppress(KeyboardInterrupt), looking(shop.conn, at("2026-11-04 12:00"), shop.rules):
        assert len(shop.versions()) == 1
        raise KeyboardInterrupt
    assert shop.versions() == []
    assert shop.look("2026-11-04 12:00").became == {"first": 1}
    assert shop.newest()["ctr_accuracy"] == 90


def test_a_prediction_committed_late_by_a_slow_loader_is_not_skipped(
    shop: Shop, database: Any, conn: psycopg.Connection[Any]
):
    shop.day("ad", "a", START, **DAY)
    with database.connect() as slow:
        Shop(slow).predict("late")
        shop.look("2026-11-04 12:00", is_alone=False)
        assert shop.versions("late") == []
        slow.commit()
    shop.look("2026-11-04 13:00")
    assert shop.newest("late")["status"] == "provisional"


def test_two_looks_at_once_take_turns(shop: Shop, database: Any):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    with database.connect(autocommit=True) as other, looking(shop.conn, at("2026-11-04 12:00"), shop.rules):
        other.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            Shop(other).look("2026-11-04 12:00", is_alone=False)
    assert len(shop.versions()) == 1


def test_in_a_restored_dump_everything_is_looked_at_again(finished: Shop):
    finished.conn.execute(
        "update ops.model_watermarks set seen_xid = '999999999', context = context || '{\"cluster\": \"other\"}'"
        " where model = 'prediction_comparisons'"
    )
    assert finished.look("2026-12-20 06:00").became == {"same": 1}


def test_a_video_whose_creative_moved_to_another_account_is_known_there(shop: Shop):
    put(shop.conn, "accounts", {"account_id": "200"}, currency="EUR", timezone_name="Europe/Berlin")
    shop.predict(object_id="v", level="video")
    shop.day("video", "v", START, **DAY)
    shop.look("2026-11-04 00:00")
    put(shop.conn, "creatives", {"creative_id": "l"}, account_id="200", video_id="v")
    shop.day("video", "v", START, "200", impressions=1000, clicks=90)
    shop.day("video", "v", START, **DAY)
    shop.look("2026-11-05 00:00")
    assert (shop.newest()["clicks"], shop.newest()["account_id"]) == (200, None)
