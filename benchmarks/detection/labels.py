"""What a label and a decoy are, which metrics name an incident rightly, and when a careful human could see it.

Belongs here: the vocabulary of the yardstick. Does not belong here: making incidents (`incidents`) or judging
(`scoring`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FAMILIES: dict[str, frozenset[str]] = {
    "ctr_collapse": frozenset({"ctr", "clicks", "cpc"}),
    "cpm_spike": frozenset({"cpm", "cpc"}),
    "cpc_spike": frozenset({"cpc", "cpm", "ctr"}),
    "spend_runaway": frozenset({"spend", "impressions"}),
    "zero_delivery": frozenset({"delivery", "impressions", "spend"}),
    "tracking_outage": frozenset({"conversions", "cvr", "revenue", "roas", "cpa"}),
    "roas_cvr": frozenset({"roas", "cvr", "cpa", "conversions", "revenue"}),
    "roas_aov": frozenset({"roas", "aov", "revenue"}),
    "fatigue": frozenset({"fatigue", "ctr"}),
}
ANY: frozenset[str] = frozenset()
CLEAR_Z = 6.0
"""An incident counts as visible when its whole course is this many standard deviations away from the usual."""
LEAST_EVENTS = 15.0
"""... and when this many clicks, orders or (for delivery and price) hundred impressions were to be expected."""

LABEL_COLUMNS = [
    "event_id", "kind", "level", "account_id", "campaign_ids", "ad_ids", "start", "end", "due", "metrics",
    "magnitude", "expected", "clarity", "judged",
]  # fmt: skip
DECOY_COLUMNS = ["decoy_id", "kind", "account_id", "ad_ids", "start", "end", "metrics"]


@dataclass(frozen=True)
class World:
    """One simulated set of accounts.

    Attributes:
        panel: a row per ad and UTC hour (`ts` aware, start of the hour); the contract of `detect_anomalies`.
        plan: `ad_id, ts_from, ts_to, effective_status, daily_budget` (major units, null under a shared budget;
            `ts_to` null while it holds), or None for a world without change log.
        labels: incidents, `LABEL_COLUMNS`. `due` is the moment a finding is due (fatigue: 20 % of CTR gone;
            else the start); `judged` is False for what nobody could see.
        decoys: normal things that look odd, `DECOY_COLUMNS`; a page on them is false.
        orders: every recorded order (`ad_id, ts` of the click, `arrives`, `value`) where `panel` shows what had
            arrived when it ends; None elsewhere. `replay.panel_at` makes panels of earlier moments from it.
        ad_days: days on which ads were on.
    """

    name: str
    seed: int
    panel: pd.DataFrame
    plan: pd.DataFrame | None
    labels: pd.DataFrame
    decoys: pd.DataFrame
    ads: pd.DataFrame
    ad_days: float
    orders: pd.DataFrame | None = None


def clarity(expected: float, factor: float, spread: float, dispersion: float = 1.0) -> float:
    """Standard deviations between `expected × factor` events and `expected`, given slow noise of `spread`.

    Chance enters by the Poisson deviance (divided by `dispersion`, the variance per event), the account's
    noise as a relative standard deviation over windows of the incident's length.
    """
    if expected <= 0:
        return 0.0
    seen = max(factor, 0.0) * expected
    deviance = 2 * ((seen * np.log(factor) if factor > 0 else 0.0) - (seen - expected)) / dispersion
    distance = abs(np.log(max(factor, 0.05)))
    variance = 1 / max(deviance, 1e-12) + (spread / max(distance, 1e-12)) ** 2
    return float(1 / np.sqrt(variance))
