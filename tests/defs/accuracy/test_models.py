"""What comparisons say about models: pooled accuracy, ranking, drift and its alert, hour by hour."""

from datetime import date, timedelta
from typing import Any

import pytest

from adtrack_pipeline.defs.accuracy import pooling
from adtrack_pipeline.defs.accuracy.pooling import read_comparisons
from adtrack_pipeline.defs.accuracy.running import run_accuracy
from adtrack_pipeline.settings import Settings
from tests.defs.accuracy.fleet import before, deliver, predict_days
from tests.defs.accuracy.world import START, Shop, at

DAY = {"impressions": 4000, "clicks": 110, "spend": 100, "conversions": 20, "revenue": 285}
LAST = date(2026, 11, 18)  # the newest day that is over
HOUR = "2026-11-19 08:00"


def test_pooled_accuracy_is_kept_per_day_and_trailing_days(shop: Shop):
    for n in range(3):
        shop.predict(f"p{n}", window_start=START + timedelta(days=n), window_end=START + timedelta(days=n))
        shop.day("ad", "a", START + timedelta(days=n), impressions=1000, clicks=25 + 5 * n)
    shop.run("2026-11-06 08:00")
    rows = shop.rows(
        "select date_day, window_days, predictions, bias from ops.prediction_accuracy"
        " where date_day >= '2026-11-04' order by date_day, window_days"
    )
    found = {(str(row["date_day"]), row["window_days"]): (row["predictions"], row["bias"]) for row in rows}
    assert found["2026-11-04", 1] == (1, pytest.approx(2.5 / 3.5 - 1))
    assert found["2026-11-04", 7] == found["2026-11-05", 30] == (3, pytest.approx(7.5 / 9 - 1))
    assert ("2026-11-05", 1) not in found


def test_the_same_hour_twice_pools_nothing_anew(shop: Shop):
    deliver(shop, before(LAST, 3), LAST, ads=5)
    predict_days(shop, before(LAST, 3), LAST, ads=5)
    assert shop.run(HOUR).pooled > 0
    before_that = shop.rows("select *, xmin::text from ops.prediction_accuracy order by 1, 2, 3, 4, 5, 6")
    assert shop.run(HOUR).pooled == 0
    assert shop.rows("select *, xmin::text from ops.prediction_accuracy order by 1, 2, 3, 4, 5, 6") == before_that


