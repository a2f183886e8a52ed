"""Incidents in one or two plain sentences.

Belongs here: words. Does not belong here: numbers that are not handed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies.judging.words import thing
from adtrack_pipeline.wording import money

# What happened, and what it is likely to mean. {change} is a share in per cent, {times} a multiple.
SENTENCES: Mapping[str, str] = {
    "spend_anomaly": "spends {times} what is usual, without a higher budget",
    "ctr_drop": "people click {change} less often than usual on what they see",
    "cpm_spike": "a thousand impressions cost {change} more than usual",
    "cpc_spike": "a click costs {times} what is usual",
    "tracking_outage": "next to no conversions arrive while people go on clicking: probably the pixel or the"
    " conversion API is broken",
    "roas_drop": "{what}, so the same money earns less",
    "zero_delivery": "should be running but has delivered nothing",
    "creative_fatigue": "the creative wears out: people see it more often and click {change} less than in its best"
    " days",
}
ROAS = {"cvr": "{change} fewer clicks than usual become conversions", "aov": "an order is worth {change} less"}
PERCENT = frozenset({"ctr", "cvr", "fatigue"})


@dataclass(frozen=True)
class Told:
    """What a sentence is made from; `observed` and `expected` in the metric's unit where one ad has them."""

    alert_type: str
    metric: str
    name: str
    level: Level
    ads: int
    ratio: float
    observed: float | None
    expected: float | None
    since: pd.Timestamp
    money: float
    currency: str | None
    changes: tuple[str, ...]


def sentence(told: Told) -> str:
    """What, since when, money, what somebody changed before."""
    what = SENTENCES[told.alert_type].replace("{what}", ROAS.get(told.metric, ""))
    what = what.format(change=f"{100 * abs(1.0 - _risen(told)):.0f} %", times=f"{_risen(told):.1f} times")
    parts = [f"{thing(told.level, told.name, None)}: {what}{_figures(told)}, since {told.since:%d %b %H:%M} UTC."]
    if told.level is not Level.AD:
        parts.append(f"{told.ads:,} ads take part.")
    if told.money > 0:
        parts.append(f"At stake so far: {money(told.money, told.currency)}.")
    if told.changes:
        parts.append(f"Shortly before: {told.changes[0]}.")
    return " ".join(parts)


def _risen(told: Told) -> float:
    """Observed over expected of what the sentence names; clicks are counted, but a click's cost is told."""
    return 1.0 / told.ratio if told.metric == "cpc" and told.ratio > 0 else told.ratio


def _figures(told: Told) -> str:
    if told.observed is None or told.expected is None or told.metric in {"delivery", "conversions"}:
        return ""
    if told.metric in PERCENT:
        return f" ({told.observed:,.2f} % instead of about {told.expected:,.2f} %)"
    return f" ({money(told.observed, told.currency)} instead of about {money(told.expected, told.currency)})"
