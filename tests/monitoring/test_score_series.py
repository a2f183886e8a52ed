"""`score_series`: one number per value of any series, from its past only."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adtrack_pipeline.monitoring import score_series

BAR = 8.0


def hourly(days: int, seed: int = 0, *, weekend: float = -30.0) -> tuple[pd.DatetimeIndex, np.ndarray]:
    hours = np.arange(days * 24)
    season = 100 + 40 * np.sin(2 * np.pi * hours / 24) + np.where(hours // 24 % 7 >= 5, weekend, 0)
    at = pd.date_range("2026-01-05", periods=len(hours), freq="h", tz="UTC")
    return at, season + np.random.default_rng(seed).normal(0, 4, len(hours))


def test_spikes_and_dips_rank_highest():
    at, values = hourly(28, weekend=0.0)
    wrong = [300, 450, 600]
    values[wrong] += [90.0, -80.0, 100.0]
    score = score_series(at, values)
    assert set(np.argsort(score)[-3:]) == set(wrong)
    assert score[wrong].min() > BAR


def test_days_and_weeks_are_no_anomaly():
    at, values = hourly(35, seed=1)
    score = score_series(at, values)
    assert np.isfinite(score).all()
    assert (score[24 * 21 :] < BAR).all()
    assert np.median(score) < 2.0


def test_the_score_has_no_sign_and_the_shape_of_the_values():
    at, values = hourly(10)
    score = score_series(at, values)
    assert score.shape == values.shape
    assert (score >= 0).all()


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(2, 239), seed=st.integers(0, 5))
def test_the_score_of_a_value_depends_on_its_past_only(cut, seed):
    at, values = hourly(10, seed)
    np.testing.assert_allclose(score_series(at[:cut], values[:cut]), score_series(at, values)[:cut])


def test_a_constant_series_scores_zero_until_it_changes():
    at, _ = hourly(14)
    values = np.full(len(at), 7.0)
    assert (score_series(at, values) == 0).all()
    values[200] = 14.0
    score = score_series(at, values)
    assert score.argmax() == 200
    assert (score[:200] == 0).all()


def test_unknown_values_score_zero_and_disturb_nothing():
    at, values = hourly(20)
    whole = score_series(at, values)
    holes = values.copy()
    holes[[100, 101, 250]] = [np.nan, np.inf, -np.inf]
    score = score_series(at, holes)
    assert (score[[100, 101, 250]] == 0).all()
    assert np.isfinite(score).all()
    assert np.median(np.abs(score - whole)) < 0.1
    assert (score_series(at, np.full(len(at), np.nan)) == 0).all()


def test_what_stays_wrong_for_hours_counts_though_no_hour_is_far_off():
    rng = np.random.default_rng(2)
    at = pd.date_range("2026-01-05", periods=800, freq="h", tz="UTC")
    values = 50 + rng.normal(0, 2, 800)
    values[600:610] += 6.0
    assert score_series(at, values)[600:612].max() > 5.0


def test_the_score_does_not_depend_on_the_unit():
    at, values = hourly(14)
    np.testing.assert_allclose(score_series(at, values * 1000), score_series(at, values), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_short_series_have_no_anomalies(length):
    at, values = hourly(1)
    assert (score_series(at[:length], values[:length]) == 0).all()


def test_text_naive_and_irregular_instants_are_understood():
    at, values = hourly(9)
    expected = score_series(at, values)
    np.testing.assert_allclose(score_series([str(one) for one in at], list(values)), expected)
    np.testing.assert_allclose(score_series(at.tz_localize(None), values), expected)
    kept = np.sort(np.random.default_rng(0).choice(len(at), 150, replace=False))
    assert np.isfinite(score_series(at[kept], values[kept])).all()


def test_daily_values_are_judged_too():
    at = pd.date_range("2026-01-05", periods=60, freq="D", tz="UTC")
    values = 100 + np.where(np.arange(60) % 7 >= 5, -40, 0) + np.random.default_rng(1).normal(0, 3, 60)
    values[50] = 300
    assert score_series(at, values).argmax() == 50


def test_unsorted_and_unequal_input_is_refused():
    at, values = hourly(3)
    with pytest.raises(ValueError, match="do not ascend"):
        score_series(at[::-1], values)
    with pytest.raises(ValueError, match="72 timestamps but 71 values"):
        score_series(at, values[:-1])


@pytest.mark.parametrize("gap", [slice(500, 507), slice(300, 340), slice(400, 401)])
def test_rows_that_are_missing_are_values_that_are_missing(gap):
    at, values = hourly(40, weekend=0.0)
    keep = np.ones(len(at), bool)
    keep[gap] = False
    holes = np.where(keep, values, np.nan)
    score = score_series(at[keep], values[keep])
    np.testing.assert_allclose(score, score_series(at, holes)[keep], rtol=1e-6, atol=1e-6)
    assert score[gap.start :].max() < BAR


def test_gaps_among_the_first_values_hide_no_season():
    at, values = hourly(40, weekend=0.0)
    keep = np.ones(len(at), bool)
    keep[[2, 3, 5, 8, 9, 10]] = False
    assert score_series(at[keep], values[keep])[500:].max() < BAR


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(2, 200), seed=st.integers(0, 5), share=st.floats(0.5, 1.0), denser=st.booleans())
def test_the_score_of_a_value_with_gaps_before_it_depends_on_its_past_only(cut, seed, share, denser):
    at, values = hourly(12, seed)
    keep = np.random.default_rng(seed).random(len(at)) < share
    at, values = at[keep], values[keep]
    if denser:  # later values come five times as often
        at = at[:100].append(pd.date_range(at[99], periods=len(at) - 99, freq="12min")[1:])
    cut = min(cut, len(at))
    np.testing.assert_allclose(score_series(at[:cut], values[:cut]), score_series(at, values)[:cut])


@pytest.mark.parametrize("frequency", ["5min", "h", "D", "W", "MS"])
def test_regular_series_of_any_step_find_their_spike(frequency):
    at = pd.date_range("2026-01-01", periods=300, freq=frequency, tz="UTC")
    values = 100 + np.random.default_rng(3).normal(0, 3, 300)
    values[200] = 200
    assert score_series(at, values).argmax() == 200


def test_the_clock_change_of_a_daily_series_is_no_gap():
    at = pd.date_range("2026-01-05", periods=200, freq="D", tz="Europe/Berlin")
    values = 100 + np.where(np.arange(200) % 7 >= 5, -40, 0) + np.random.default_rng(1).normal(0, 3, 200)
    utc = pd.date_range("2026-01-05", periods=200, freq="D", tz="UTC")
    np.testing.assert_allclose(score_series(at, values), score_series(utc, values))


@pytest.mark.parametrize("rate", [0.1, 0.3, 1.0])
def test_counts_that_are_mostly_zero_are_measured_by_the_ones_there_are(rate):
    at, _ = hourly(42)
    values = np.random.default_rng(7).poisson(rate, len(at)).astype(float)
    values[800:803] = 12.0
    score = score_series(at, values)
    quiet = np.r_[score[168:800], score[830:]]
    assert np.quantile(quiet, 0.99) < 2 * BAR
    assert score[800:803].max() > 1.5 * np.quantile(quiet, 0.99)


def test_the_spread_of_a_season_is_not_that_of_the_days_before_it_was_known():
    at, values = hourly(8, weekend=0.0)
    values[24 * 5 + 12] += 60.0
    score = score_series(at, values)
    assert score.argmax() == 24 * 5 + 12
    assert score.max() > BAR
