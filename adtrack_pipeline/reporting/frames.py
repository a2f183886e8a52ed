"""What a report needs to know, as frames and plain records: `AccountFrames`.

Belongs here: columns, types and units. Does not belong here: where they come from (`defs/reporting/`), or what a
report makes of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

DAY_COLUMNS = (
    *("date_day", "impressions", "clicks", "spend", "conversions", "revenue"),
    *("conversions_nowcast", "revenue_nowcast", "is_final"),
)
OBJECT_COLUMNS = (
    *("object_id", "name", "sells", "impressions", "clicks", "spend", "conversions", "revenue"),
    *("conversions_nowcast", "revenue_nowcast", "spend_yesterday"),
)
CREATIVE_COLUMNS = (*OBJECT_COLUMNS, "thumbnail_hash")
FATIGUE_COLUMNS = (
    *("creative_id", "name", "status", "days_since_onset", "recent_ctr", "best_ctr", "ctr_drop_pct"),
    *("frequency_recent", "spend", "thumbnail_hash"),
)
ALERT_COLUMNS = (
    *("alert_id", "alert_type", "severity", "message", "object_name", "money_at_stake", "currency"),
    *("began_at", "status"),
)
FRESHNESS_COLUMNS = ("report", "last_ok_at", "last_outcome", "last_error", "failed_since_ok")
RESTATED_COLUMNS = ("date_day", "spend", "conversions", "revenue")
ACCURACY_COLUMNS = (
    *("model_name", "model_version", "metric", "predictions", "scored", "mae", "accuracy", "noise_ceiling"),
    *("bias", "skill", "is_provisional", "since_day", "until_day"),
)

SUMS = {"impressions", "clicks", "spend", "conversions", "revenue", "conversions_nowcast", "revenue_nowcast"}


def empty(columns: Sequence[str]) -> pd.DataFrame:
    """A frame without rows."""
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Account:
    """Whose report it is; `name` as its owner wrote it."""

    platform: str
    account_id: str
    name: str
    currency: str | None
    timezone: str | None


@dataclass(frozen=True)
class Pace:
    """A budget and where it is heading, money in `currency`.

    Attributes:
        name: what it is called.
        kind: `monthly` (of the policies file), `lifetime` (of a campaign or ad set).
        limit: the budget.
        spent: of it so far.
        forecast: expected at its end; None when nothing forecasts it.
        low: end of the interval of the forecast; likewise `high`.
        gone_pct: share of its time that is over; None without an end.
        currency: of all the money here.
        verdict: over, under, on_track; None where it is not judged.
    """

    name: str
    kind: str
    limit: float
    spent: float
    forecast: float | None
    low: float | None
    high: float | None
    gone_pct: float | None
    currency: str | None
    verdict: str | None


@dataclass(frozen=True)
class AccountFrames:
    """One account up to the day of its report. Money is in the account's currency, major units.

    Attributes:
        account: whose.
        day: the account-local day the report is about.
        as_of: when the warehouse was looked at; aware.
        is_read: the day's complete answer, given after the day was over, has been read.
        days: DAY_COLUMNS, one row per day with data, five weeks up to `day`; `date_day` is a date.
        campaigns: OBJECT_COLUMNS, sums over the seven days up to `day`; nowcasts are NaN unless complete; `sells`
            is false for objectives other than sales.
        creatives: CREATIVE_COLUMNS, likewise.
        fatigue: FATIGUE_COLUMNS, creatives that are fatigued or limited on `day`, with seven days of spend.
        alerts: ALERT_COLUMNS, what is open, worth a message and not suppressed or silenced.
        freshness: FRESHNESS_COLUMNS, per kind of data when it was last read completely.
        restated: RESTATED_COLUMNS, what past days changed by (now minus then) since `restated_since`.
        restated_since: when the report before this one was built.
        accuracy: ACCURACY_COLUMNS, per model, version and metric over windows that ended from `since_day` to
            `until_day`: the week up to `day`; for ROAS and conversions the newest week whose conversions are in.
        paces: budgets and where they are heading.
        rate: reporting currency per unit of the account's; None: no rate is known, and nothing is converted.
    """

    account: Account
    day: date
    as_of: datetime
    is_read: bool = True
    days: pd.DataFrame = field(default_factory=lambda: empty(DAY_COLUMNS))
    campaigns: pd.DataFrame = field(default_factory=lambda: empty(OBJECT_COLUMNS))
    creatives: pd.DataFrame = field(default_factory=lambda: empty(CREATIVE_COLUMNS))
    fatigue: pd.DataFrame = field(default_factory=lambda: empty(FATIGUE_COLUMNS))
    alerts: pd.DataFrame = field(default_factory=lambda: empty(ALERT_COLUMNS))
    freshness: pd.DataFrame = field(default_factory=lambda: empty(FRESHNESS_COLUMNS))
    restated: pd.DataFrame = field(default_factory=lambda: empty(RESTATED_COLUMNS))
    restated_since: datetime | None = None
    accuracy: pd.DataFrame = field(default_factory=lambda: empty(ACCURACY_COLUMNS))
    paces: Sequence[Pace] = ()
    rate: float | None = None


@dataclass(frozen=True)
class Picture:
    """A thumbnail: media type and bytes."""

    media_type: str
    content: bytes


Thumbnails = Mapping[str, Picture]
