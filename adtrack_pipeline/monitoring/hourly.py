"""A panel by hour from what Meta gives: delivery by hour, conversions and reach by day.

Belongs here: putting conversions where they were, or where they became known. Does not belong here: SQL, judging.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adtrack_pipeline.monitoring.inputs.arrival import USUAL, Arrival
from adtrack_pipeline.monitoring.inputs.panel import Index

IDS = ["account_id", "campaign_id", "ad_id"]
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
    Metrics are in single precision, as detection takes them.
    """
    day, known = _days(parts)
    clicks = parts.hours["clicks"].to_numpy(np.float32)
    of_day = np.bincount(day, weights=clicks, minlength=len(known)).astype(np.float32)[day]
    share = np.divide(clicks, of_day, out=of_day, where=of_day > 0)  # of millions of rows, one array less
    told = {name: known[name].fillna(0.0).to_numpy(np.float32)[day] * share for name in MIXED}
    seen = {name: known[name].to_numpy(np.float32)[day] for name in ("reach", "frequency")}
    del day, share, of_day
    panel = parts.hours.assign(**told, **seen)
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
        known = np.zeros(len(panel), np.float32)
        known[place[place >= 0]] = sums[name].to_numpy()[place >= 0]
        panel[name] = np.where(watched, known, panel[name])
    alone = sums[place < 0]
    for name in ("account_id", "campaign_id"):
        alone = alone.assign(**{name: alone["ad_id"].map(ads[name])})
    alone = alone.assign(**dict.fromkeys(COUNTS, 0.0))
    alone = alone.astype({name: panel[name].dtype for name in IDS})  # else categories would become text again
    return pd.concat([panel, alone], ignore_index=True) if len(alone) else panel


def _days(parts: Hours) -> tuple[Index, pd.DataFrame]:
    """Number of each hour's ad and day, and what is known of them: joining millions of rows on text is slow."""
    ads, ad = _numbered(parts.hours["ad_id"])
    days, day = _numbered(parts.hours["date_day"])
    ad_of, day_of = (_indexer(ids, parts.days[name]) for ids, name in ((ads, "ad_id"), (days, "date_day")))
    wanted = (ad_of >= 0) & (day_of >= 0)
    known = parts.days[wanted].set_index((ad_of * len(days) + day_of)[wanted])
    number = ad.astype(np.intp)
    number *= len(days)
    number += day
    return number, known.reindex(np.arange(len(ads) * len(days)))


def _numbered(column: "pd.Series[Any]") -> tuple[pd.Index, npt.NDArray[np.integer[Any]]]:
    """What is in a column, and the number of each row's value, in as few bytes as will do."""
    known = column.astype("category").cat
    return known.categories, known.codes.to_numpy()


def _indexer(ids: pd.Index, wanted: "pd.Series[Any]") -> Index:
    return np.asarray(pd.Index(np.asarray(ids)).get_indexer(pd.Index(wanted)), np.intp)


def _places(panel: pd.DataFrame, wanted: pd.DataFrame) -> Index:
    """Row of the panel with the same ad and hour as each that is wanted, the last one of several; -1: none."""
    ads, ad = _numbered(panel["ad_id"])
    first, hour = panel["ts"].min(), pd.Timedelta(hours=1)
    at = ((panel["ts"] - first) // hour).to_numpy()
    hours = int(at.max()) + 1
    row = np.full((len(ads), hours), -1, np.int32)
    row[ad, at] = np.arange(len(panel), dtype=np.int32)
    sought = ((wanted["ts"] - first) // hour).to_numpy()
    ad_of = _indexer(ads, wanted["ad_id"])
    inside = (ad_of >= 0) & (sought >= 0) & (sought < hours)
    return np.where(inside, row[ad_of, np.clip(sought, 0, hours - 1)], -1)
