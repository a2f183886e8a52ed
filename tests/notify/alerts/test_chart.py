"""The picture of the evidence."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from adtrack_pipeline.notify.chart import evidence_png

HOURS = [(datetime(2026, 11, 18, tzinfo=UTC) + timedelta(hours=hour)).isoformat() for hour in range(48)]
SERIES: dict[str, Any] = {
    "ts": HOURS,
    "actual": [2.0] * 40 + [0.5] * 8,
    "expected": [2.1] * 48,
    "low": [1.6] * 48,
    "high": [2.6] * 48,
}
BLUE, ORANGE = (0, 114, 178), (249, 231, 191)


def pixels(series: dict[str, Any], title: str = "CTR", unit: str = "%") -> Any:
    """The picture as RGB bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = evidence_png(series, title=title, unit=unit)
    assert picture
    return (imread(BytesIO(picture))[..., :3] * 255).round().astype(int)


def share(picture: Any, colour: tuple[int, int, int]) -> float:
    """How much of the picture has about this colour."""
    return float((np.abs(picture - np.array(colour)).max(axis=-1) < 12).mean())


def test_the_picture_is_sharp_at_600_pixels_and_small_enough_to_mail() -> None:
    assert pixels(SERIES).shape == (580, 1200, 3)
    assert len(evidence_png(SERIES, title="CTR", unit="%") or b"") < 150_000


def test_actual_values_and_the_incident_are_drawn() -> None:
    picture = pixels(SERIES)
    assert share(picture, BLUE) > 0.005
    assert share(picture, ORANGE) > 0.02


def test_without_a_band_nothing_is_shaded_unless_the_incident_is_known() -> None:
    plain = {name: SERIES[name] for name in ("ts", "actual")}
    assert share(pixels(plain), ORANGE) < 0.001
    assert share(pixels({**plain, "began_at": HOURS[30]}), ORANGE) > 0.02


def test_the_shade_follows_the_incident_that_is_given() -> None:
    longer = share(pixels({**SERIES, "began_at": HOURS[10], "ended_at": HOURS[40]}), ORANGE)
    assert longer > 2 * share(pixels({**SERIES, "began_at": HOURS[30], "ended_at": HOURS[40]}), ORANGE)


@pytest.mark.parametrize(
    "title", ["$5 off $x^2$ \\frac{1}", "<script>", "Büro 🚀 特価", "", "a\nb\tc", "x" * 500, "100 % _under_"]
)
def test_any_name_can_be_a_title(title: str) -> None:
    assert pixels(SERIES, title=title, unit="$").shape == (580, 1200, 3)


@pytest.mark.parametrize(
    "series",
    [
        {},
        {"ts": HOURS},
        {"ts": HOURS, "actual": [1.0]},
        {"ts": [HOURS[0]], "actual": [1.0]},
        {"ts": HOURS, "actual": [None] * 48},
        {"ts": ["soon", "later"], "actual": [1, 2]},
        {"ts": "2026", "actual": "1234"},
    ],
)
def test_what_is_no_line_is_not_drawn(series: dict[str, Any]) -> None:
    assert evidence_png(series, title="CTR", unit="%") is None


def test_gaps_days_and_lists_that_do_not_fit_are_taken_as_they_are() -> None:
    days = ["2026-11-13", "2026-11-14", "2026-11-15"]
    series = {"ts": days, "actual": [31_000, None, float("nan")], "expected": [1], "low": None, "high": "x"}
    assert evidence_png(series, title="Spend", unit="EUR") is None
    assert pixels({**series, "actual": [31_000, None, 90_000]}).shape == (580, 1200, 3)


def test_pictures_can_be_drawn_at_once_and_are_always_the_same() -> None:
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda _: evidence_png(SERIES, title="CTR", unit="%"), range(4)))
    assert len(set(drawn)) == 1
