"""The ratios a threshold can be set on: how they are made of sums, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adtrack_pipeline.wording import money


@dataclass(frozen=True)
class Metric:
    """A ratio of sums.

    `unit` is `percent`, `money` or `times`; `below` and `above` are the alert types of the two directions.
    """

    label: str
    over: str
    under: str
    unit: str
    below: str
    above: str
    scale: float = 1

    @property
    def needs_conversions(self) -> bool:
        """Whether late conversions change it."""
        return bool({self.over, self.under} & {"conversions", "revenue"})

    def value(self, sums: pd.DataFrame) -> pd.Series:
        """The ratio per row, NaN without a positive denominator."""
        under = sums[self.under].where(sums[self.under] > 0)
        return (self.scale * sums[self.over] / under).astype("float64").replace([np.inf, -np.inf], np.nan)

    def text(self, value: float, currency: str | None) -> str:
        """The value with its unit."""
        if self.unit == "money":
            return money(value, currency)
        return f"{value:,.2f} %" if self.unit == "percent" else f"{value:,.2f}"


def _good(name: str, label: str, over: str, under: str, unit: str, scale: float = 1) -> tuple[str, Metric]:
    return name, Metric(label, over, under, unit, f"{name}_below_target", f"{name}_above_target", scale)


def _bad(name: str, label: str, over: str, under: str, unit: str, scale: float = 1) -> tuple[str, Metric]:
    return name, Metric(label, over, under, unit, f"{name}_low", f"{name}_high", scale)


METRICS: Mapping[str, Metric] = dict(
    (
        _good("ctr", "CTR", "clicks", "impressions", "percent", 100),
        _good("link_ctr", "link CTR", "link_clicks", "impressions", "percent", 100),
        _good("roas", "ROAS", "revenue", "spend", "times"),
        _good("conversion_rate", "conversion rate", "conversions", "link_clicks", "percent", 100),
        _good("aov", "order value", "revenue", "conversions", "money"),
        _bad("cpc", "cost per click", "spend", "clicks", "money"),
        _bad("cpm", "cost per 1,000 impressions", "spend", "impressions", "money", 1000),
        _bad("cpa", "cost per conversion", "spend", "conversions", "money"),
        _bad("frequency", "frequency", "reached_impressions", "reach", "times"),
    )
)
