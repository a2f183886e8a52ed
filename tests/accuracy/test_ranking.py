"""Champion and challengers on the same ground."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.accuracy import compare, rank_versions
from adtrack_pipeline.accuracy.duels import clustered_ratio
from tests.accuracy.predictions import DAY, crowd, unhurried


def versions(ads=60, days=5, seed=7, **noise):
    """The same ads predicted by several versions, each with a log error of its own beside the true rate."""
    frames = []
    for number, (version, sigma) in enumerate(noise.items()):
        rng = np.random.default_rng([seed, number])
        frame = crowd(days, ads, seed=5, model_version=version)
        truth = 100 * frame["clicks"] / frame["impressions"]
        frames.append(
            frame.assign(
                predicted_ctr=truth * rng.lognormal(0.0, sigma, len(frame)),
                prediction_id=version + frame["prediction_id"],
                predicted_at=frame["predicted_at"] + pd.Timedelta(hours=number),
            )
        )
    return pd.concat(frames, ignore_index=True)


def ranked(frame, **options):
    found = rank_versions(compare(frame), **options)
    return found[found["metric"] == "ctr"].set_index("model_version")


def test_versions_are_ranked_by_their_difference_to_the_one_that_was_first():
    found = ranked(versions(v1=0.2, v2=0.1, v3=0.4))
    assert found["rank"].to_dict() == {"v1": 2, "v2": 1, "v3": 3}
    assert found["verdict"].to_dict() == {"v1": "champion", "v2": "better", "v3": "worse"}
    assert set(found["champion_version"]) == {"v1"}
    better = found.loc["v2"]
    assert (better["pairs"], better["objects"]) == (300, 60)
    assert 0 < better["difference_lower"] < better["difference"] < better["difference_upper"]
    assert better["difference"] == pytest.approx(better["accuracy"] - better["champion_accuracy"])


def test_equals_are_undecided():
    verdicts = [ranked(versions(seed=seed, v1=0.2, v2=0.2)).loc["v2", "verdict"] for seed in range(40)]
    assert verdicts.count("undecided") >= 34


def test_few_objects_decide_nothing_however_many_days():
    found = ranked(versions(ads=9, days=30, v1=0.4, v2=0.1)).loc["v2"]
    assert (found["verdict"], found["pairs"]) == ("not_enough_data", 270)
    assert np.isnan(found["difference_lower"])
    assert found["difference"] > 0


def test_only_objects_and_windows_of_both_count():
    frame = versions(v1=0.2, v2=0.1)
    easy = frame[(frame["model_version"] == "v2") & (frame["window_end"] == DAY)]
    easy = easy.assign(
        window_start=DAY - timedelta(days=200),
        window_end=DAY - timedelta(days=200),
        predicted_ctr=1e6,
        predicted_at=easy["predicted_at"] - pd.Timedelta(days=200),
        prediction_id="x" + easy["prediction_id"],
    )
    found = ranked(pd.concat([frame, easy], ignore_index=True), champion="v1")
    pd.testing.assert_series_equal(found.loc["v2"], ranked(frame).loc["v2"])


def test_a_version_with_nothing_in_common_has_no_rank():
    frame = versions(v1=0.2, v2=0.1)
    apart = frame.assign(object_id=frame["model_version"] + frame["object_id"])
    found = ranked(apart)
    assert found["verdict"].to_dict() == {"v1": "champion", "v2": "not_enough_data"}
    assert found.loc["v2", "rank"] is pd.NA
    assert found.loc["v2", "pairs"] == 0


def test_a_version_with_too_few_objects_is_not_ranked_above_those_that_can_be_judged():
    frame = versions(v1=0.3, v2=0.1, v3=0.0)
    only = frame[(frame["model_version"] != "v3") | (frame["prediction_id"] == "v3p0")]
    found = ranked(only)
    assert (found.loc["v3", "pairs"], found.loc["v3", "verdict"]) == (1, "not_enough_data")
    assert found.loc["v3", "rank"] is pd.NA
    assert found["rank"].drop("v3").to_dict() == {"v1": 2, "v2": 1}


def test_the_champion_is_the_version_that_predicted_first_of_all_and_not_first_in_the_span():
    frame = versions(v1=0.2, v2=0.1, v3=0.3)
    frame.loc[frame["model_version"] == "v1", "predicted_at"] += pd.Timedelta(hours=5)
    assert set(ranked(frame)["champion_version"]) == {"v2"}
    ever = {("meta", "model", one): pd.Timestamp(f"2025-0{n}-01", tz="UTC") for one, n in (("v1", 3), ("v2", 4))}
    found = ranked(frame, first_predicted=ever)
    assert found["verdict"].to_dict() == {"v1": "champion", "v2": "better", "v3": "worse"}


def test_hindsight_wins_nothing():
    frame = versions(v1=0.2, v2=0.0)
    late = frame["model_version"] == "v2"
    frame.loc[late, "predicted_at"] += pd.Timedelta(days=3)
    assert ranked(frame).empty


def test_the_champion_can_be_named_and_the_last_prediction_of_a_window_counts():
    frame = versions(v1=0.3, v2=0.1)
    found = ranked(frame, champion="v2")
    assert found["verdict"].to_dict() == {"v1": "worse", "v2": "champion"}
    first = frame[frame["model_version"] == "v2"].assign(predicted_ctr=99.0, prediction_id="early")
    first["predicted_at"] -= pd.Timedelta(hours=6)
    again = ranked(pd.concat([frame, first], ignore_index=True), champion="v2")
    assert again.loc["v1", "difference"] == found.loc["v1", "difference"]


def test_one_version_is_no_contest():
    assert ranked(versions(v1=0.2)).empty


def test_the_interval_holds_the_truth_as_often_as_it_says_with_dependent_days():
    rng, held = np.random.default_rng(4), 0
    for _ in range(400):
        size = rng.lognormal(0, 1, 40)
        gain = 0.1 * size + 0.5 * size * rng.standard_normal(40)
        cluster = np.repeat(np.arange(40), 5)
        lower, _, upper = clustered_ratio(gain[cluster] / 5, size[cluster] / 5, cluster, 0.95)
        held += lower <= 0.1 <= upper
    assert 0.91 <= held / 400 <= 0.98


@unhurried
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 5)), min_size=2, max_size=20), st.floats(0.1, 100))
def test_the_ratio_lies_in_its_interval_and_has_no_unit(rows, unit):
    part, whole = (np.array(one) for one in zip(*rows, strict=True))
    cluster = np.arange(len(part))
    lower, ratio, upper = clustered_ratio(part, whole, cluster, 0.9)
    assert lower <= ratio <= upper
    assert clustered_ratio(unit * part, unit * whole, cluster, 0.9) == pytest.approx(
        (lower, ratio, upper), abs=1e-9
    )


def test_the_interval_of_two_clusters_is_that_of_students_t_by_hand():
    # The sums miss the ratio 2 by −1 and 1: variance 2/1 · 2 / 2² = 1, and t with one degree of freedom is 12.706.
    lower, ratio, upper = clustered_ratio(
        np.array([1.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.5]), np.array([0, 1, 1]), 0.95
    )
    assert (lower, ratio, upper) == pytest.approx((2 - 12.7062, 2, 2 + 12.7062), abs=1e-4)


def test_a_ratio_without_a_whole_or_with_one_cluster_has_no_interval():
    assert np.isnan(clustered_ratio(np.ones(3), np.zeros(3), np.arange(3), 0.9)).all()
    lower, ratio, upper = clustered_ratio(np.ones(3), np.ones(3), np.zeros(3, dtype=int), 0.9)
    assert (ratio, np.isnan(lower), np.isnan(upper)) == (1.0, True, True)
