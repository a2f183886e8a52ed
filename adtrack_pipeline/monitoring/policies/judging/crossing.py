"""One object beyond one line: who, since when, what it costs. What is said about it: `crossing_condition`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adtrack_pipeline.monitoring.condition import Level, Subject
from adtrack_pipeline.monitoring.policies.judging.calendar import starts_at
from adtrack_pipeline.monitoring.policies.judging.keys import key_of
from adtrack_pipeline.monitoring.policies.judging.metrics import Metric
from adtrack_pipeline.monitoring.policies.model.thresholds import ThresholdRule
from adtrack_pipeline.monitoring.policies.records import text

ID_OF = {Level.AD: "ad_id", Level.ADSET: "adset_id", Level.CAMPAIGN: "campaign_id", Level.ACCOUNT: "account_id"}


@dataclass(frozen=True)
class Crossing:
    """`row`: sums over the window, `value`, `line`, names and currency of the object.

    `days` and `values`: the days that were summed, in order, and the ratio of each (NaN without one).
    """

    level: Level
    name: str
    metric: Metric
    rule: ThresholdRule
    row: Mapping[str, Any]
    is_below: bool
    days: Sequence[date] = ()
    values: Sequence[float] = ()

    @property
    def alert_type(self) -> str:
        """What it is called."""
        return self.metric.below if self.is_below else self.metric.above

    @property
    def subject(self) -> Subject:
        """The object."""
        ids = {name: text(self.row.get(name)) for name in ("campaign_id", "adset_id", "ad_id")}
        name = self.row["account_name"] if self.level is Level.ACCOUNT else self.row["object_name"]
        return Subject(self.level, self.row["platform"], self.row["account_id"], name=text(name), **ids)

    @property
    def key(self) -> str:
        """The key its condition will have."""
        return key_of(self.alert_type, self.name, self.subject)

    @property
    def money_at_stake(self) -> float | None:
        """What it cost or kept from being earned against the line; None where that cannot be said."""
        row, line = self.row, self.row["line"]
        lost: float | None = None
        if self.name == "roas" and self.is_below:
            lost = line * row["spend"] - row["revenue"]
        elif self.name in {"cpc", "cpm", "cpa"} and not self.is_below:
            lost = row["spend"] - line * row[self.metric.under] / self.metric.scale
        elif self.name in {"ctr", "link_ctr"} and self.is_below and line > 0:
            # The part of the spend that brought no click: never more than was spent.
            lost = row["spend"] * (1 - row["value"] / line)
        return max(round(lost, 2), 0.0) if lost is not None else None

    @property
    def began_at(self) -> datetime:
        """The first of the newest days in a row that were beyond the line each by itself."""
        line, first = self.row["line"], len(self.days) - 1
        beyond = [value < line if self.is_below else value > line for value in self.values]
        while first > 0 and beyond[first - 1]:
            first -= 1
        return starts_at(self.days[first], self.row["timezone_name"])
