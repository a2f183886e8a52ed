"""Which days of an object are judged together.

Complete days of the account only. Conversions arrive late: a day counts for ratios with conversions when the
forecast of what is still to arrive is known, or when it is old enough; until then it is not judged at all.
"""

import pandas as pd

from adtrack_pipeline.monitoring.policies.judging.metrics import Metric

NOBODY = ("unattributed", "unknown")
ID_COLUMNS = ("campaign_id", "adset_id", "ad_id")


def judgeable(days: pd.DataFrame) -> pd.DataFrame:
    """Without what belongs to no object, and without objects that have not delivered since yesterday."""
    named = days[~days[list(ID_COLUMNS)].isin(NOBODY).any(axis=1)]
    delivered = named[(named["days_ago"] <= 1) & (named["impressions"] > 0)]
    ids = ["platform", "account_id", *(name for name in ID_COLUMNS if named[name].notna().any())]
    return named.merge(delivered[ids].drop_duplicates(), on=ids, how="inner")


def ripened(days: pd.DataFrame, ripe_after_days: int) -> pd.DataFrame:
    """Complete days whose conversions are in or forecast; `conversions` and `revenue` as they will end up."""
    complete = days[days["days_ago"] >= 1]
    forecast = complete["conversions_nowcast"].notna() & complete["revenue_nowcast"].notna()
    ripe = complete[forecast | (complete["days_ago"] > ripe_after_days)].copy()
    for name in ("conversions", "revenue"):
        ripe[name] = ripe[f"{name}_nowcast"].fillna(ripe[name])
    return ripe


def window(days: pd.DataFrame, metric: Metric, window_days: int, ripe_after_days: int) -> pd.DataFrame:
    """The newest `window_days` days of each account that can be judged by this metric."""
    if not metric.needs_conversions:
        return days[days["days_ago"].between(1, window_days)]
    ripe = ripened(days, ripe_after_days)
    newest = ripe.groupby(["platform", "account_id"])["days_ago"].transform("min")
    return ripe[ripe["days_ago"] < newest + window_days]


def days_needed(window_days: int, ripe_after_days: int) -> int:
    """How many complete days back a window can reach."""
    return window_days + ripe_after_days
