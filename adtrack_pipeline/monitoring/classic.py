"""The classic rule of earlier trackers: a rolling z-score on raw hourly values. For comparison only.

Belongs here: that rule as it was, its faults included: the hour judged is part of its own baseline, hours of the
day and small numbers are not told apart. Does not belong here: anything the product relies on.
"""

import numpy as np
import pandas as pd

from adtrack_pipeline.monitoring.condition import Level, Severity
from adtrack_pipeline.monitoring.incidents import runs
from adtrack_pipeline.monitoring.panel import HOURS, Array, Panel
from adtrack_pipeline.monitoring.telling import incident_id

DAYS, LEAST_DAYS = 30, 7
CRITICAL = 3.0
RATIOS = {
    "ctr": ("clicks", "impressions", -1),
    "cpm": ("spend", "impressions", 1),
    "cpc": ("spend", "clicks", 1),
    "roas": ("revenue", "spend", -1),
}
TYPES = {"ctr": "ctr_drop", "cpm": "cpm_spike", "cpc": "cpc_spike", "roas": "roas_drop", "spend": "spend_anomaly"}


def classic_findings(panel: Panel, hours: slice, threshold_std: float) -> list[dict[str, object]]:
    """Rows of what `detect_anomalies` returns; every deviation beyond `threshold_std` is told."""
    return [
        row
        for metric, values, sign in _metrics(panel)
        for row in _rows(panel, metric, values, sign * _zscore(values), hours, threshold_std)
    ]


def _metrics(panel: Panel) -> list[tuple[str, Array, int]]:
    found: list[tuple[str, Array, int]] = [("spend", panel.metrics["spend"].astype(np.float64), 1)]
    for metric, (count, base, sign) in RATIOS.items():
        if count in panel.metrics and base in panel.metrics:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = panel.metrics[count].astype(np.float64) / panel.metrics[base]
            found.append((metric, np.where(panel.metrics[base] > 0, values, np.nan), sign))
    return found


def _zscore(values: Array) -> Array:
    frame = pd.DataFrame(values)
    window = frame.rolling(DAYS * HOURS, min_periods=LEAST_DAYS * HOURS)
    spread = window.std().to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (values - window.mean().to_numpy()) / spread
    return np.where(spread > 0, np.nan_to_num(score), 0.0)


def _rows(
    panel: Panel, metric: str, values: Array, score: Array, hours: slice, threshold_std: float
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for ad, first, last in runs(score[hours] >= threshold_std):
        at = panel.at(first + hours.start)
        ids = {str(name): str(value) for name, value in panel.ads.iloc[ad].items()}
        z = float(score[hours][first, ad])
        found.append(
            {
                **ids,
                "metric": metric,
                "alert_type": TYPES[metric],
                "start_ts": at,
                "end_ts": panel.at(last + hours.start),
                "severity": (Severity.CRITICAL if z >= CRITICAL else Severity.MEDIUM).value,
                "score": round(z, 2),
                "expected": float("nan"),
                "observed": round(float(values[hours][first, ad]), 4),
                "money_at_stake": float("nan"),
                "evidence": {"method": "zscore", "window_hours": DAYS * HOURS},
                "level": "ad",
                "incident_id": incident_id(TYPES[metric], metric, Level.AD, ids, at),
                "paged": True,
            }
        )
    return found
