"""Standardised errors and the change in them, on plain arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.accuracy.change import Sample, change, onset
from adtrack_pipeline.accuracy.errors import count_deviation, extra_deviation, relative_error
from adtrack_pipeline.accuracy.noise import ceiling
from tests.accuracy.predictions import unhurried


def sample(days, per_day, seed=0, shift=0.0, spread=1.0):
    rng = np.random.default_rng(seed)
    return Sample(shift + spread * rng.standard_normal(days * per_day), np.repeat(np.arange(days), per_day))


@unhurried
@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1e-3, 1e3))
def test_the_relative_error_is_bounded_antisymmetric_and_without_unit(predicted, actual, unit):
    one, other = np.array([predicted]), np.array([actual])
    found = relative_error(one, other)
    assert -2 <= found[0] <= 2
    assert relative_error(other, one) == -found
    assert relative_error(unit * one, unit * other) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("events", [30, 100, 10_000])
def test_the_deviation_of_a_count_is_about_that_of_poisson(events):
    assert float(count_deviation(ceiling(events))) == pytest.approx(events**-0.5, rel=0.02)
    assert float(count_deviation(np.array(np.nan))) == 0.0


@pytest.mark.parametrize("extra", [0.05, 0.2, 0.5])
def test_the_extra_deviation_is_found_beside_that_of_counts_of_all_sizes(extra):
    rng = np.random.default_rng(1)
    counts = rng.uniform(0.01, 0.4, 20_000)
    relative = rng.standard_normal(20_000) * np.hypot(counts, extra)
    assert extra_deviation(relative, counts) == pytest.approx(extra, rel=0.15)
    wild = np.append(relative, np.full(400, 2.0))
    assert extra_deviation(wild, np.append(counts, np.full(400, 0.1))) == pytest.approx(extra, rel=0.2)


def test_counts_noisier_than_the_errors_leave_nothing_extra():
    rng = np.random.default_rng(2)
    assert extra_deviation(0.1 * rng.standard_normal(5_000), np.full(5_000, 0.3)) < 0.01


@unhurried
@given(st.floats(-3, 3), st.floats(0.3, 3))
def test_shift_and_ratio_are_measured_in_deviations_before(shift, spread):
    found = change(sample(7, 200, 1, shift, spread), sample(30, 200, 2))
    assert found.bias_shift == pytest.approx(shift, abs=0.15 + 0.1 * spread)
    assert found.spread_ratio == pytest.approx(spread, rel=0.1)
    assert 0 <= found.p_value <= 1
    assert found.is_change <= (found.direction in {"over", "under", "wider"})


def test_half_a_deviation_or_half_as_wide_again_is_found_with_350_against_1500():
    found = [change(sample(7, 50, seed, 0.5), sample(30, 50, 1000 + seed)).is_change for seed in range(40)]
    wider = [change(sample(7, 50, seed, 0.0, 1.5), sample(30, 50, 1000 + seed)).is_change for seed in range(40)]
    quiet = [change(sample(7, 50, seed), sample(30, 50, 1000 + seed)).is_change for seed in range(200)]
    assert (sum(found) >= 38, sum(wider) >= 38, sum(quiet)) == (True, True, 0)


def test_a_shift_that_is_certain_but_small_is_none():
    found = change(sample(7, 20_000, 1, 0.1), sample(30, 20_000, 2))
    assert found.p_value < 1e-9
    assert (found.direction, found.is_change) == (None, False)
    assert np.isnan(found.effect)


@pytest.mark.parametrize("since", [2, 6, 11])
@pytest.mark.parametrize(
    ("shift", "spread", "direction"), [(1.0, 1.0, "over"), (0.0, 2.5, "wider")], ids=["shift", "spread"]
)
def test_the_onset_is_the_day_from_which_errors_are_different(since, shift, spread, direction):
    rng, ages = np.random.default_rng(3), np.repeat(np.arange(37), 60)
    errors = rng.standard_normal(len(ages))
    errors = np.where(ages <= since, shift + spread * errors, errors)
    assert abs(onset(errors, ages, direction, 14) - since) <= 1


def test_an_onset_needs_a_before():
    assert onset(np.ones(3), np.zeros(3), "over", 14) == 0
