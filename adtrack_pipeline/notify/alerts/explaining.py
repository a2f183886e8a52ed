"""Which alert explains which, so that only the cause is told. The rules are data. Pure.

Belongs here: grouping (the same alert of a parent) and inhibition (another failure that makes numbers look bad).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.notify.alerts.rows import Alert

_COARSEST_FIRST = (Level.ACCOUNT, Level.CAMPAIGN, Level.ADSET)
_LEVELS = tuple(Level)

CONVERSION_METRICS = frozenset({"conversions", "revenue", "cvr", "conversion_rate", "cpa", "roas", "aov"})
PERFORMANCE_METRICS = CONVERSION_METRICS | {
    *("impressions", "clicks", "spend", "reach", "frequency", "ctr", "link_ctr", "cpm", "cpc", "delivery"),
    "fatigue",
}


@dataclass(frozen=True)
class Inhibition:
    """While an alert of these types is open, alerts on these metrics at or below its object are not told.

    Attributes:
        causes: alert types that explain others; they never explain each other by the same rule.
        metrics: what looks bad because of it.
        lingers: how long after its end it still explains what was seen before the end, as windows look back.
    """

    causes: frozenset[str]
    metrics: frozenset[str]
    lingers: timedelta = timedelta(0)


INHIBITIONS = (
    # No conversion is reported: whatever is computed from conversions is wrong, not bad.
    Inhibition(frozenset({"tracking_outage"}), CONVERSION_METRICS, timedelta(hours=24)),
    # Nothing is shown: everything else falls with it.
    Inhibition(frozenset({"zero_delivery"}), PERFORMANCE_METRICS - {"delivery"}, timedelta(hours=24)),
    # Old numbers: nothing can be said about performance.
    Inhibition(frozenset({"sync_stale", "sync_missing", "data_stale"}), PERFORMANCE_METRICS),
    # Nothing is read at all: of course it grows old.
    Inhibition(frozenset({"sync_stale", "sync_missing"}), frozenset({"freshness"})),
)
LONGEST_LINGER = max(rule.lingers for rule in INHIBITIONS)


class Explanation(NamedTuple):
    """The alert that is told instead, and whether it is the same alert of a parent or another failure."""

    alert_id: int
    why: Literal["grouped", "inhibited"]


class Explainer:
    """Finds for one alert the one that explains it, among all that are open or ended shortly before `at`."""

    def __init__(self, alerts: Iterable[Alert], at: datetime, rules: Sequence[Inhibition] = INHIBITIONS) -> None:
        known = list(alerts)
        self._at = at
        self._parents = {
            (alert.alert_type, alert.metric, *_place(alert), alert.level, alert.object_id): alert.alert_id
            for alert in known
            if alert.is_live and alert.level in _COARSEST_FIRST
        }
        self._causes: dict[tuple[str | None, str | None], list[tuple[Inhibition, Alert]]] = {}
        for alert in known:
            for rule in rules:
                if alert.alert_type in rule.causes and self._still_explains(rule, alert):
                    self._causes.setdefault(_place(alert), []).append((rule, alert))

    def explain(self, alert: Alert) -> Explanation | None:
        """What explains the alert: the coarsest parent with the same alert, else another failure."""
        return self._parent(alert) or self._cause(alert)

    def _parent(self, alert: Alert) -> Explanation | None:
        for level in _COARSEST_FIRST:
            if _LEVELS.index(level) <= _LEVELS.index(alert.level):
                return None
            key = (alert.alert_type, alert.metric, *_place(alert), level, _id_at(alert, level) or "")
            if (found := self._parents.get(key)) is not None:
                return Explanation(found, "grouped")
        return None

    def _cause(self, alert: Alert) -> Explanation | None:
        # A failure of the pipeline as a whole is no account's; it explains those of its platform.
        whole = self._causes.get((alert.platform, None), ()) if alert.account_id else ()
        for rule, cause in (*self._causes.get(_place(alert), ()), *whole):
            if alert.metric in rule.metrics and alert.alert_type not in rule.causes and _is_within(alert, cause):
                was_seen = cause.resolved_at is None or alert.first_seen_at <= cause.resolved_at
                if was_seen:
                    return Explanation(cause.alert_id, "inhibited")
        return None

    def _still_explains(self, rule: Inhibition, alert: Alert) -> bool:
        return alert.resolved_at is None or alert.resolved_at + rule.lingers > self._at


def _place(alert: Alert) -> tuple[str | None, str | None]:
    return alert.platform, alert.account_id


def _id_at(alert: Alert, level: Level) -> str | None:
    ids = {Level.ACCOUNT: alert.account_id, Level.CAMPAIGN: alert.campaign_id, Level.ADSET: alert.adset_id}
    return ids.get(level, alert.ad_id)


def _is_within(alert: Alert, cause: Alert) -> bool:
    """Whether the alert's object is the cause's or inside it; everything is inside the pipeline."""
    if cause.level is Level.PIPELINE:
        return True
    is_finer = _LEVELS.index(alert.level) <= _LEVELS.index(cause.level)
    return is_finer and _id_at(alert, cause.level) == cause.object_id
