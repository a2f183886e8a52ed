"""Findings as rows: money, severity, words.

Belongs here: what a reader gets. Does not belong here: what is found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.changes import Changes
from adtrack_pipeline.monitoring.condition import Level, Severity
from adtrack_pipeline.monitoring.expected import Family
from adtrack_pipeline.monitoring.finding import Finding
from adtrack_pipeline.monitoring.panel import HOURS, Array, Panel

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
    """What rows are made from."""

    panel: Panel
    families: Mapping[str, Family]
    bases: Mapping[str, Array]  # what each ratio is counted over, (hours, ads)
    changes: Changes


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
    first, ads = members[0], [one.ad for one in members]
    money = {ad: _money(story, first, ad) for ad in ads}
    severity = _severity(story, first, ads, sum(money.values()))
    found_at, ids = story.panel.at(first.start), _names(story, first.ad)
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
    return [shared | _own(story, first, ad, len(ads)) | {"money_at_stake": round(money[ad], 2)} for ad in ads]


def incident_id(alert_type: str, metric: str, level: Level, ids: Mapping[str, str], at: pd.Timestamp) -> str:
    """Name of an incident; equal ids of campaigns or ads in other accounts give other names."""
    object_id = ids[f"{level.value}_id"]
    return f"{alert_type}:{metric}:{ids['account_id']}:{level.value}:{object_id}:{at:%Y-%m-%dT%H}"


def _own(story: Story, finding: Finding, ad: int, count: int) -> dict[str, Any]:
    incident, ids = finding.incident, _names(story, ad)
    span = slice(max(0, incident.start - incident.window + 1), incident.start + 1)
    name = finding.metric if finding.metric in story.families else finding.family
    family = story.families[name]
    observed, expected = float(family.observed[span, ad].sum()), float(family.expected[span, ad].sum())
    unit, convert = UNITS.get(finding.metric, ("", lambda count, _: count))
    base = float(story.bases[name][span, ad].sum()) if name in story.bases else 1.0
    if finding.metric == "fatigue":  # against its best days, not against the usual
        observed, expected = incident.observed, incident.expected
    if finding.metric in UNITS and base > 0:
        observed, expected = convert(observed, base), convert(expected, base)
    evidence = {
        "window_hours": int(incident.window),
        "ratio": round(incident.ratio, 3),
        "unit": unit,
        "level": finding.level.value,
        "ads": count,
        "changed_before": story.changes.before(ids, story.panel.at(incident.start), int(incident.window)),
    }
    return {**ids, "observed": round(observed, 4), "expected": round(expected, 4), "evidence": evidence}


def _names(story: Story, ad: int) -> dict[str, str]:
    return story.panel.ids[ad]


def _money(story: Story, finding: Finding, ad: int) -> float:
    """What the incident cost, or kept from being earned, until its last hour; currency of the account."""
    incident = finding.incident
    span = slice(max(0, incident.start - incident.window + 1), incident.end + 1)
    spend = float(story.panel.metrics["spend"][span, ad].sum())
    family = story.families[finding.family]
    observed, expected = float(family.observed[span, ad].sum()), float(family.expected[span, ad].sum())
    if finding.family in {"spend", "cpm"}:
        return max(0.0, observed - expected)
    if finding.family == "impressions":
        return float(story.families["spend"].expected[span, ad].sum())
    if finding.family == "aov":
        return max(0.0, expected - observed)
    return spend * max(0.0, 1.0 - observed / expected) if expected > 0 else 0.0


def _severity(story: Story, finding: Finding, ads: Sequence[int], money: float) -> Severity:
    if not finding.pages:
        return Severity.LOW
    panel, incident = story.panel, finding.incident
    account = (panel.ads["account_id"] == panel.ads["account_id"].iloc[finding.ad]).to_numpy()
    until = max(0, incident.start - HOURS)
    week = slice(max(0, until - 7 * HOURS), until)
    usual = float(np.sum(panel.metrics["spend"][week][:, account])) / max(1, week.stop - week.start) * HOURS
    days = max(1.0, (incident.end - incident.start + incident.window) / HOURS)
    share = money / days / usual if usual > 0 else 0.0
    return (
        Severity.CRITICAL if share >= CRITICAL_SHARE else Severity.HIGH if share >= HIGH_SHARE else Severity.MEDIUM
    )
