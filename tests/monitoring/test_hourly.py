"""Where conversions stand in the panel that the pipeline detects on."""

import numpy as np
import pandas as pd
import pytest

from adtrack_pipeline.monitoring.hourly import Hours, hourly_panel
from adtrack_pipeline.monitoring.inputs.arrival import USUAL

DAY = pd.Timestamp("2026-03-08", tz="UTC")
NOW = DAY + pd.Timedelta(days=1)


def parts(clicks: list[int], *, conversions: float = 12.0, watched: pd.Timestamp | None = None, **arrivals: float):
    hours = pd.DataFrame(
        {
            "account_id": "1",
            "campaign_id": "c",
            "ad_id": "a",
            "date_day": "2026-03-08",
            "ts": [DAY + pd.Timedelta(hours=n) for n in range(len(clicks))],
            "impressions": 100.0,
            "clicks": np.asarray(clicks, float),
            "spend": 1.0,
        }
    )
    days = pd.DataFrame(
        {
            "ad_id": ["a"],
            "date_day": ["2026-03-08"],
            "conversions": [conversions],
            "revenue": [10 * conversions],
            "reach": [80.0],
            "frequency": [1.25],
        }
    )
    known = pd.DataFrame(
        {
            "ad_id": "a",
            "ts": pd.to_datetime([DAY + pd.Timedelta(hours=int(name[1:])) for name in arrivals], utc=True),
            "conversions": list(arrivals.values()),
            "revenue": [10 * value for value in arrivals.values()],
        }
    )
    return Hours(hours, days, known, watched)


def test_a_days_conversions_are_spread_as_its_clicks_and_none_is_lost():
    panel, arrival = hourly_panel(parts([1, 3, 0, 2]), now=NOW)
    assert panel["conversions"].tolist() == pytest.approx([2, 6, 0, 4])
    assert panel["revenue"].sum() == pytest.approx(120)
    assert arrival is USUAL


def test_reach_and_frequency_stand_in_each_hour_of_their_day():
    panel, _ = hourly_panel(parts([1, 3]), now=NOW)
    assert panel["frequency"].tolist() == [1.25, 1.25]


def test_while_watched_a_conversion_counts_in_the_hour_it_became_known_in():
    panel, _ = hourly_panel(parts([1, 1, 1, 1], watched=DAY + pd.Timedelta(hours=2), h2=5, h3=0), now=NOW)
    assert panel.sort_values("ts")["conversions"].tolist() == pytest.approx([3, 3, 5, 0])


def test_a_conversion_that_arrives_in_an_hour_without_delivery_gets_a_row():
    panel, _ = hourly_panel(parts([1, 1], watched=DAY, h5=4), now=NOW)
    row = panel[panel["ts"] == DAY + pd.Timedelta(hours=5)].iloc[0]
    assert (row["conversions"], row["impressions"], row["campaign_id"]) == (4, 0, "c")


def test_what_was_taken_back_is_no_negative_conversion():
    panel, _ = hourly_panel(parts([1, 1], watched=DAY, h1=-3), now=NOW)
    assert panel["conversions"].min() == 0


def test_arrivals_are_trusted_alone_only_after_three_days_of_watching():
    early, late = DAY - pd.Timedelta(days=3), DAY
    assert hourly_panel(parts([1], watched=early), now=NOW)[1] is None
    assert hourly_panel(parts([1], watched=late), now=NOW)[1] is USUAL


def test_a_day_without_clicks_has_no_conversions_by_hour():
    panel, _ = hourly_panel(parts([0, 0]), now=NOW)
    assert panel["conversions"].sum() == 0
