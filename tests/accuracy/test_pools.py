"""Accuracy over many predictions, from pairs to the table."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from adtrack_pipeline.accuracy import AccuracyError, compare, count_noise, pooled_accuracy
from tests.accuracy.predictions import DAY, crowd, pairs


def pooled(frame, metric="ctr", window=1, **options):
    found = pooled_accuracy(compare(frame, **options), day=DAY)
    return found[(found["metric"] == metric) & (found["window_days"] == window)].iloc[0]


def test_ctr_is_weighed_by_impressions_and_roas_by_spend():
    found = pooled(
        pairs(
            {"predicted_ctr": 3.0, "predicted_roas": 3.0},
            {"predicted_ctr": 3.0, "predicted_roas": 3.0, "impressions": 1_000.0, "clicks": 10.0, "spend": 300.0},
        )
    )
    assert found["wape"] == pytest.approx((25 + 20) / 285)
    assert found["bias"] == pytest.approx(45 / 285)
    assert (found["mae"], found["rmse"]) == pytest.approx((1.125, np.sqrt((0.0625 + 4) / 2)))
    roas = pooled(
        pairs({"predicted_roas": 3.0}, {"predicted_roas": 3.0, "spend": 300.0, "revenue": 600.0}), metric="roas"
    )
    assert roas["wape"] == pytest.approx((15 + 300) / 885)


def test_the_worked_examples_of_the_measures():
    perfect = pooled(crowd(1, 50, predicted_ctr=lambda rows, _: 100 * rows["clicks"] / rows["impressions"]))
    assert (perfect["accuracy"], perfect["bias"], perfect["rank_correlation"]) == pytest.approx((100, 0, 1))
    double = pooled(crowd(1, 50, predicted_ctr=lambda rows, _: 200 * rows["clicks"] / rows["impressions"]))
    assert (double["accuracy"], double["bias"]) == pytest.approx((0, 1))
    high = pooled(crowd(1, 50, predicted_ctr=lambda rows, _: 110 * rows["clicks"] / rows["impressions"]))
    assert (high["accuracy"], high["bias"]) == pytest.approx((90, 0.10))


def test_all_zero_actuals_are_not_scorable():
    found = pooled(crowd(1, 5, clicks=0.0, conversions=0.0, revenue=0.0))
    assert found["summed"] == 5
    assert np.isnan(
        [found[name] for name in ("wape", "accuracy", "bias", "rank_correlation", "noise_ceiling")]
    ).all()


def test_ads_without_data_change_nothing_but_the_number_of_predictions():
    frame = crowd(3, 20, predicted_roas=2.5)
    dead = crowd(3, 20, predicted_roas=2.5).assign(
        prediction_id=lambda rows: "dead" + rows["prediction_id"],
        **dict.fromkeys(("impressions", "clicks", "spend", "conversions", "revenue"), 0.0),
    )
    unknown = dead.assign(is_matched=False, prediction_id="unknown" + dead["prediction_id"])
    ahead = dead.assign(is_due=False, prediction_id="ahead" + dead["prediction_id"])
    before, after = (
        pooled_accuracy(compare(one), day=DAY)
        for one in (frame, pd.concat([frame, dead, unknown, ahead], ignore_index=True))
    )
    assert (after["predictions"] == 4 * before["predictions"]).all()
    pd.testing.assert_frame_equal(after.drop(columns="predictions"), before.drop(columns="predictions"))


def test_ads_with_too_few_events_count_in_the_sums_and_not_alone():
    tiny = {"predicted_ctr": 2.0, "impressions": 20.0, "clicks": 1.0}
    found = pooled(pairs({"predicted_ctr": 2.75}, *[tiny] * 10))
    assert (found["predictions"], found["summed"], found["scored"]) == (11, 11, 1)
    assert found["mae"] == 0.0
    assert found["bias"] == pytest.approx(-6 / 285)


def test_the_perfect_rates_reach_the_ceiling():
    frame = crowd(30, 100, predicted_ctr=lambda rows, _: _true_ctr(rows), impressions=300.0, clicks=_clicks)
    found = pooled(frame, window=30)
    assert found["accuracy_of_ceiling"] == pytest.approx(100, abs=3)
    assert found["noise_ceiling"] < 75
    assert found["skill"] != found["skill"]


def _true_ctr(rows):
    return 100 * np.random.default_rng(99).lognormal(0.0, 0.4, 100)[rows["object_id"].str[1:].astype(int)] * 0.02


def _clicks(rows, rng):
    return rng.poisson(rows["impressions"] * _true_ctr(rows) / 100).astype(float)


def test_the_ceiling_of_a_single_ad_is_that_of_its_events():
    found = pooled(pairs({"predicted_conversions": 20.0}), metric="conversions")
    assert found["noise_ceiling"] == pytest.approx(100 * (1 - float(count_noise(19.0))))
    assert np.isnan(pooled(pairs({"predicted_spend": 20.0}), metric="spend")["noise_ceiling"])


def test_windows_reach_back_from_the_day_and_no_further():
    found = pooled_accuracy(compare(crowd(40, 3, last=DAY + timedelta(days=2))), day=DAY)
    assert found["window_days"].tolist() == [1, 7, 30]
    assert found["predictions"].tolist() == [3, 21, 90]
    assert set(found["date_day"]) == {DAY}


def test_several_days_in_one_call_are_what_each_says_alone():
    comparisons = compare(crowd(12, 8, predicted_spend=90.0, currency=["EUR", "JPY"] * 48))
    days = [DAY - timedelta(days=back) for back in range(4)]
    together = pooled_accuracy(comparisons, day=days)
    alone = pd.concat([pooled_accuracy(comparisons, day=day) for day in days])
    keys = ["metric", "date_day", "window_days"]
    pd.testing.assert_frame_equal(*(one.sort_values(keys, ignore_index=True) for one in (together, alone)))
    assert pooled_accuracy(comparisons, day=[]).empty


def test_versions_and_platforms_are_kept_apart():
    frame = crowd(1, 6, model_version=["1", "2"] * 3, platform=["meta", "meta", "google"] * 2)
    found = pooled_accuracy(compare(frame), day=DAY, windows=(1,))
    assert found[["platform", "model_version", "predictions"]].to_numpy().tolist() == [
        ["google", "1", 1],
        ["google", "2", 1],
        ["meta", "1", 2],
        ["meta", "2", 2],
    ]


def test_intervals_that_hold_80_percent_are_told_to():
    def lower(rows, rng):
        return rows["predicted_ctr"] * np.where(rng.random(len(rows)) < 0.8, 0.0, 10.0)

    frame = crowd(30, 100, predicted_ctr_lower=lower, predicted_ctr_upper=1e9)
    found = pooled(frame, window=30)
    assert found["interval_coverage"] == pytest.approx(0.8, abs=0.02)
    assert found["interval_level"] == pytest.approx(0.8)
    assert np.isnan(pooled(crowd(1, 3))["interval_coverage"])


def test_skill_is_against_the_last_7_days():
    before = {"baseline_impressions": 1000.0, "baseline_clicks": 30.0}
    found = pooled(pairs({"predicted_ctr": 2.70, **before}, {"predicted_ctr": 2.80}))
    assert found["skill"] == pytest.approx(1 - 0.05 / 0.25)


def test_unsettled_orders_are_only_used_while_there_are_no_others_and_flagged():
    frame = crowd(10, 2, predicted_roas=3.0, is_final=False, conversions_nowcast=19.0, revenue_nowcast=285.0)
    today = DAY + timedelta(days=1)
    fresh, month = (pooled(frame, metric="roas", window=window, today=today) for window in (7, 30))
    assert (fresh["is_provisional"], fresh["summed"]) == (True, 14)
    assert (month["is_provisional"], month["summed"], month["predictions"]) == (False, 6, 20)
    assert not pooled(frame, metric="ctr", window=7, today=today)["is_provisional"]


def test_a_running_window_makes_a_provisional_ctr():
    frame = crowd(1, 3, is_final=False)
    assert pooled(frame, today=DAY)["is_provisional"]
    assert not pooled(frame, today=DAY + timedelta(days=1))["is_provisional"]


def test_hindsight_is_counted_and_enters_no_measure():
    known = crowd(1, 4, predicted_ctr_lower=0.0, predicted_ctr_upper=5.0)
    late = known.assign(
        predicted_ctr=100 * known["clicks"] / known["impressions"],
        predicted_at=pd.Timestamp(DAY, tz="UTC") + pd.Timedelta(days=2),
        prediction_id="late" + known["prediction_id"],
    )
    alone, both = (pooled(one) for one in (known, pd.concat([known, late], ignore_index=True)))
    assert (both["hindsight"], both["predictions"], both["summed"]) == (4, 8, 4)
    told = ["hindsight", "predictions"]
    pd.testing.assert_series_equal(both.drop(told), alone.drop(told))
    only = pooled(late)
    assert (only["hindsight"], only["summed"], only["is_provisional"]) == (4, 0, False)
    assert np.isnan(only["accuracy"])


def test_the_order_is_looked_for_within_a_level_and_a_window():
    rng = np.random.default_rng(1)
    rows = [
        {"level": level, "predicted_conversions": predicted, "conversions": actual, "window_start": start}
        for level, start, scale in (
            ("ad", DAY, 1), ("campaign", DAY, 50), ("ad", DAY - timedelta(days=6), 7)
        )
        for predicted, actual in zip(*rng.uniform(20, 60, (2, 200)) * scale, strict=True)
    ]  # fmt: skip
    early = pd.Timestamp(DAY - timedelta(days=20), tz="UTC")
    assert abs(pooled(pairs(*rows, predicted_at=early), metric="conversions")["rank_correlation"]) < 0.15
    reverse = [row | {"predicted_conversions": 1e4 - row["conversions"]} for row in rows[:200]]
    right = [row | {"predicted_conversions": row["conversions"]} for row in rows[200:]]
    found = pooled(pairs(*reverse, *right, predicted_at=early), metric="conversions")
    assert found["rank_correlation"] == pytest.approx((-200 + 400) / 600)
    lonely = [row | {"window_start": DAY - timedelta(days=n % 5)} for n, row in enumerate(rows[:10])]
    assert np.isnan(pooled(pairs(*lonely, predicted_at=early), metric="conversions")["rank_correlation"])


def test_an_average_ad_weighs_the_same_in_every_currency():
    euros = [{"predicted_spend": 110.0, "spend": 100.0, "currency": "EUR"}] * 2
    yen = [{"predicted_spend": 30_000.0, "spend": 20_000.0, "currency": "JPY"}] * 2
    found = pooled(pairs(*euros, *yen), metric="spend")
    assert found["wape"] == pytest.approx((0.1 + 0.5) / 2)
    assert np.isnan(found["mae"])
    alone = pooled(pairs(*yen), metric="spend")
    assert (alone["wape"], alone["mae"]) == pytest.approx((0.5, 10_000))
    roas = [
        {"predicted_roas": p, "currency": c, "spend": s, "revenue": 2 * s}
        for p, c, s in ((3, "EUR", 1.0), (2, "JPY", 150.0))
    ]
    assert pooled(pairs(*roas), metric="roas")["wape"] == pytest.approx(0.25)


def test_the_order_is_looked_for_across_currencies():
    rng = np.random.default_rng(1)
    amounts = rng.lognormal(3, 1, (2, 30))
    amounts /= amounts.mean(axis=1, keepdims=True)
    wrong = amounts * rng.lognormal(0, 0.5, (2, 30))
    rows = [
        [{"predicted_spend": p, "spend": a} for p, a in zip(*one, strict=True)]
        for one in zip(wrong, amounts, strict=True)
    ]
    alike = pooled(pairs(*rows[0], *rows[1], currency="EUR"), metric="spend")
    yen = [{name: 150 * value for name, value in row.items()} | {"currency": "JPY"} for row in rows[1]]
    mixed = pooled(pairs(*[row | {"currency": "EUR"} for row in rows[0]], *yen), metric="spend")
    for name in ("rank_correlation", "wape", "bias"):
        assert mixed[name] == pytest.approx(alike[name])


def test_no_comparisons_make_an_empty_table_and_a_foreign_frame_one_sentence():
    nothing = pooled_accuracy(compare(pairs({})).iloc[:0], day=DAY)
    assert (len(nothing), "accuracy_of_ceiling" in nothing) == (0, True)
    with pytest.raises(AccuracyError, match="Comparisons have no column window_end"):
        pooled_accuracy(pd.DataFrame({"a": [1]}), day=DAY)


def test_a_table_that_was_stored_and_read_again_says_the_same():
    found = compare(crowd(3, 20, predicted_ctr_lower=0.0, predicted_ctr_upper=2.0))
    stored = found.astype(object).where(found.notna(), None)
    pd.testing.assert_frame_equal(pooled_accuracy(stored, day=DAY), pooled_accuracy(found, day=DAY))