def test_what_is_judged_and_pooled_in_an_hour_is_read_once(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    deliver(shop, before(LAST, 20), LAST, ads=5)
    predict_days(shop, before(LAST, 20), LAST, ads=5)
    reads = []

    def read(conn: Any, models: set[pooling.Model], since: date, until: date) -> Any:
        reads.append((since, until))
        return read_comparisons(conn, models, since, until)

    monkeypatch.setattr(pooling, "read_comparisons", read)
    assert shop.run(HOUR).pooled > 0
    assert reads == [(before(LAST, 20 + pooling.LONGEST - 1), LAST)]


def test_a_new_day_has_its_own_row_though_nothing_was_compared(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.run("2026-11-04 08:00")
    assert shop.run("2026-11-06 08:00").look.due == 0
    days = shop.rows("select distinct date_day from ops.prediction_accuracy where window_days = 7 order by 1")
    assert [str(row["date_day"]) for row in days] == ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]


def test_a_restated_day_changes_the_pools_of_the_thirty_days_after_it(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.run("2026-11-30 08:00")
    shop.day("ad", "a", START, **DAY | {"clicks": 100})
    shop.run("2026-12-20 09:00")
    pools = (
        "select count(*) as n, max(date_day)::text as last, max(abs(bias)) as bias from ops.prediction_accuracy"
    )
    assert shop.rows(f"{pools} where window_days = 30") == [{"n": 30, "last": "2026-12-01", "bias": 0}]


def test_the_numbers_of_a_model_that_was_renamed_go_with_it(shop: Shop):
    shop.predict()
    shop.day("ad", "a", START, **DAY)
    shop.run("2026-11-04 08:00")
    shop.predict(model_name="deep-net")
    shop.run("2026-11-04 09:00")
    assert shop.rows("select distinct model_name from ops.prediction_accuracy") == [{"model_name": "deep-net"}]


def test_versions_of_a_model_are_ranked_on_the_same_objects_and_windows(shop: Shop):
    deliver(shop, before(LAST, 6), LAST, ads=20)
    predict_days(shop, before(LAST, 6), LAST, times=1.2, ads=20)
    predict_days(shop, before(LAST, 6), LAST, version="2", ads=20)
    shop.run(HOUR)
    rows = shop.rows("select model_version, rank, verdict, pairs from ops.model_ranking order by rank")
    assert [(row["model_version"], row["verdict"], row["pairs"]) for row in rows] == [
        ("2", "better", 140),
        ("1", "champion", 140),
    ]


def test_the_champion_stays_the_version_that_predicted_first_after_its_first_predictions_are_out_of_sight(
    shop: Shop,
):
    deliver(shop, before(LAST, 50), LAST, ads=12)
    predict_days(shop, before(LAST, 50), LAST, ads=12)
    predict_days(shop, before(LAST, 29), LAST, version="2", times=1.2, ads=12)
    shop.conn.execute(
        "update raw.predictions set predicted_at = predicted_at - interval '1 hour' where model_version = '2'"
    )
    hours(shop, HOUR)
    rows = shop.rows("select model_version, verdict, champion_version from ops.model_ranking order by rank")
    assert [tuple(row.values()) for row in rows] == [("1", "champion", "1"), ("2", "worse", "1")]


def test_two_models_are_kept_apart(shop: Shop):
    deliver(shop, before(LAST, 6), LAST, ads=10)
    predict_days(shop, before(LAST, 6), LAST, ads=10)
    predict_days(shop, before(LAST, 6), LAST, times=1.5, model="other", version="o", ads=10)
    shop.run(HOUR)
    rows = shop.rows(
        "select model_name, round(bias::numeric, 1)::float as bias from ops.prediction_accuracy"
        " where date_day = %s and window_days = 7 order by 1",
        LAST,
    )
    assert [tuple(row.values()) for row in rows] == [("net", 0.0), ("other", 0.5)]


def test_before_the_marts_exist_nothing_happens(shop: Shop):
    shop.predict()
    shop.conn.execute("drop table marts.performance_metrics")
    assert shop.run(HOUR).look.due == 0
    assert shop.versions() == []


@pytest.fixture
def drifting(shop: Shop) -> Shop:
    """A model that was right for a month and has been a fifth too high for nine days."""
    deliver(shop, before(LAST, 40), LAST + timedelta(days=3))
    predict_days(shop, before(LAST, 40), before(LAST, 9))
    predict_days(shop, before(LAST, 8), LAST, times=1.2)
    return shop


def events(shop: Shop) -> list[tuple[str, str]]:
    rows = shop.rows("select event_type, change from ops.event_outbox order by position")
    return [(row["event_type"], row["change"]) for row in rows]


def hours(shop: Shop, *moments: str) -> None:
    """The hourly run at moments, with an age limit that lets the whole month in."""
    settings = Settings(ADTRACK_ACCURACY_MAX_AGE_DAYS=60)
    for moment in moments:
        run_accuracy(shop.conn, settings, at(moment))


def test_a_drifting_model_is_told_once_with_what_changed_and_since_when(drifting: Shop):
    hours(drifting, HOUR, "2026-11-19 09:00", "2026-11-20 08:00")
    [drift] = drifting.rows("select * from ops.model_drift where date_day = %s and scope = 'model'", LAST)
    assert (drift["verdict"], drift["direction"]) == ("drift", "over")
    assert abs((drift["onset_day"] - before(LAST, 8)).days) <= 1
    assert events(drifting) == [
        ("campaign.performance_alert", "opened"),
        ("model.retrain_recommended", "opened"),
    ]
    [told] = drifting.rows("select data from ops.event_outbox where event_type = 'model.retrain_recommended'")
    data = told["data"]
    assert (data["model_name"], data["model_version"], data["metric"]) == ("net", "1", "ctr")
    assert (data["direction"], data["recent"]["forecasts"], data["onset"]) == (
        "over",
        420,
        str(drift["onset_day"]),
    )
    assert data["recent"]["bias"] == pytest.approx(0.2, abs=0.02)
    assert data["reference"]["bias"] == pytest.approx(0.0, abs=0.03)


def test_the_sentence_says_what_where_since_when_and_what_to_do(drifting: Shop):
    hours(drifting, HOUR)
    [alert] = drifting.rows("select * from ops.alerts")
    assert (alert["alert_type"], alert["level"], alert["object_name"]) == ("model_drift", "model", "net")
    for part in (
        "Model net predicts more CTR than before",
        "November",
        "20 % too high",
        "Retraining is recommended",
    ):
        assert part in alert["message"]


def test_a_model_with_weekly_versions_is_told_as_one_with_what_each_version_is_alone(drifting: Shop):
    drifting.conn.execute(
        "update raw.predictions set model_version = 'w' || to_char(window_start, 'IW') where model_name = 'net'"
    )
    hours(drifting, HOUR, "2026-11-19 09:00")
    verdicts = drifting.rows(
        "select scope, verdict, count(*) as n from ops.model_drift where date_day = %s group by 1, 2 order by 1",
        LAST,
    )
    assert [tuple(row.values()) for row in verdicts] == [
        ("model", "drift", 1),
        ("version", "not_enough_data", 7),
    ]
    [alert] = drifting.rows("select object_name, message, evidence from ops.alerts")
    assert (alert["object_name"], alert["evidence"]["model_version"]) == ("net", "w46")
    assert "alone: w46 not enough data, w47 not enough data" in alert["message"]
    assert [kind for kind, _ in events(drifting)].count("model.retrain_recommended") == 1


def test_a_model_that_is_right_again_ends_its_alert(drifting: Shop):
    hours(drifting, HOUR)
    predict_days(drifting, before(LAST, 8), LAST)
    hours(drifting, "2026-11-19 09:00")
    [alert] = drifting.rows("select status, resolved_reason from ops.alerts")
    assert tuple(alert.values()) == ("resolved", "ended")
    assert events(drifting)[-1] == ("campaign.performance_alert", "resolved")


def test_one_odd_day_is_suspected_and_not_told(shop: Shop):
    deliver(shop, before(LAST, 40), LAST)
    predict_days(shop, before(LAST, 40), before(LAST, 1))
    predict_days(shop, LAST, LAST, times=3)
    hours(shop, HOUR)
    [drift] = shop.rows("select verdict from ops.model_drift where date_day = %s and scope = 'model'", LAST)
    assert drift["verdict"] != "drift"
    assert events(shop) == []


def test_below_the_stated_number_of_predictions_nothing_is_said(shop: Shop):
    deliver(shop, before(LAST, 40), LAST, ads=5)
    predict_days(shop, before(LAST, 40), LAST, ads=5)
    hours(shop, HOUR)
    [drift] = shop.rows(
        "select verdict, recent_forecasts from ops.model_drift where date_day = %s and scope = 'model'", LAST
    )
    assert tuple(drift.values()) == ("not_enough_data", 35)
