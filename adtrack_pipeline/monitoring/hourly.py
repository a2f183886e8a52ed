"""A panel by hour from what Meta gives: delivery by hour, conversions and reach by day.

Belongs here: putting conversions where they were, or where they became known. Does not belong here: SQL, judging.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.arrival import USUAL, Arrival

KEYS = ["ad_id", "ts"]
MIXED = ["conversions", "revenue"]
SETTLED = pd.Timedelta(days=3)  # after this long of watching arrivals no hour of the longest window is a guess


@dataclass(frozen=True)
class Hours:
    """What one account's panel is made from.

    Attributes:
        hours: `account_id, campaign_id, ad_id, date_day` (the account's own), `ts` (UTC), `impressions, clicks,
            spend`.
        days: `ad_id, date_day, conversions, revenue, reach, frequency` as believed now.
        arrivals: `ad_id, ts` (hour in which they became known), `conversions, revenue`.
        watched_since: from here on every hour was looked at; None: no hour was.
    """

    hours: pd.DataFrame
    days: pd.DataFrame
    arrivals: pd.DataFrame
    watched_since: pd.Timestamp | None


def hourly_panel(parts: Hours, *, now: pd.Timestamp) -> tuple[pd.DataFrame, Arrival | None]:
    """The panel `detect_anomalies` takes, and how late its conversions are known.

    While arrivals were watched, a conversion counts in the hour it became known in. Before that a day's
    conversions are spread over its hours as its clicks are. Reach and frequency stand in each hour of their day.
    """
    panel = parts.hours.merge(parts.days, on=["ad_id", "date_day"], how="left")
    clicks = panel.groupby(["ad_id", "date_day"], sort=False)["clicks"].transform("sum").to_numpy(np.float64)
    share = np.where(clicks > 0, panel["clicks"] / np.maximum(clicks, 1.0), 0.0)
    for name in MIXED:
        panel[name] = panel[name].fillna(0.0) * share
    if parts.watched_since is not None:
        panel = _with_arrivals(panel, parts.arrivals, parts.watched_since)
    watched = parts.watched_since is not None and parts.watched_since <= now - SETTLED
    return panel.drop(columns="date_day"), None if watched else USUAL


def _with_arrivals(panel: pd.DataFrame, arrivals: pd.DataFrame, since: pd.Timestamp) -> pd.DataFrame:
    """Replace conversions from `since` on; arrivals in hours without delivery get a row of their own."""
    ads = panel.drop_duplicates("ad_id").set_index("ad_id")[["account_id", "campaign_id"]]
    recent = arrivals[(arrivals["ts"] >= since) & arrivals["ad_id"].isin(ads.index)]
    sums = recent.groupby(KEYS, as_index=False)[MIXED].sum()
    sums[MIXED] = sums[MIXED].clip(lower=0.0)  # what was taken back belongs to hours long judged
    merged = panel.merge(sums, on=KEYS, how="outer", suffixes=("", "_known"))
    watched = merged["ts"] >= since
    for name in MIXED:
        merged[name] = np.where(watched, merged[f"{name}_known"].fillna(0.0), merged[name])
    for name in ("account_id", "campaign_id"):
        merged[name] = merged[name].fillna(merged["ad_id"].map(ads[name]))
    counts = ["impressions", "clicks", "spend"]
    merged[counts] = merged[counts].fillna(0.0)
    return merged.drop(columns=[f"{name}_known" for name in MIXED])
