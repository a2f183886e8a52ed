"""Percent given as fractions: suspected by distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adtrack_pipeline.accuracy import fraction_suspicion
from tests.accuracy.predictions import unhurried


def rates(number=200, seed=0):
    return np.random.default_rng(seed).lognormal(0.5, 0.4, number)


@pytest.mark.parametrize(
    ("given_as", "words"), [(0.01, "fractions instead of percent"), (100.0, "hundred times too large")]
)
def test_a_hundredth_and_a_hundredfold_are_told_with_what_to_do(given_as, words):
    found = fraction_suspicion(given_as * rates(seed=1), rates(seed=2))
    assert found is not None
    assert found.factor == given_as
    assert words in found.sentence
    assert f"{found.median_actual:.3g} of what happened" in found.sentence


@unhurried
@given(st.floats(0.1, 10))
def test_a_bad_model_is_not_suspected(factor):
    assert fraction_suspicion(factor * rates(seed=1), rates(seed=2)) is None


def test_small_ctrs_that_some_ads_really_have_are_not_suspected():
    mixed = np.concatenate([rates(100), 0.01 * rates(110)])
    assert fraction_suspicion(mixed, rates(300)) is None


def test_the_two_need_not_be_pairs_and_what_is_no_number_is_left_out():
    predicted = np.concatenate([0.01 * rates(20), [np.nan, np.inf, 0.0, -1.0]])
    assert fraction_suspicion(predicted, rates(500)) is not None
    assert fraction_suspicion(predicted[:9], rates(500)) is None
    assert fraction_suspicion(np.zeros(50), rates(500)) is None
    assert fraction_suspicion(predicted, np.zeros(50)) is None
