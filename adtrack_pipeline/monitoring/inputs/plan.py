"""What was planned: when each ad was meant to run, and on which budget.

Belongs here: the plan frame as arrays. Does not belong here: what to make of it (`usual/`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_string_dtype

from adtrack_pipeline.monitoring.inputs.columns import instants, numbers, require, words, words_or_null
from adtrack_pipeline.monitoring.inputs.panel import HOURS, Array, Index, Mask, Panel

COLUMNS = ("ad_id", "ts_from", "ts_to", "effective_status", "daily_budget")
ACTIVE = "ACTIVE"
GRACE_HOURS = 24  # after a pause delivery has to find its level again


@dataclass(frozen=True)
class Plan:
    """Hours x ads.

    Attributes:
        active: meant to deliver. Without a plan: from the first delivery on.
        settled: active for at least a day without a break.
        budget: daily budget, major units; NaN where none is known.
    """

    active: Mask
    settled: Mask
    budget: Array

    def on(self, days: slice) -> "Plan":
        """The same ads on these days only."""
        hours = slice(days.start * HOURS, days.stop * HOURS)
        return Plan(self.active[hours], self.settled[hours], self.budget[hours])

    def take(self, columns: Index | slice) -> "Plan":
        """The same hours of these ads only."""
        return Plan(self.active[:, columns], self.settled[:, columns], self.budget[:, columns])


def build_plan(panel: Panel, frame: pd.DataFrame | None) -> Plan:
    """Read a plan.

    Args:
        panel: gives hours and ads.
        frame: `ad_id, ts_from, ts_to` (null: open), `effective_status` (Meta's words; anything but ACTIVE does not
            deliver; null: not told), `daily_budget` (null: not told), and `account_id` where several accounts may
            have ads of the same id (null: any). Ads it does not name are taken as active.

    Raises:
        PanelError: a column is missing or cannot be read.
    """
    hours = np.arange(panel.hours)[:, None]
    active = hours >= panel.launched
    budget = np.full(active.shape, np.nan, np.float32)
    if frame is not None and len(frame):
        _paint(panel, frame, active, budget)
    return Plan(active=active, settled=active & ~_recent_break(panel, active), budget=budget)


def _paint(panel: Panel, frame: pd.DataFrame, active: Mask, budget: Array) -> None:
    require(frame, COLUMNS[:4], "The plan")
    columns = panel.ads.groupby("ad_id", sort=False).indices
    seen = active.copy()
    since = _hour(panel, _bound(frame, "ts_from", "-infinity"), 0, up=False)
    until = _hour(panel, _bound(frame, "ts_to", "infinity"), panel.hours, up=True)
    told = frame["effective_status"].notna().to_numpy()
    runs = frame["effective_status"].astype("str").str.upper().eq(ACTIVE).to_numpy()
    budgets = numbers(frame, "daily_budget") if "daily_budget" in frame else None
    owner: list[Any] = [None] * len(frame)
    if "account_id" in frame:
        owner = words_or_null(frame, "account_id").tolist()
    accounts = panel.ads["account_id"].tolist()
    for row, ad in enumerate(words(frame, "ad_id")):
        for column in columns.get(ad, ()):
            if pd.notna(owner[row]) and owner[row] != accounts[column]:
                continue
            span = slice(max(0, since[row]), max(0, until[row]))
            if told[row]:
                active[span, column] = runs[row] & seen[span, column]
            if budgets is not None and budgets[row] > 0:
                budget[span, column] = budgets[row]


def _bound(frame: pd.DataFrame, name: str, open_end: str) -> "pd.Series[pd.Timestamp]":
    """A column of instants in which Postgres may have written an open end as a word."""
    if is_string_dtype(frame[name]):
        open_ended = frame[name].astype("str").str.strip().str.lower().eq(open_end)
        frame = frame.assign(**{name: frame[name].mask(open_ended)})
    return instants(frame, name)


def _hour(panel: Panel, column: "pd.Series[pd.Timestamp]", empty: int, *, up: bool) -> list[int]:
    """Hours of the panel; a change within an hour belongs to the hour in which delivery is partial."""
    hours = ((column - panel.start) / pd.Timedelta(hours=1)).to_numpy(np.float64, na_value=np.nan)
    whole = np.ceil(hours) if up else np.floor(hours)
    return [int(hour) for hour in np.clip(np.where(np.isnan(whole), empty, whole), -1, panel.hours)]


def _recent_break(panel: Panel, active: Mask) -> Mask:
    """Whether an ad was not meant to run at some time of the last day, since it first delivered."""
    broken = ~active & (np.arange(panel.hours)[:, None] >= panel.launched)
    count = np.cumsum(broken, axis=0)
    before = np.zeros_like(count)
    before[GRACE_HOURS:] = count[:-GRACE_HOURS]
    return np.asarray(count > before)
