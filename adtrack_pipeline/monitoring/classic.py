"""The classic rule of earlier trackers: a rolling z-score on raw hourly values. For comparison only.

Belongs here: that rule as it was, its faults included: the hour judged is part of its own baseline, hours of the
day and small numbers are not told apart. Does not belong here: anything the product relies on.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.condition import Level, Severity
from adtrack_pipeline.monitoring.found.incidents import runs
from adtrack_pipeline.monitoring.found.telling import incident_id
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Panel

DAYS, LEAST_DAYS = 30, 7
CRITICAL = 3.0
RATIOS = {  # count, over what, times, and which way is bad
    "ctr": ("clicks", "impressions", 100.0, -1),
    "cpm": ("spend", "impressions", 1000.0, 1),
    "cpc": ("spend", "clicks", 1.0, 1),
    "roas": ("revenue", "spend", 1.0, -1),
}
TYPES = {"ctr": "ctr_drop", "cpm": "cpm_spike", "cpc": "cpc_spike", "roas": "roas_drop", "spend": "spend_anomaly"}


@dataclass(frozen=True)
class Scored:
    """One metric, (hours, ads): its values, their rolling mean, and z-scores in the direction that is bad."""

    name: str
    values: Array
    mean: Array
    score: Array


def classic_findings(panel: Panel, hours: slice, threshold_std: float) -> list[dict[str, object]]:
    """Rows of what `detect_anomalies` returns; every deviation beyond `threshold_std` is told."""
    return [
        _row(panel, metric, ad, slice(first + hours.start, last + hours.start + 1))
        for metric in _metrics(panel)
        for ad, first, last in runs(metric.score[hours] >= threshold_std)
    ]


def _metrics(panel: Panel) -> list[Scored]:
    found = [_scored("spend", panel.metrics["spend"].astype(np.float64), 1)]
    for metric, (count, base, factor, sign) in RATIOS.items():
        if count in panel.metrics and base in panel.metrics:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = factor * panel.metrics[count].astype(np.float64) / panel.metrics[base]
            found.append(_scored(metric, np.where(panel.metrics[base] > 0, values, np.nan), sign))
    return found


def _scored(name: str, values: Array, sign: int) -> Scored:
    window = pd.DataFrame(values).rolling(DAYS * HOURS, min_periods=LEAST_DAYS * HOURS)
    mean, spread = window.mean().to_numpy(), window.std().to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        score = sign * (values - mean) / spread
    return Scored(name, values, mean, np.where(spread > 0, np.nan_to_num(score), 0.0))


def _row(panel: Panel, metric: Scored, ad: int, span: slice) -> dict[str, object]:
    at, last = panel.at(span.start), panel.at(span.stop - 1)
    ids = {str(name): str(value) for name, value in panel.ads.iloc[ad].items()}
    worst = float(metric.score[span, ad].max())
    return {
        **ids,
        "metric": metric.name,
        "alert_type": TYPES[metric.name],
        "start_ts": at,
        "end_ts": last,
        "severity": (Severity.CRITICAL if worst >= CRITICAL else Severity.MEDIUM).value,
        "score": round(float(metric.score[span.start, ad]), 2),
        "expected": round(float(metric.mean[span.start, ad]), 4),
        "observed": round(float(metric.values[span.start, ad]), 4),
        "money_at_stake": round(_money(panel, metric, ad, span), 2),
        "evidence": {"method": "zscore", "window_hours": DAYS * HOURS},
        "level": "ad",
        "incident_id": incident_id(TYPES[metric.name], metric.name, Level.AD, ids, at),
        "paged": True,
    }


def _money(panel: Panel, metric: Scored, ad: int, span: slice) -> float:
    """Spent beyond the mean, or on what the mean would have brought more of, in the hours from first to last."""
    values, mean = metric.values[span, ad], metric.mean[span, ad]
    spend = panel.metrics["spend"][span, ad].astype(np.float64)
    known = np.isfinite(values) & (mean > 0)
    ratio = np.where(known, values, 1.0) / np.where(known, mean, 1.0)
    if metric.name in {"ctr", "roas"}:
        return float((spend * np.maximum(0.0, 1.0 - ratio)).sum())
    return float((spend * np.maximum(0.0, 1.0 - 1.0 / np.maximum(ratio, 1e-9))).sum())
