"""A panel by hour from what Meta gives: delivery by hour, conversions and reach by day.

Belongs here: putting conversions where they were, or where they became known. Does not belong here: SQL, judging.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.arrival import USUAL, Arrival
from adtrack_pipeline.monitoring.panel import Index

KEYS = ["ad_id", "ts"]
MIXED = ["conversions", "revenue"]
COUNTS = ["impressions", "clicks", "spend"]
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
    place = _places(panel, sums)
    watched = (panel["ts"] >= since).to_numpy()
    for name in MIXED:
        known = np.zeros(len(panel))
        known[place[place >= 0]] = sums[name].to_numpy()[place >= 0]
        panel[name] = np.where(watched, known, panel[name])
    alone = sums[place < 0]
    for name in ("account_id", "campaign_id"):
        alone = alone.assign(**{name: alone["ad_id"].map(ads[name])})
    alone = alone.assign(**dict.fromkeys(COUNTS, 0.0))
    return pd.concat([panel, alone], ignore_index=True) if len(alone) else panel


def _places(panel: pd.DataFrame, wanted: pd.DataFrame) -> Index:
    """Row of the panel with the same ad and hour as each that is wanted, the last one of several; -1: none.

    By numbers: joining millions of rows on text takes seconds.
    """
    codes, ads = pd.factorize(panel["ad_id"])
    first, last = panel["ts"].min(), panel["ts"].max()
    hour, hours = pd.Timedelta(hours=1), int((last - first) / pd.Timedelta(hours=1)) + 1
    key = codes * hours + ((panel["ts"] - first) // hour).to_numpy()
    inside = wanted["ts"].between(first, last).to_numpy()
    sought = ads.get_indexer(pd.Index(wanted["ad_id"])) * hours + ((wanted["ts"] - first) // hour).to_numpy()
    order = np.argsort(key, kind="stable")
    found = np.searchsorted(key[order], sought, side="right") - 1
    row = order[np.maximum(found, 0)]
    return np.where(inside & (found >= 0) & (key[row] == sought), row, -1)
