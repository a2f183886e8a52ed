"""The score by hand and by scipy, over-dispersion by simulation, robust rates and shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from adtrack_pipeline.monitoring.found.incidents import runs
from adtrack_pipeline.monitoring.inputs.arrival import Arrival
from adtrack_pipeline.monitoring.strange.learned import lone_incident
from adtrack_pipeline.monitoring.strange.score import deviance_score, overdispersion
from adtrack_pipeline.monitoring.usual.baseline import usual_rate
from adtrack_pipeline.monitoring.usual.shape import trailing_sum, week_shape

counts = st.floats(0.0, 1e6)
means = st.floats(0.01, 1e6)
ods = st.floats(0.0, 2.0)


def score(observed: float, expected: float, od: float) -> float:
    return float(deviance_score(np.array([observed]), np.array([expected]), np.array([od]))[0])


@pytest.mark.parametrize(
    ("observed", "expected", "od", "by_hand"),
    [
        (0, 8, 0.0, -4.0),  # Poisson: 2 * (0 - (0 - 8)) = 16
        (0, 10, 0.5, -np.sqrt(8 * np.log(3.5))),  # k = 4: 2 * 4 * log((10 + 4) / 4)
        (20, 10, 0.0, np.sqrt(2 * (20 * np.log(2) - 10))),
        (7, 7, 0.3, 0.0),
        (5, 0, 0.3, 0.0),  # nothing was expected: nothing can be said
    ],
)
def test_the_score_is_the_signed_root_of_the_deviance(observed, expected, od, by_hand):
    assert score(observed, expected, od) == pytest.approx(by_hand, abs=2e-3)


@pytest.mark.parametrize(("observed", "expected", "od"), [(3, 12.0, 0.3), (60, 31.5, 0.2), (900, 1000.0, 0.05)])
def test_the_score_is_twice_the_gain_in_log_likelihood_of_scipys_negative_binomial(observed, expected, od):
    k = 1 / od**2
    best, usual = (stats.nbinom.logpmf(observed, k, k / (k + mean)) for mean in (observed, expected))
    assert score(observed, expected, od) ** 2 == pytest.approx(2 * (best - usual), rel=1e-6)


def test_without_overdispersion_the_score_is_poissons():
    best, usual = (stats.poisson.logpmf(30, mean) for mean in (30, 50.0))
    assert score(30, 50.0, 0.0) ** 2 == pytest.approx(2 * (best - usual), rel=5e-3)


def test_scores_of_chance_alone_are_standard_normal():
    rng = np.random.default_rng(1)
    k, mean = 1 / 0.2**2, 80.0
    drawn = rng.negative_binomial(k, k / (k + mean), 20_000).astype(float)
    scores = deviance_score(drawn, np.full(drawn.shape, mean), np.full(drawn.shape, 0.2))
    assert abs(scores.mean()) < 0.2
    assert scores.std() == pytest.approx(1.0, abs=0.05)


@given(observed=counts, expected=means, od=ods)
def test_the_sign_says_more_or_less_than_expected(observed, expected, od):
    found = score(observed, expected, od)
    assert np.isfinite(found)
    if abs(observed - expected) > 1e-3 * expected:
        assert found * (observed - expected) >= 0


@given(one=counts, other=counts, expected=means, od=ods)
def test_more_observed_never_scores_lower(one, other, expected, od):
    low, high = sorted((one, other))
    assert score(low, expected, od) <= score(high, expected, od) + 1e-4


@given(observed=counts, expected=means, od=st.floats(0.01, 1.0))
def test_more_spread_never_makes_it_stranger(observed, expected, od):
    assert abs(score(observed, expected, 2 * od)) <= abs(score(observed, expected, od)) + 1e-4


def sample(
    od: float, mean: float, *, units: int = 40, samples: int = 168, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    k = 1 / od**2
    expected = np.full((samples, units), mean)
    return rng.negative_binomial(k, k / (k + expected)).astype(float), expected


@pytest.mark.parametrize("true", [0.1, 0.25, 0.5])
@pytest.mark.parametrize("rises", [True, False])
def test_overdispersion_finds_what_was_simulated(true, rises):
    observed, expected = sample(true, 150.0)
    found = overdispersion(observed, expected, np.zeros(40, int), 0.2, rises=rises)
    assert np.median(found) == pytest.approx(true, rel=0.25)


def test_overdispersion_of_pure_chance_is_small():
    rng = np.random.default_rng(2)
    expected = np.full((168, 30), 100.0)
    found = overdispersion(rng.poisson(expected).astype(float), expected, np.zeros(30, int), 0.2, rises=False)
    assert np.median(found) < 0.06


def test_a_promotion_does_not_widen_what_counts_as_a_drop():
    observed, expected = sample(0.1, 200.0)
    promoted = observed.copy()
    promoted[100:130] *= 3.0
    groups = np.zeros(40, int)
    plain, after = (overdispersion(one, expected, groups, 0.2, rises=False) for one in (observed, promoted))
    assert np.median(after) == pytest.approx(np.median(plain), rel=0.05)
    assert np.median(overdispersion(promoted, expected, groups, 0.2, rises=True)) > 1.5 * np.median(after)


def test_without_history_the_prior_holds_and_units_borrow_from_their_account_only():
    nothing = np.zeros((0, 3))
    np.testing.assert_allclose(overdispersion(nothing, nothing, np.zeros(3, int), 0.3, rises=True), 0.3)
    observed, expected = sample(0.6, 100.0, units=20)
    observed[:, :10] = np.random.default_rng(6).poisson(expected[:, :10])
    groups = np.repeat([0, 1], 10)
    found = overdispersion(observed, expected, groups, 0.2, rises=False, own=False)
    assert found[:10].max() < 0.1 < 0.4 < found[10:].min()


def test_only_the_wanted_units_are_worked_out_and_come_out_the_same():
    observed, expected = sample(0.3, 60.0, units=12)
    groups = np.repeat([0, 1, 2], 4)
    everyone = overdispersion(observed, expected, groups, 0.2, rises=False)
    wanted = np.array([9, 2])
    some = overdispersion(observed, expected, groups, 0.2, rises=False, wanted=wanted)
    np.testing.assert_allclose(some, everyone[wanted])


def test_a_lone_incident_is_told_from_an_ad_that_is_always_erratic():
    best = np.full((21, 3), 1.5)
    best[9:12, 0] = 12.0  # one incident
    best[[4, 13], 1] = 12.0  # two
    best[::4, 2] = 9.0  # erratic
    lone = lone_incident(best)
    assert lone[9:12, 0].all()
    assert not lone[[2, 20], 0].any()
    assert lone[[4, 13], 1].all()
    assert not lone[:, 2].any()
    assert not lone_incident(np.zeros((0, 2))).any()


def test_one_wild_day_hardly_moves_the_usual_rate():
    exposure = np.full((40, 2), 1000.0)
    clicks = np.full((40, 2), 20.0)
    clicks[30, 1] = 20_000.0
    rate, days = usual_rate(clicks, exposure, clicks, 10.0, 0)
    np.testing.assert_allclose(rate[30:32], 0.02, rtol=1e-6)
    assert rate[32:, 1] == pytest.approx(0.02, rel=0.1)
    assert days[-1, 0] == 28


def test_the_usual_rate_follows_a_new_level_within_two_weeks():
    exposure = np.full((60, 1), 1000.0)
    clicks = np.where(np.arange(60)[:, None] < 30, 20.0, 30.0)
    rate, _ = usual_rate(clicks, exposure, clicks, 6.0, 0)
    assert rate[30, 0] == pytest.approx(0.02, rel=1e-6)
    assert rate[46, 0] > 0.026


def test_the_usual_rate_looks_back_only():
    rng = np.random.default_rng(3)
    clicks, exposure = rng.poisson(20.0, (50, 4)).astype(float), np.full((50, 4), 900.0)
    whole, _ = usual_rate(clicks, exposure, clicks, 10.0, 5)
    half, _ = usual_rate(clicks[:31], exposure[:31], clicks[:31], 10.0, 5)
    np.testing.assert_allclose(half, whole[:31])


def test_the_shape_of_the_week_averages_one_and_finds_the_rhythm():
    hours = np.arange(42 * 24)
    rhythm = (1 + 0.5 * np.cos(2 * np.pi * (hours % 24 - 15) / 24)) * np.where(hours // 24 % 7 >= 5, 0.6, 1.16)
    counts = np.random.default_rng(4).poisson(400 * rhythm[:, None] * np.ones(2)).astype(float)
    shape = week_shape(counts, np.ones_like(counts), counts, 100.0)
    assert shape.shape == (42, 24, 2)
    last_week = shape[-7:, :, 0].reshape(-1)
    assert last_week.mean() == pytest.approx(1.0, abs=0.03)
    assert np.corrcoef(last_week, rhythm[-7 * 24 :])[0, 1] > 0.98
    np.testing.assert_allclose(shape[0], 1.0)


def test_trailing_sums_leave_the_newest_days_out():
    values = np.arange(1.0, 11.0)[:, None]
    np.testing.assert_allclose(trailing_sum(values, days=3, gap=2)[:, 0], [0, 0, 1, 3, 6, 9, 12, 15, 18, 21])


def test_runs_join_over_short_gaps_and_break_over_long_ones():
    strange = np.zeros((100, 2), bool)
    strange[[5, 6, 20, 70], 1] = True
    strange[3, 0] = True
    assert runs(strange, quiet=24) == [(0, 3, 3), (1, 5, 20), (1, 70, 70)]
    assert runs(np.zeros((5, 2), bool)) == []


def test_late_conversions_wait_and_arrive_along_the_curve():
    arrival = Arrival(late=0.5, hours=10.0)
    expected = np.zeros((30, 1))
    expected[4] = 100.0
    waiting = arrival.waiting(expected)[:, 0]
    assert waiting[3] == 0
    assert waiting[4] == pytest.approx(50.0)
    assert waiting[14] == pytest.approx(50.0 / np.e)
