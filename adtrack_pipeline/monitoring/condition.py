"""The words between judging and telling: something holds about an object now, and what was looked at.

Belongs here: plain records. Does not belong here: how conditions are found (the modules beside this one) or what
becomes of them (`notify/`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much it matters, from money at stake; ordered by `rank`."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return list(Severity).index(self)


class Level(StrEnum):
    """What kind of object a condition is about, from fine to coarse."""

    AD = "ad"
    ADSET = "adset"
    CAMPAIGN = "campaign"
    ACCOUNT = "account"
    MODEL = "model"
    PIPELINE = "pipeline"


@dataclass(frozen=True)
class Subject:
    """The object a condition is about, with its parents as far as they are known. Ids are text, "" never used.

    For `Level.PIPELINE` the object is a part of adtrack itself (a job, a sensor, a channel), named in `name`. For
    `Level.MODEL` it is a model that predicts, all its versions together, by `name` and `model_name` alike.
    """

    level: Level
    platform: str | None = None
    account_id: str | None = None
    campaign_id: str | None = None
    adset_id: str | None = None
    ad_id: str | None = None
    name: str | None = None
    model_name: str | None = None

    @property
    def object_id(self) -> str:
        """The id of the object at `level`."""
        ids = {
            Level.AD: self.ad_id,
            Level.ADSET: self.adset_id,
            Level.CAMPAIGN: self.campaign_id,
            Level.ACCOUNT: self.account_id,
            Level.MODEL: self.name,
            Level.PIPELINE: self.name,
        }
        return ids[self.level] or ""


@dataclass(frozen=True)
class Condition:
    """One thing that holds now and that somebody may want to know.

    Attributes:
        alert_type: what it is called: `ctr_drop`, `budget_exceeded`, `tracking_outage`, `sync_stale`, ...
        metric: what was measured: `ctr`, `spend`, `conversions`, `delivery`, ...
        subject: the object.
        severity: from money at stake.
        message: one or two plain sentences for a marketer: what, since when, likely cause, money.
        began_at: the hour it began, as far as known; aware.
        seen_at: the newest hour it was seen in; aware.
        pages: worth a message; otherwise only recorded.
        threshold: the line that was crossed, in the metric's unit.
        expected: what was to be expected, in the metric's unit.
        actual: what was observed, in the metric's unit.
        score: standardised distance from expectation (standard deviations), without sign.
        money_at_stake: in `currency`, major units: what it cost or kept from being earned so far.
        currency: ISO code of the account.
        evidence: JSON values; `series` holds what a chart needs (`ts`, `actual`, `expected`, `low`, `high`).
    """

    alert_type: str
    metric: str
    subject: Subject
    severity: Severity
    message: str
    began_at: datetime
    seen_at: datetime
    pages: bool = True
    threshold: float | None = None
    expected: float | None = None
    actual: float | None = None
    score: float | None = None
    money_at_stake: float | None = None
    currency: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """One incident and object: the same key an hour later is the same alert."""
        subject = self.subject
        scope = (subject.platform, subject.account_id, subject.level.value, subject.object_id)
        return ":".join((self.alert_type, self.metric, *(part or "-" for part in scope)))


@dataclass(frozen=True)
class Scan:
    """What was looked at, so that silence about it means that all is well again.

    Attributes:
        source: who looked: `detection`, `policies`, `health`.
        accounts: ids of the accounts whose data was fit to be judged; others keep the alerts they have.
        at: the moment of looking; aware.
    """

    source: str
    accounts: frozenset[str]
    at: datetime
