"""The formulas on plain arrays: the acceptance cases of accuracy measures, by property."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from adtrack_pipeline.accuracy import scores
from tests.accuracy.predictions import unhurried

amounts = st.floats(0.01, 1e6)


@st.composite
def forecasts(draw):
    number = draw(st.integers(1, 30))
    return tuple(draw(hnp.arrays(np.float64, number, elements=amounts)) for _ in range(3))


@unhurried
@given(forecasts())
def test_a_perfect_forecast_scores_100_without_bias(rows):
    _, actual, weight = rows
    nothing = np.zeros(len(actual))
    assert scores.accuracy(scores.wape(nothing, actual, weight)) == 100.0
    assert (scores.bias(nothing, actual, weight), scores.mae(nothing), scores.rmse(nothing)) == (0.0, 0.0, 0.0)


@unhurried
@given(forecasts())
def test_twice_the_truth_scores_0(rows):
    _, actual, weight = rows
    assert scores.accuracy(scores.wape(actual, actual, weight)) == pytest.approx(0.0, abs=1e-9)
    assert scores.bias(actual, actual, weight) == pytest.approx(1.0)


@unhurried
@given(forecasts(), st.floats(-0.9, 0.9))
def test_a_known_bias_comes_out_as_itself(rows, share):
    _, actual, weight = rows
    assert scores.bias(share * actual, actual, weight) == pytest.approx(share, abs=1e-9)
    assert scores.wape(share * actual, actual, weight) == pytest.approx(abs(share), abs=1e-9)


@unhurried
@given(forecasts(), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_neither_the_unit_nor_the_size_of_weights_matters(rows, unit, size):
    predicted, actual, weight = rows
    error = predicted - actual
    for measure in (scores.wape, scores.bias):
        assert measure(unit * error, unit * actual, size * weight) == pytest.approx(measure(error, actual, weight))


@unhurried
@given(forecasts())
def test_accuracy_stays_between_0_and_100_and_bias_within_the_wape(rows):
    predicted, actual, weight = rows
    share = scores.wape(predicted - actual, actual, weight)
    assert 0.0 <= scores.accuracy(share) <= 100.0
    assert abs(scores.bias(predicted - actual, actual, weight)) <= share * (1 + 1e-9)


@unhurried
@given(forecasts(), st.integers(1, 20))
def test_rows_without_weight_change_nothing(rows, more):
    predicted, actual, weight = rows
    error = predicted - actual
    padded = [np.append(one, np.full(more, value)) for one, value in ((error, 3.0), (actual, 0.0), (weight, 0.0))]
    assert scores.wape(*padded) == pytest.approx(scores.wape(error, actual, weight))
    assert scores.bias(*padded) == pytest.approx(scores.bias(error, actual, weight))


@pytest.mark.parametrize("rows", [0, 5], ids=["no rows", "all zero"])
def test_where_nothing_happened_nothing_is_scored_and_nothing_divided(rows):
    error, actual, weight = np.ones(rows), np.zeros(rows), np.ones(rows)
    with np.errstate(all="raise"):
        assert math.isnan(scores.wape(error, actual, weight))
        assert math.isnan(scores.bias(error, actual, weight))
        assert math.isnan(scores.accuracy(scores.wape(error, actual, weight)))


@unhurried
@given(forecasts())
def test_the_mean_absolute_error_is_never_above_the_root_of_the_mean_square(rows):
    predicted, actual, _ = rows
    assert scores.mae(predicted - actual) <= scores.rmse(predicted - actual) * (1 + 1e-12)


def order(predicted, actual, group=None):
    group = np.zeros(len(predicted), dtype=int) if group is None else np.asarray(group)
    codes = (scores.codes(np.asarray(one), group) for one in (predicted, actual))
    return scores.rank_correlation(*codes, group)


@unhurried
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=40))
def test_the_rank_correlation_is_that_of_scipy_with_ties(rows):
    predicted, actual = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
    assume(np.ptp(predicted) and np.ptp(actual))
    assert order(predicted, actual) == pytest.approx(stats.spearmanr(predicted, actual).statistic)


@unhurried
@given(hnp.arrays(np.float64, 40, elements=amounts), hnp.arrays(np.bool_, 40))
def test_a_part_of_the_codes_orders_a_part_of_the_rows(values, which):
    other = np.sin(values)
    assume(which.sum() > 2 and np.ptp(values[which]) and np.ptp(other[which]))
    group = np.zeros(40, dtype=int)
    codes = (scores.codes(one, group)[which] for one in (values, other))
    found = scores.rank_correlation(*codes, group[which])
    assert found == pytest.approx(stats.spearmanr(values[which], other[which]).statistic)


@unhurried
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=60))
def test_the_rank_correlation_of_groups_is_the_mean_of_theirs_by_their_numbers(rows):
    group, predicted, actual = (np.array(one) for one in zip(*rows, strict=True))
    parts = [(predicted[group == one], actual[group == one]) for one in range(3)]
    usable = [(one, other) for one, other in parts if len(one) >= 3 and np.ptp(one) and np.ptp(other)]
    assume(usable)
    known = [stats.spearmanr(one, other).statistic for one, other in usable]
    assert order(predicted, actual, group) == pytest.approx(
        np.average(known, weights=[len(one) for one, _ in usable]), abs=1e-9
    )


def test_an_order_needs_three_rows_and_differences():
    assert math.isnan(order([1.0, 2.0], [1.0, 2.0]))
    assert math.isnan(order(np.ones(5), np.arange(5.0)))
    assert order([1.0, 2.0, 9.0], [1.0, 20.0, 21.0]) == pytest.approx(1.0)


def test_skill_is_0_for_the_baseline_itself_1_for_perfection_and_negative_for_worse():
    error, weight = np.array([1.0, -2.0]), np.ones(2)
    assert scores.skill(error, error, weight) == 0.0
    assert scores.skill(0 * error, error, weight) == 1.0
    assert scores.skill(2 * error, error, weight) == -1.0
    assert math.isnan(scores.skill(error, 0 * error, weight))
