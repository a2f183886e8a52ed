"""Pictures: there, of the right size, with something on them, and none where there is nothing to show."""

from datetime import timedelta
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from adtrack_pipeline.accuracy import compare, pooled_accuracy
from adtrack_pipeline.accuracy.drawing import new_figure, square_axes
from adtrack_pipeline.accuracy.plots import accuracy_over_time_png, calibration_png, predicted_v_actual_png
from tests.accuracy.predictions import DAY, crowd, pairs

TITLE = "model 1 $x$ <b>"


@pytest.fixture(scope="module")
def comparisons():
    return compare(crowd(20, 30, predicted_ctr_lower=1.0, predicted_ctr_upper=3.0))


def ink(picture):
    """Share of the picture that is not white."""
    assert picture is not None
    pixels = imread(BytesIO(picture), format="png")
    assert pixels.shape[:2] == (630, 900)
    return float((pixels[..., :3].min(axis=2) < 0.97).mean())


def test_points_and_density_are_drawn(comparisons):
    few = predicted_v_actual_png(comparisons, "ctr", title=TITLE)
    many = predicted_v_actual_png(pd.concat([comparisons] * 6), "ctr", title=TITLE)
    assert 0.03 < ink(few) < 0.6
    assert 0.03 < ink(many) < 0.6
    assert few != many


def test_what_was_made_in_hindsight_is_not_drawn():
    late = compare(crowd(20, 30, predicted_at=pd.Timestamp(DAY + timedelta(days=1), tz="UTC")))
    assert predicted_v_actual_png(late, "ctr", title=TITLE) is None
    assert calibration_png(late, "ctr", title=TITLE) is None


def test_calibration_and_accuracy_over_time_are_drawn(comparisons):
    pooled = pd.concat([pooled_accuracy(comparisons, day=DAY - timedelta(days=back)) for back in range(5)])
    provisional = pooled.assign(is_provisional=True)
    pictures = [accuracy_over_time_png(one, "ctr", title=TITLE) for one in (pooled, provisional)]
    assert all(0.01 < ink(one) < 0.4 for one in [*pictures, calibration_png(comparisons, "ctr", title=TITLE)])
    assert pictures[0] != pictures[1]


def test_where_there_is_nothing_to_show_there_is_no_picture(comparisons):
    assert predicted_v_actual_png(comparisons, "roas", title=TITLE) is None
    assert predicted_v_actual_png(compare(pairs({"predicted_ctr": 2.0})), "ctr", title=TITLE) is None
    assert calibration_png(compare(crowd(2, 30, predicted_ctr=2.0)), "ctr", title=TITLE) is None
    assert calibration_png(comparisons.iloc[:6], "ctr", title=TITLE) is None
    assert accuracy_over_time_png(pooled_accuracy(comparisons, day=DAY), "ctr", title=TITLE) is None


@pytest.mark.parametrize(
    "values",
    [[0.0, 0.0, 5.0], [1e-9, 1e9], [3.0, 3.0], [0.0, 0.0]],
    ids=["zeros", "orders apart", "equal", "nothing"],
)
def test_awkward_values_are_drawn_as_well(values):
    rows = [{"predicted_spend": one + 1e-9, "spend": one} for one in values]
    assert ink(predicted_v_actual_png(compare(pairs(*rows)), "spend", title=TITLE)) > 0.01


def test_axes_are_logarithmic_only_where_values_are_orders_apart():
    scales = []
    for low in (0.0, 0.1):
        _, axes = new_figure("title")
        square_axes(axes, low, 5.0)
        scales.append((axes.get_xscale(), axes.get_yscale()))
    assert scales == [("linear", "linear"), ("log", "log")]


def test_a_long_title_is_cut():
    _, axes = new_figure("word " * 40)
    assert len(axes.get_title(loc="left")) <= 70


def test_refunds_beyond_revenue_are_drawn():
    rows = [{"predicted_roas": one, "revenue": 100.0 * one} for one in np.linspace(-0.5, 2, 5)]
    frame = compare(pairs(*rows).assign(predicted_roas=1.0))
    assert ink(predicted_v_actual_png(frame, "roas", title=TITLE)) > 0.01
