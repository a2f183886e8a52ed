"""What a perfect forecast misses by: against the project's figures, definition and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from adtrack_pipeline.accuracy import ceiling, count_noise
from adtrack_pipeline.accuracy.noise import expected_events, pooled_ceiling, value_overdispersion
from tests.accuracy.predictions import unhurried


@pytest.mark.parametrize(
    ("events", "percent"), [(1, 74), (3, 45), (5, 35), (10, 25), (20, 18), (50, 11), (100, 8), (500, 3.6)]
)
def test_the_noise_is_the_published_one(events, percent):
    assert 100 * float(count_noise(events)) == pytest.approx(percent, abs=0.5 if percent > 4 else 0.05)


@unhurried
@given(st.floats(0.01, 300))
def test_the_closed_form_is_the_mean_absolute_deviation_of_poisson(mean):
    counts = np.arange(0, 1000)
    direct = (stats.poisson.pmf(counts, mean) * np.abs(counts - mean)).sum() / mean
    assert float(count_noise(mean)) == pytest.approx(direct, rel=1e-9)


def test_simulated_counts_miss_by_as_much():
    means = np.array([0.3, 1.0, 4.5, 12.0, 80.0])
    counts = np.random.default_rng(1).poisson(means, (200_000, 5))
    assert np.abs(counts - means).mean(axis=0) / means == pytest.approx(count_noise(means), rel=0.01)


def test_nothing_to_expect_and_no_number_are_answered():
    assert np.array_equal(
        count_noise(np.array([0.0, np.nan, -1.0, np.inf])), [2, np.nan, np.nan, np.nan], equal_nan=True
    )
    assert float(ceiling(0.0)) == 0.0


@unhurried
@given(st.floats(1, 1e12))
def test_the_noise_tends_to_the_normal_one_without_a_step(mean):
    assert float(count_noise(mean)) == pytest.approx(
        np.sqrt(2 / (np.pi * mean)), rel=0.1 / mean + 0.2 / mean + 1e-6
    )


def test_orders_of_unequal_value_are_as_noisy_as_fewer_equal_ones():
    rng, cv = np.random.default_rng(2), 0.8
    sigma = np.sqrt(np.log(1 + cv**2))
    orders = rng.poisson(30.0, 20_000)
    values = rng.lognormal(-(sigma**2) / 2, sigma, orders.sum())
    revenue = np.bincount(np.repeat(np.arange(20_000), orders), values, minlength=20_000)
    missed = np.abs(revenue - 30.0).mean() / 30.0
    assert float(count_noise(30.0, overdispersion=value_overdispersion(cv))) == pytest.approx(missed, rel=0.03)


@pytest.mark.parametrize("volume", [300, 3_000, 100_000], ids=lambda volume: f"{volume} impressions")
def test_the_pooled_ceiling_is_what_the_true_rates_score(volume):
    rng = np.random.default_rng(3)
    exposure = volume * rng.lognormal(0, 1, 20_000)
    mean = exposure * 0.01 * rng.lognormal(0, 0.5, 20_000)
    clicks = rng.poisson(mean).astype(float)
    true = 100 * (1 - np.abs(clicks - mean).sum() / clicks.sum())
    assert pooled_ceiling(clicks, exposure) == pytest.approx(true, abs=2)


def test_ads_without_volume_change_no_ceiling():
    clicks, exposure = np.array([50.0, 20.0]), np.array([1e4, 5e3])
    more = pooled_ceiling(np.append(clicks, np.zeros(1000)), np.append(exposure, np.zeros(1000)))
    assert more == pytest.approx(pooled_ceiling(clicks, exposure), rel=1e-12)


def test_a_pool_in_which_nothing_happened_has_no_ceiling():
    assert np.isnan(pooled_ceiling(np.zeros(3), np.ones(3)))
    assert np.isnan(pooled_ceiling(np.zeros(0), np.zeros(0)))


@unhurried
@given(st.lists(st.tuples(st.integers(0, 500), st.floats(1, 1e6)), min_size=1, max_size=20))
def test_expected_events_lie_between_the_ad_and_the_pool(rows):
    events, exposure = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
    found, pooled = expected_events(events, exposure), events.sum() / exposure.sum() * exposure
    low, high = np.minimum(events, pooled), np.maximum(events, pooled)
    assert ((low - 1e-9 <= found) & (found <= high * (1 + 1e-9) + 1e-9)).all()
