"""A panel as arrays of [hours, ads], for the rival rules.

Belongs here: reshaping, ratios, sums over past hours, the plan as arrays. Does not belong here: rules (`rivals`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.detection.noise import Array

COUNTS = ("impressions", "clicks", "spend", "conversions", "revenue")
RATIOS: dict[str, tuple[str, str, float]] = {
    "ctr": ("clicks", "impressions", 1),
    "cpm": ("spend", "impressions", 1000),
    "cpc": ("spend", "clicks", 1),
    "cvr": ("conversions", "clicks", 1),
    "cpa": ("spend", "conversions", 1),
    "roas": ("revenue", "spend", 1),
    "aov": ("revenue", "conversions", 1),
}


@dataclass(frozen=True)
class Grid:
    """Hourly counts per ad; NaN where the panel has no row (or no value).

    Attributes:
        hours: the panel's hours without gaps.
        ads: ad ids, the columns of all arrays.
        counts: `COUNTS`, each [hours, ads].
        settled: True where the plan says active and unchanged for a day (everywhere without a plan).
    """

    hours: pd.DatetimeIndex
    ads: pd.Index
    counts: dict[str, Array]
    settled: Array

    def metric(self, name: str) -> Array:
        """A count or a ratio; NaN where the ratio has no denominator."""
        if name in self.counts:
            return self.counts[name]
        above, below, scale = RATIOS[name]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.counts[above] / self.counts[below] * scale
        return np.where(np.isfinite(ratio), ratio, np.nan)

    def summed(self, hours: int) -> "Grid":
        """The same with every hour replaced by the sum of the last `hours` hours (missing rows are nothing)."""
        counts = {name: past_sum(values, hours, lag=0) for name, values in self.counts.items()}
        return Grid(self.hours, self.ads, counts, self.settled)


def grid_of(panel: pd.DataFrame, plan: pd.DataFrame | None) -> Grid:
    """Spread a panel out; see `labels.World.panel` and `plan`."""
    hours = pd.date_range(panel["ts"].min(), panel["ts"].max(), freq="h")
    ads = pd.Index(panel["ad_id"].unique())
    row = ((panel["ts"] - hours[0]) // pd.Timedelta(hours=1)).to_numpy()
    column = ads.get_indexer(pd.Index(panel["ad_id"]))
    counts = {}
    for name in COUNTS:
        values = np.full((len(hours), len(ads)), np.nan)
        values[row, column] = panel[name].to_numpy(dtype=float)
        counts[name] = values
    return Grid(hours, ads, counts, _settled(hours, ads, plan))


def past_sum(values: Array, hours: int, *, lag: int) -> Array:
    """Sum over the `hours` rows that end `lag` rows before each row; shorter at the beginning."""
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(np.nan_to_num(values), axis=0)])
    index = np.arange(len(values)) + 1 - lag
    upper, lower = np.clip(index, 0, None), np.clip(index - hours, 0, None)
    sums: Array = total[upper] - total[lower]
    return sums


def _settled(hours: pd.DatetimeIndex, ads: pd.Index, plan: pd.DataFrame | None) -> Array:
    settled = np.ones((len(hours), len(ads)))
    if plan is None:
        return settled
    settled[:] = 0
    known = plan[plan["ad_id"].isin(ads)]
    for ad, first, last, status in zip(
        ads.get_indexer(pd.Index(known["ad_id"])),
        known["ts_from"],
        known["ts_to"],
        known["effective_status"],
        strict=True,
    ):
        begin = int(max((first - hours[0]) // pd.Timedelta(hours=1), -48))
        end = len(hours) if pd.isna(last) else int((last - hours[0]) // pd.Timedelta(hours=1))
        if status == "ACTIVE":
            settled[max(begin + 24, 0) : max(end, 0), ad] = 1
    return settled
