"""Drift: what is said, from when, in which direction, and what is not said."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from adtrack_pipeline.accuracy import LEAST_RECENT, LEAST_REFERENCE, compare, drift
from adtrack_pipeline.accuracy.change import ks_p_value
from tests.accuracy.predictions import DAY, crowd

ADS = 60


def age(rows):
    return np.array([(DAY - one).days for one in rows["window_end"]])


def bent(factor, since, until=0):
    """Predicted CTR times `factor` on the days `since` to `until` before the last."""

    def predicted(rows, _):
        days = age(rows)
        return rows["predicted_ctr"] * np.where((days <= since) & (days >= until), factor, 1.0)

    return predicted


def noisier(rows, rng):
    return rows["predicted_ctr"] * np.where(age(rows) < 10, rng.lognormal(0.0, 0.3, len(rows)), 1.0)


def said(frame, day=DAY, metric="ctr", **options):
    found = drift(compare(frame, today=DAY + timedelta(days=30)), day=day, **options)
    [one] = found[(found["metric"] == metric) & (found["scope"] == "model")].to_dict("records")
    return one


def test_errors_as_ever_are_stable():
    found = said(crowd(50, ADS))
    assert found["verdict"] == "stable"
    assert (found["recent_forecasts"], found["reference_forecasts"]) == (7 * ADS, 30 * ADS)
    assert found["p_value"] > 0.001
    assert found["onset_day"] is None or found["onset_day"] != found["onset_day"]


@pytest.mark.parametrize(
    ("factor", "direction", "sign"), [(1.3, "over", 1), (0.75, "under", -1)], ids=["over", "under"]
)
def test_a_bias_is_drift_with_its_direction_and_first_day(factor, direction, sign):
    found = said(crowd(50, ADS, predicted_ctr=bent(factor, since=5)))
    assert (found["verdict"], found["direction"]) == ("drift", direction)
    assert sign * found["effect"] > 0.5
    assert found["effect"] == found["bias_shift"]
    assert found["onset_day"] == DAY - timedelta(days=5)
    assert found["p_value"] < 0.001


def test_wider_errors_are_drift_of_their_own_kind():
    found = said(crowd(60, ADS, predicted_ctr=noisier))
    assert (found["verdict"], found["direction"]) == ("drift", "wider")
    assert found["effect"] == found["spread_ratio"] > 1.25
    assert abs((DAY - found["onset_day"]).days - 9) <= 2


def test_narrower_errors_are_named_and_need_no_training():
    def calmer(rows, _):
        truth = 100 * rows["clicks"] / rows["impressions"]
        return np.where(age(rows) < 7, truth * (rows["predicted_ctr"] / truth) ** 0.3, rows["predicted_ctr"])

    found = said(crowd(50, ADS, predicted_ctr=calmer))
    assert (found["verdict"], found["direction"]) == ("stable", "narrower")


def test_a_bias_that_goes_away_needs_no_training():
    found = said(crowd(50, ADS, predicted_ctr=bent(1.5, since=100, until=7)))
    assert found["bias_shift"] < -0.25
    assert found["verdict"] == "stable"


def test_a_change_is_suspected_on_its_first_day_and_drift_on_the_second():
    verdicts = []
    frame = crowd(60, ADS, predicted_ctr=bent(1.6, since=9))
    for back in range(12, 0, -1):
        verdicts.append(said(frame, day=DAY - timedelta(days=back))["verdict"])
    first = verdicts.index("suspected")
    assert set(verdicts[:first]) == {"stable"}
    assert set(verdicts[first + 1 :]) == {"drift"}


@pytest.mark.parametrize(
    ("days", "ads", "recent", "reference"),
    [(50, 42, 294, 1260), (15, 60, 420, 480), (11, 60, 420, 240)],
    ids=["few recent", "enough", "few before"],
)
def test_too_few_forecasts_are_not_enough_data(days, ads, recent, reference):
    found = said(crowd(days, ads, predicted_ctr=bent(2.0, since=3)))
    assert (found["recent_forecasts"], found["reference_forecasts"]) == (recent, reference)
    is_enough = recent >= LEAST_RECENT and reference >= LEAST_REFERENCE
    assert (found["verdict"] == "not_enough_data") == (not is_enough)
    assert is_enough or np.isnan(found["p_value"])


def test_a_bad_day_of_the_market_is_no_drift_where_days_differ_anyway():
    def moody(rows, rng):
        return rows["predicted_ctr"] * rng.lognormal(0.0, 0.12, 60)[age(rows)]

    verdicts = {said(crowd(60, ADS, seed=seed, predicted_ctr=moody))["verdict"] for seed in range(12)}
    assert "drift" not in verdicts


def test_orders_are_judged_once_they_are_in():
    frame = crowd(
        60,
        ADS,
        predicted_roas=lambda rows, rng: (
            2.85 * rng.lognormal(0, 0.2, len(rows)) * np.where(age(rows) < 7, 3.0, 1.0)
        ),
        conversions_nowcast=19.0,
        revenue_nowcast=285.0,
        is_final=False,
    )
    comparisons = compare(frame, today=DAY + timedelta(days=1))
    today = drift(comparisons, day=DAY)
    together = today[today["scope"] == "model"]
    assert together.set_index("metric")["verdict"].to_dict() == {"ctr": "stable", "roas": "stable"}
    later = said(frame, day=DAY + timedelta(days=7), metric="roas")
    assert (later["verdict"], later["direction"]) == ("drift", "over")


def test_a_change_of_volume_is_no_drift():
    def fewer(rows, rng):
        return np.where(age(rows) < 7, 400.0, rows["impressions"])

    frame = crowd(
        50, ADS, impressions=fewer, clicks=lambda rows, rng: rng.poisson(rows["impressions"] * _rate(rows))
    )
    frame["clicks"] = frame["clicks"].astype(float)
    assert said(frame)["verdict"] == "stable"


def _rate(rows):
    return np.random.default_rng(99).lognormal(0.0, 0.4, ADS)[rows["object_id"].str[1:].astype(int)] * 0.02


def test_a_model_with_a_new_version_each_week_drifts_like_one_that_never_changes_its_name():
    frame = crowd(50, ADS, predicted_ctr=bent(1.3, since=5))
    weekly = frame.assign(model_version=[f"w{one // 7}" for one in age(frame)])
    found = drift(compare(weekly), day=DAY)
    versions = found[found["scope"] == "version"]
    assert set(versions["verdict"]) == {"not_enough_data"}
    [model] = found[found["scope"] == "model"].to_dict("records")
    same = said(frame)
    assert (model["verdict"], model["direction"], model["model_version"]) == ("drift", "over", "")
    assert (model["effect"], model["onset_day"]) == (same["effect"], same["onset_day"])


def test_predictions_made_in_hindsight_are_no_evidence():
    frame = crowd(50, ADS, predicted_ctr=bent(1.5, since=5))
    late = age(frame) < 6
    frame.loc[late, "predicted_at"] += pd.Timedelta(days=3)
    found = said(frame)
    assert (found["verdict"], found["recent_forecasts"]) == ("not_enough_data", ADS)


def test_versions_are_judged_apart_and_what_nobody_predicted_is_not_mentioned():
    frame = crowd(50, 2 * ADS, model_version=["1", "2"] * 50 * ADS)
    frame.loc[frame["model_version"] == "2", "predicted_ctr"] = bent(1.5, since=6)(frame, None)
    found = drift(compare(frame), day=DAY)
    assert found[["scope", "model_version", "metric", "verdict"]].to_numpy().tolist() == [
        ["model", "", "ctr", "drift"],
        ["version", "1", "ctr", "stable"],
        ["version", "2", "ctr", "drift"],
    ]


@pytest.mark.parametrize("sizes", [(300, 300), (300, 1500), (2000, 9000)])
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.25])
def test_the_p_value_is_that_of_scipy(sizes, shift):
    rng = np.random.default_rng(3)
    one, other = rng.normal(shift, 1, sizes[0]), rng.normal(0, 1, sizes[1])
    expected = stats.ks_2samp(one, other, method="asymp").pvalue
    assert ks_p_value(one, other) == pytest.approx(expected, rel=0.1, abs=1e-12)


def test_exact_forecasts_and_constant_errors_are_stable():
    exact = crowd(50, ADS, predicted_spend=100.0)
    assert said(exact, metric="spend")["verdict"] == "stable"
    assert said(exact.assign(predicted_spend=120.0), metric="spend")["verdict"] == "stable"
