"""Small accounts to detect on: counts with a daily rhythm around known rates, changed where a test wants it.

Belongs here: one generator with a fixed seed. Does not belong here: what a detector should make of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring import detect_anomalies

HOURS = 24
START = pd.Timestamp("2026-03-02", tz="UTC")  # a Monday
METRICS = ["impressions", "clicks", "spend", "conversions", "revenue", "reach", "frequency"]
KEYS = ["account_id", "campaign_id", "ad_id", "ts"]


@dataclass(frozen=True)
class Change:
    """A rate times `factor` from an hour up to another (exclusive), for some ads (default: the first one).

    `rate` is one of size, ctr, cpm, cvr, aov, frequency; `factor` a number or one number per hour.
    """

    rate: str
    factor: float | np.ndarray[Any, Any]
    since: int
    until: int = 10**6
    ads: tuple[int, ...] | None = (0,)


def account(
    ads: int = 6,
    days: int = 30,
    *,
    seed: int = 0,
    changes: Sequence[Change] = (),
    campaigns: int = 2,
    name: str = "act_1",
    size: float | Sequence[float] = 60_000.0,
    ctr: float = 0.015,
    cpm: float = 8.0,
    cvr: float = 0.04,
    aov: float = 60.0,
    frequency: float = 1.4,
    spread: float = 0.12,
    late: bool = False,
) -> pd.DataFrame:
    """One row per ad and hour of one account; ads are called `a0`, `a1`, ..., campaigns `c0`, ...

    `size` is impressions a day; `spread` the relative deviation beside chance; `late`: the conversions of the last
    days have not all arrived, as Meta would have it.
    """
    rng = np.random.default_rng([seed, ads, days])
    hours = np.arange(days * HOURS)
    rates = {
        "size": np.outer(_rhythm(hours), np.broadcast_to(np.asarray(size, float), ads)) / HOURS,
        **{key: np.full((len(hours), ads), value) for key, value in {"ctr": ctr, "cpm": cpm, "cvr": cvr}.items()},
        **{key: np.full((len(hours), ads), value) for key, value in {"aov": aov, "frequency": frequency}.items()},
    }
    for change in changes:
        span = slice(change.since, min(change.until, len(hours)))
        columns = list(range(ads)) if change.ads is None else list(change.ads)
        factor = np.asarray(change.factor, float)
        rates[change.rate][span, columns] *= factor[: span.stop - span.start, None] if factor.ndim else factor
    metrics = _drawn(rng, rates, spread)
    if late:
        known = 1 - 0.45 * np.exp(-(len(hours) - 1 - hours) / 12.0)
        orders = metrics["conversions"]
        arrived = rng.binomial(orders.astype(int), known[:, None])
        metrics["revenue"] *= arrived / np.maximum(orders, 1)
        metrics["conversions"] = arrived.astype(float)
    return _long(metrics, name, campaigns)


def detected(panel: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Findings, as the product gives them."""
    return detect_anomalies(panel, **options)


def hour_of(at: pd.Timestamp) -> int:
    """Number of an hour within a panel."""
    return int((at - START) // pd.Timedelta(hours=1))


def at(hour: int) -> pd.Timestamp:
    return START + pd.Timedelta(hours=hour)


def told(found: pd.DataFrame) -> set[tuple[str, str]]:
    """(alert_type, ad_id) of what is worth a message."""
    paged = found[found["paged"]]
    return set(zip(paged["alert_type"], paged["ad_id"], strict=True))


def _rhythm(hours: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Deep nights, busy evenings, quieter weekends; mean near 1."""
    of_day = 1.0 + 0.65 * np.cos(2 * np.pi * (hours % HOURS - 18) / HOURS)
    return of_day * np.where(hours // HOURS % 7 >= 5, 0.75, 1.1)


def _drawn(rng: np.random.Generator, rates: dict[str, Any], spread: float) -> dict[str, Any]:
    """Negative binomial counts: Poisson around a rate that itself varies."""

    def wobble(shape: tuple[int, ...]) -> Any:
        return rng.gamma(1 / spread**2, spread**2, shape) if spread else np.ones(shape)

    shape = rates["size"].shape
    impressions = rng.poisson(rates["size"] * wobble(shape)).astype(float)
    clicks = np.minimum(rng.poisson(impressions * rates["ctr"] * wobble(shape)), impressions)
    conversions = np.minimum(rng.poisson(clicks * rates["cvr"]), clicks)
    order_value = rng.gamma(np.maximum(conversions, 1e-9) * 4.0, rates["aov"] / 4.0)
    return {
        "impressions": impressions,
        "clicks": clicks.astype(float),
        "spend": np.round(impressions * rates["cpm"] / 1000 * np.exp(rng.normal(0, spread / 2, shape)), 4),
        "conversions": conversions.astype(float),
        "revenue": np.round(np.where(conversions > 0, order_value, 0.0), 2),
        "reach": np.round(impressions / rates["frequency"]),
        "frequency": rates["frequency"] * np.exp(rng.normal(0, 0.02, shape)),
    }


def _long(metrics: dict[str, Any], name: str, campaigns: int) -> pd.DataFrame:
    hours, ads = metrics["impressions"].shape
    column = np.tile(np.arange(ads), hours)
    frame = {
        "account_id": name,
        "campaign_id": [f"c{number % campaigns}" for number in column],
        "ad_id": [f"a{number}" for number in column],
        "ts": START + pd.to_timedelta(np.repeat(np.arange(hours), ads), unit="h"),
        **{key: values.ravel() for key, values in metrics.items()},
    }
    return pd.DataFrame(frame)
