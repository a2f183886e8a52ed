"""A report as plain records: what the page, the message and the JSON are all made of.

Belongs here: the records. Does not belong here: computing them (`account.py`, `overall.py`), drawing them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from adtrack_pipeline.reporting.comparing import Compared
from adtrack_pipeline.reporting.frames import Pace
from adtrack_pipeline.reporting.ranking import Ranking
from adtrack_pipeline.reporting.sums import Sums

SEVERITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class AlertLine:
    """An open alert; `money` is what is at stake, in `currency`."""

    alert_id: int
    kind: str
    severity: str
    message: str
    object_name: str
    money: float | None
    currency: str | None
    account: str
    began_at: datetime
    converted: float | None = None


@dataclass(frozen=True)
class FatigueLine:
    """A creative that wears out; CTR in percent, `spend` of seven days."""

    creative_id: str
    name: str
    status: str
    days: int | None
    recent_ctr: float | None
    best_ctr: float | None
    drop_pct: float | None
    frequency: float | None
    spend: float | None
    currency: str | None
    account: str
    thumbnail: str | None = None


@dataclass(frozen=True)
class RestatedLine:
    """What a past day changed by since the report before, in the account's currency."""

    day: date
    spend: float
    conversions: float
    revenue: float
    currency: str | None
    account: str


@dataclass(frozen=True)
class ModelLine:
    """How well one metric of one model was predicted over windows that ended on these days.

    `bias` is a share of what happened.
    """

    model: str
    version: str
    metric: str
    predictions: int
    accuracy: float | None
    ceiling: float | None
    mae: float | None
    bias: float | None
    skill: float | None
    is_provisional: bool
    since: date
    until: date


@dataclass(frozen=True)
class MlAccuracy:
    """The numbers dashboards know; None: not known. MAE of CTR in percent points, accuracy from 0 to 100.

    CTR is measured over the windows that ended from `ctr_since` to `ctr_until`; ROAS over the newest week whose
    conversions are in.
    """

    ctr_mae: float | None = None
    roas_mae: float | None = None
    prediction_accuracy: float | None = None
    ctr_since: date | None = None
    ctr_until: date | None = None
    roas_since: date | None = None
    roas_until: date | None = None


@dataclass(frozen=True)
class FreshLine:
    """When one kind of data was last read completely."""

    what: str
    account: str
    last_ok_at: datetime | None
    is_late: bool
    problem: str | None


@dataclass(frozen=True)
class AccountLine:
    """One account beside the others: its own sums, and converted ones where a rate is known."""

    account_id: str
    name: str
    currency: str | None
    own: Sums | None
    rate: float | None
    converted: Sums | None
    usual_spend_pct: float | None
    is_read: bool


@dataclass(frozen=True)
class Report:
    """One account's day, or (`account_id` None) the day of all of them in the reporting currency.

    Attributes:
        platform: of the account; None over all.
        account_id: whose; None over all.
        name: what the report is called.
        day: the account-local day it is about.
        currency: of all money that does not carry its own.
        timezone: instants are shown in; None: UTC.
        as_of: when the warehouse was looked at.
        sums: the day's; None when it was not read at all.
        compared: every metric against the references.
        days: sums per day, oldest first, for the charts.
        missing: sentences about what is missing; none: complete.
        highlights: the report in a few sentences.
    """

    platform: str | None
    account_id: str | None
    name: str
    day: date
    currency: str | None
    timezone: str | None
    as_of: datetime
    sums: Sums | None
    compared: Sequence[Compared]
    days: Mapping[date, Sums]
    missing: Sequence[str] = ()
    highlights: Sequence[str] = ()
    campaigns: Ranking | None = None
    creatives: Ranking | None = None
    fatigue: Sequence[FatigueLine] = ()
    alerts: Sequence[AlertLine] = ()
    paces: Sequence[Pace] = ()
    models: Sequence[ModelLine] = ()
    ml: MlAccuracy = field(default_factory=MlAccuracy)
    freshness: Sequence[FreshLine] = ()
    restated: Sequence[RestatedLine] = ()
    restated_since: datetime | None = None
    accounts: Sequence[AccountLine] = ()
    is_sandbox: bool = False

    @property
    def is_overall(self) -> bool:
        """Over all accounts."""
        return self.account_id is None

    @property
    def is_complete(self) -> bool:
        """Nothing is missing."""
        return not self.missing

    @property
    def is_unripe(self) -> bool:
        """Conversions of the day are still coming in."""
        return bool(self.sums and not self.sums.is_final and (self.sums.spend or self.sums.conversions))

    @property
    def has_delivery(self) -> bool:
        """Anything at all was delivered on the days the report looks at."""
        return any(one.impressions or one.spend or one.conversions for one in self.days.values())

    @property
    def unrated(self) -> list[str]:
        """Currencies that have no rate, so that their accounts are in no total."""
        return sorted({one.currency or "unknown" for one in self.accounts if one.own and one.rate is None})

    @property
    def is_partial(self) -> bool:
        """Of some account nothing is known about the day, so that it is in no total."""
        return any(one.own is None for one in self.accounts)

    def compared_by_name(self) -> dict[str, Compared]:
        """Lines by the metric's name."""
        return {one.metric.name: one for one in self.compared}

    def fingerprint(self) -> str:
        """The same for the same inputs, whenever it is built."""
        content = asdict(self)
        del content["as_of"]
        content["days"] = {day.isoformat(): value for day, value in content["days"].items()}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
