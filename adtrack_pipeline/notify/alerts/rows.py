"""Conditions as rows, and alerts as they are read back. Pure.

Belongs here: what Postgres takes and what it does not (NaN in JSON, NUL and half surrogate pairs in text).
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from adtrack_pipeline.monitoring.condition import Condition, Level, Severity


@dataclass(frozen=True)
class Alert:
    """A row of `ops.alerts` as far as decisions need it. Instants are aware."""

    alert_id: int
    alert_key: str
    alert_type: str
    metric: str
    level: Level
    platform: str | None
    account_id: str | None
    campaign_id: str | None
    adset_id: str | None
    ad_id: str | None
    object_id: str
    status: str
    severity: Severity
    pages: bool
    message: str
    threshold: float | None
    actual: float | None
    source: str
    first_seen_at: datetime
    last_seen_at: datetime
    opened_at: datetime
    resolved_at: datetime | None
    snoozed_until: datetime | None
    suppressed_by: int | None
    suppressed_why: str | None
    silenced_by: int | None
    told_severity: Severity | None
    last_told_at: datetime | None
    model_name: str | None = None

    def __post_init__(self) -> None:
        """Words of the database become words of the code."""
        object.__setattr__(self, "level", Level(self.level))
        object.__setattr__(self, "severity", Severity(self.severity))
        if self.told_severity is not None:
            object.__setattr__(self, "told_severity", Severity(self.told_severity))

    @property
    def is_live(self) -> bool:
        """Whether its condition holds, as far as known."""
        return self.status != "resolved"


def worst_of_each(conditions: Iterable[Condition]) -> list[Condition]:
    """One condition per key: of several the most severe, of those the last."""
    worst: dict[str, Condition] = {}
    for condition in conditions:
        known = worst.get(condition.key)
        if known is None or condition.severity.rank >= known.severity.rank:
            worst[condition.key] = condition
    return list(worst.values())


def condition_rows(conditions: Iterable[Condition], ended_after: Mapping[str, datetime]) -> str:
    """A JSON list with the columns of `ops.alerts` that come from conditions.

    `ended_after`, by key: an alert that ended later than this is the same incident.
    """
    return f"[{','.join(_json(_row(condition, ended_after[condition.key])) for condition in conditions)}]"


def _row(condition: Condition, ended_after: datetime) -> dict[str, Any]:
    subject = condition.subject
    return {
        "alert_key": condition.key,
        "alert_type": condition.alert_type,
        "metric": condition.metric,
        "level": subject.level.value,
        "platform": subject.platform,
        "account_id": subject.account_id,
        "campaign_id": subject.campaign_id,
        "adset_id": subject.adset_id,
        "ad_id": subject.ad_id,
        "object_id": subject.object_id,
        "object_name": subject.name,
        "model_name": subject.model_name,
        "severity": condition.severity.value,
        "pages": condition.pages,
        "message": condition.message,
        "threshold": condition.threshold,
        "expected": condition.expected,
        "actual": condition.actual,
        "score": condition.score,
        "money_at_stake": condition.money_at_stake,
        "currency": condition.currency,
        "evidence": condition.evidence,
        "began_at": condition.began_at,
        "ended_after": ended_after,
    }


def _json(row: dict[str, Any]) -> str:
    """The row as JSON; only the few with something odd in them are looked at value by value."""
    try:
        text = _ENCODER.encode(row)  # makes null of NaN and infinity by itself
    except UnicodeEncodeError:
        text = b"\\u0000"
    return json.dumps(storable(row)) if b"\\u0000" in text else text.decode()


def storable(value: Any) -> Any:
    """JSON values Postgres takes: null instead of NaN and infinity, text without NUL, ISO instants."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(held) for held in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _number(value)


def _number(value: Any) -> Any:
    """A number of any library; what is none becomes its text."""
    if hasattr(value, "tolist"):  # numpy's scalars and arrays, without importing numpy
        return storable(value.tolist())
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return storable(str(value))
    return number if math.isfinite(number) else None


_ENCODER = msgspec.json.Encoder(enc_hook=storable, decimal_format="number")
