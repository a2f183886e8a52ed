"""Findings as rows: money, severity, words.

Belongs here: what a reader gets. Does not belong here: what is found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.condition import Level, Severity
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.inputs.changes import Changes
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Panel
from adtrack_pipeline.monitoring.usual.families import Families

COLUMNS = (
    "account_id", "campaign_id", "ad_id", "metric", "alert_type", "start_ts", "end_ts", "severity", "score",
    "expected", "observed", "money_at_stake", "evidence", "level", "incident_id", "paged",
)  # fmt: skip
INSTANT, NUMBER, WORD = "datetime64[us, UTC]", "float64", "str"
TYPES: Mapping[str, str] = {
    **dict.fromkeys(("start_ts", "end_ts"), INSTANT),
    **dict.fromkeys(("score", "expected", "observed", "money_at_stake"), NUMBER),
    **dict.fromkeys(("account_id", "campaign_id", "ad_id", "metric", "alert_type"), WORD),
    **dict.fromkeys(("severity", "level", "incident_id"), WORD),
    "paged": "bool",
}
CRITICAL_SHARE, HIGH_SHARE = 0.2, 0.05  # of what the account spends, per day of the incident

# Observed and expected in the metric's own unit, from the count and what it was counted over.
UNITS: Mapping[str, tuple[str, Callable[[float, float], float]]] = {
    "ctr": ("%", lambda count, base: 100.0 * count / base),
    "fatigue": ("%", lambda count, base: 100.0 * count / base),
    "cpm": ("per 1,000 impressions", lambda count, base: 1000.0 * count / base),
    "cpc": ("per click", lambda count, base: base / (count or 1.0)),  # without a click: what was paid for none
    "cvr": ("% of clicks", lambda count, base: 100.0 * count / base),
    "aov": ("per order", lambda count, base: count / base),
}


@dataclass(frozen=True)
class Story:
    """What rows are made from.

    Attributes:
        families: expectations of all ads, and what happened.
        paid: spend by account, (hours, accounts).
        changes: what somebody changed.
    """

    families: Families
    paid: Array
    changes: Changes

    @property
    def panel(self) -> Panel:
        """What happened."""
        return self.families.accounts.panel


def told(story: Story, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """One row per finding and ad; rows of one message share `incident_id`."""
    groups: dict[tuple[str, int, str, int], list[Finding]] = {}
    for finding in findings:
        key = (finding.level.value, finding.group, finding.alert_type, finding.start)
        groups.setdefault(key, []).append(finding)
    return [row for members in groups.values() for row in _rows(story, members)]


def as_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows in order of time, with the same types whether there are any or not."""
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(TYPES)
    return frame.sort_values(["start_ts", "incident_id", "ad_id"], ignore_index=True)


def _rows(story: Story, members: Sequence[Finding]) -> list[dict[str, Any]]:
    first, ads = members[0], np.asarray([one.ad for one in members])
    money = _money(story, first, ads)
    severity = _severity(story, first, float(money.sum()))
    found_at, ids = story.panel.at(first.start), story.panel.ids[first.ad]
    shared = {
        "incident_id": incident_id(first.alert_type, first.metric, first.level, ids, found_at),
        "metric": first.metric,
        "alert_type": first.alert_type,
        "start_ts": found_at,
        "end_ts": story.panel.at(first.end),
        "severity": severity.value,
        "score": round(first.incident.score, 2),
        "level": first.level.value,
        "paged": first.pages,
    }
    observed, expected = _in_unit(story, first, ads)
    return [
        shared
        | story.panel.ids[ad]
        | {
            "observed": round(float(observed[place]), 4),
            "expected": round(float(expected[place]), 4),
            "evidence": _evidence(story, first, story.panel.ids[ad], len(ads)),
            "money_at_stake": round(float(money[place]), 2),
        }
        for place, ad in enumerate(ads)
    ]


def incident_id(alert_type: str, metric: str, level: Level, ids: Mapping[str, str], at: pd.Timestamp) -> str:
    """Name of an incident; equal ids of campaigns or ads in other accounts give other names."""
    object_id = ids[f"{level.value}_id"]
    return f"{alert_type}:{metric}:{ids['account_id']}:{level.value}:{object_id}:{at:%Y-%m-%dT%H}"


def _evidence(story: Story, finding: Finding, ids: Mapping[str, str], count: int) -> dict[str, Any]:
    incident = finding.incident
    return {
        "window_hours": int(incident.window),
        "ratio": round(incident.ratio, 3),
        "unit": UNITS[finding.metric][0] if finding.metric in UNITS else "",
        "level": finding.level.value,
        "ads": count,
        "changed_before": story.changes.before(ids, story.panel.at(incident.start), int(incident.window)),
    }


def _in_unit(story: Story, finding: Finding, ads: Index) -> tuple[Array, Array]:
    """Observed and expected of each ad, in the metric's unit."""
    incident = finding.incident
    name = finding.metric if finding.metric in story.families.names else finding.family
    observed, expected = _sums(story, name, ads, incident.span)
    if finding.metric == "fatigue":  # against its best days, not against the usual
        observed, expected = (np.full(len(ads), one) for one in (incident.observed, incident.expected))
    if finding.metric not in UNITS:
        return observed, expected
    convert = UNITS[finding.metric][1]
    over = story.families.base(name, ads, incident.span).sum(axis=0, dtype=np.float64)
    for place, base in enumerate(over):
        if base > 0:
            observed[place], expected[place] = convert(observed[place], base), convert(expected[place], base)
    return observed, expected


def _money(story: Story, finding: Finding, ads: Index) -> Array:
    """What the incident cost each ad, or kept from being earned, until its last hour; currency of the account."""
    incident = finding.incident
    span = slice(incident.span.start, incident.end + 1)
    observed, expected = _sums(story, finding.family, ads, span)
    if finding.family in {"spend", "cpm"}:
        return np.maximum(0.0, observed - expected)
    if finding.family == "impressions":
        return _sums(story, "spend", ads, span)[1]
    if finding.family == "aov":
        return np.maximum(0.0, expected - observed)
    spend = story.panel.metrics["spend"][span][:, ads].sum(axis=0, dtype=np.float64)
    lost = np.maximum(0.0, 1.0 - observed / np.where(expected > 0, expected, 1.0))
    return np.where(expected > 0, spend * lost, 0.0)


def _sums(story: Story, name: str, ads: Index, span: slice) -> tuple[Array, Array]:
    family = story.families.of(name, ads, span)
    return tuple(one.sum(axis=0, dtype=np.float64) for one in (family.observed, family.expected))


def _severity(story: Story, finding: Finding, money: float) -> Severity:
    if not finding.pages:
        return Severity.LOW
    incident = finding.incident
    until = max(0, incident.start - HOURS)
    week = story.paid[max(0, until - 7 * HOURS) : until, story.families.accounts.of[finding.ad]]
    usual = float(week.sum()) / max(1, len(week)) * HOURS
    days = max(1.0, (incident.end - incident.start + incident.window) / HOURS)
    share = money / days / usual if usual > 0 else 0.0
    return (
        Severity.CRITICAL if share >= CRITICAL_SHARE else Severity.HIGH if share >= HIGH_SHARE else Severity.MEDIUM
    )
