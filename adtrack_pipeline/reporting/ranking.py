"""Which campaigns and creatives did best and worst, among those with enough delivery to tell. Pure.

Rates are drawn towards the account's own by the weight of five conversions (of 1,000 impressions for CTR), so that
one lucky order does not win; who is expected to have had fewer than five conversions is not ranked at all. Nobody
is a leader below the account's average, and nobody a laggard above it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from adtrack_pipeline.reporting.sums import BY_NAME, Metric, Sums, ratio, total

SHOWN = 5
MIN_EVENTS = 5.0
MIN_IMPRESSIONS = 1_000.0


@dataclass(frozen=True)
class Ranked:
    """One object of a ranking: its sums over the ranked days, and what it spent on the last of them.

    `sells`: it is there to sell, as far as known; others are not held against a ROAS they never aimed at.
    """

    object_id: str
    name: str
    sums: Sums
    spend_yesterday: float
    sells: bool = True
    account: str | None = None
    account_id: str | None = None
    thumbnail: str | None = None


@dataclass(frozen=True)
class Ranking:
    """Leaders and laggards by one metric, best (worst) first. `left_out` had too little delivery to be ranked."""

    metric: Metric
    top: Sequence[Ranked]
    bottom: Sequence[Ranked]
    ranked: int
    left_out: int


def ranked_of(row: dict[str, Any], *, rate: float = 1.0, account: str | None = None) -> Ranked:
    """An object of a frame, its money in another currency if need be."""
    name = row.get("name")
    hash_ = row.get("thumbnail_hash")
    yesterday = row.get("spend_yesterday")
    return Ranked(
        object_id=str(row["object_id"]),
        name=str(row["object_id"] if pd.isna(name) or not str(name).strip() else name),
        sums=Sums.of(row).expected().times(rate),
        sells=row.get("sells") not in {False, "f", "false"},
        spend_yesterday=0.0 if pd.isna(yesterday) else float(yesterday) * rate,
        account=account,
        account_id=row.get("account_id"),
        thumbnail=None if pd.isna(hash_) else str(hash_),
    )


def rank(objects: Sequence[Ranked], shown: int = SHOWN) -> Ranking | None:
    """Leaders and laggards; by ROAS where there is revenue, by CPA where there are conversions, else by CTR.

    Where ROAS decides, what is not there to sell is not ranked. None when nothing was delivered.
    """
    together = total(one.sums for one in objects)
    if not together.impressions:
        return None
    name = "roas" if together.revenue and together.spend else "cpa" if together.conversions else "ctr"
    if name == "roas":
        objects = [one for one in objects if one.sells or one.sums.revenue]
        together = total(one.sums for one in objects)
    usual = _rate(name, together, 0.0, 0.0)
    scored = [(_score(name, one.sums, together, usual), one) for one in objects if _is_enough(name, one, together)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].object_id))
    above = [one for score, one in scored if score > usual][:shown]
    below = [one for score, one in reversed(scored) if score < usual][:shown]

    def plain(one: Ranked) -> float:
        return _rate(name, one.sums, 0.0, 0.0)

    # Chosen by what is sure, shown by what people read beside the names.
    above, below = sorted(above, key=plain, reverse=True), sorted(below, key=plain)
    return Ranking(BY_NAME[name], above, below, len(scored), len(objects) - len(scored))


def _is_enough(name: str, one: Ranked, together: Sums) -> bool:
    if one.sums.impressions < MIN_IMPRESSIONS:
        return False
    if name == "ctr":
        return True
    cost = ratio(together.spend, together.conversions)
    return cost is None or one.sums.spend >= MIN_EVENTS * cost


def _score(name: str, sums: Sums, together: Sums, usual: float) -> float:
    """More is better; drawn towards what is usual."""
    if name == "ctr":
        weight = MIN_IMPRESSIONS
    else:
        weight = MIN_EVENTS * (ratio(together.spend, together.conversions) or 0.0)
    return _rate(name, sums, usual, weight)


def _rate(name: str, sums: Sums, usual: float, weight: float) -> float:
    """Revenue per money, conversions per money, or clicks per impression."""
    over = sums.impressions if name == "ctr" else sums.spend
    part = {"roas": sums.revenue, "cpa": sums.conversions, "ctr": sums.clicks}[name]
    return ratio(part + usual * weight, over + weight) or 0.0
