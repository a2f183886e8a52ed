"""The words every ad platform shares: what a client hands over and how it fails.

Belongs here: plain records and errors. Does not belong here: HTTP, SQL, anything only one platform has.
Numbers stay the decimal text the API sent, already validated: exact, and what `COPY` takes as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Report(StrEnum):
    """The insight reports; the value is the table's name in schema `raw`."""

    DAILY = "insights_daily"
    HOURLY = "insights_hourly"
    ACCOUNT_DAILY = "account_insights_daily"


class ObjectKind(StrEnum):
    """Objects of an ad account; the value is the table's name in schema `raw`."""

    ACCOUNT = "accounts"
    CAMPAIGN = "campaigns"
    ADSET = "adsets"
    AD = "ads"
    CREATIVE = "creatives"


@dataclass(frozen=True)
class Account:
    """An ad account: id without prefix, ISO currency, IANA time zone (days are local to it)."""

    account_id: str
    name: str | None
    currency: str
    timezone_name: str
    payload: Mapping[str, Any] = field(repr=False, default_factory=dict)


class InsightRow(NamedTuple):
    """One insight row, every metric as canonical decimal text ("" is never used; None is SQL null).

    `ad_id` is "" at account level, `hour` is None except in the hourly report (-1: label missing).
    `actions` and `action_values` are JSON text of Meta's lists, values validated as finite numbers.
    """

    account_id: str
    ad_id: str
    date_day: str
    hour: int | None
    campaign_id: str | None
    adset_id: str | None
    campaign_name: str | None
    adset_name: str | None
    ad_name: str | None
    currency: str | None
    objective: str | None
    optimization_goal: str | None
    attribution_setting: str | None
    impressions: str
    clicks: str
    link_clicks: str
    outbound_clicks: str
    spend: str
    reach: str | None
    frequency: str | None
    video_plays: str | None
    video_p25: str | None
    video_p50: str | None
    video_p75: str | None
    video_p100: str | None
    thruplays: str | None
    video_avg_seconds: str | None
    actions: str | None
    action_values: str | None


class RejectedRow(NamedTuple):
    """A row that cannot be taken as it is: why, and its text for the quarantine.

    `object_key` says which stored row it would have replaced, so that the old value is kept: for insights
    `ad_id/date_day` (either part may be empty when unknown; None: nothing is known), for objects the id.
    """

    object_key: str | None
    reason: str
    row_text: str


class InsightsPage(NamedTuple):
    """One API answer: rows ready to load, rows refused, and the token-free body for the archive."""

    rows: list[InsightRow]
    rejected: list[RejectedRow]
    body: bytes


class PlatformObject(NamedTuple):
    """One campaign, ad set, ad, creative or account: typed columns of its raw table beside the payload.

    `columns` holds values for the table's typed columns (names as in `raw.*`, money in major units as
    decimal text, instants as ISO 8601 text). `volatile` names payload keys and columns that change without
    anybody having changed the object (budget_remaining, amount_spent, balance, thumbnail_url): kept current,
    left out of its content hash. `is_partial`: only some of its fields could be read; one that is missing is
    unknown, not empty.
    """

    kind: ObjectKind
    account_id: str
    object_id: str
    columns: Mapping[str, str | int | None]
    payload: bytes
    volatile: frozenset[str] = frozenset()
    is_partial: bool = False


class Activity(NamedTuple):
    """One entry of the account's change log; `activity_key` identifies it, as platforms give no id."""

    account_id: str
    activity_key: str
    event_type: str
    event_at: str
    actor_id: str | None
    actor_name: str | None
    application_name: str | None
    object_id: str | None
    object_name: str | None
    object_type: str | None
    translated_event_type: str | None
    extra_data: str | None


@dataclass
class CallStats:
    """What a piece of work cost at the API; one per account and report, filled by the client.

    `unavailable_until` is the last day of the window the platform no longer keeps (learned from its answer).
    `asked_at` is when the oldest of the reports that were read had been asked for, if an earlier run did that.
    `warnings` are sentences about what was read differently than asked (a field the platform refuses, ...).
    """

    api_calls: int = 0
    retries: int = 0
    rate_limit_hits: int = 0
    bytes: int = 0
    quota_used_pct: float | None = None
    unavailable_until: date | None = None
    asked_at: datetime | None = None
    warnings: list[str] = field(default_factory=list)


class ErrorClass(StrEnum):
    """What to do about a platform error; the table of codes maps to these."""

    RETRY = "retry"
    WAIT = "wait"
    SPLIT = "split"
    RESTART = "restart"
    PERMANENT = "permanent"
    TOO_OLD = "too_old"
    ALERT = "alert"


class PlatformError(Exception):
    """A platform call that failed for good. The text is one clear sentence and never holds a token or URL."""

    def __init__(
        self,
        message: str,
        *,
        error_class: ErrorClass,
        code: int | None = None,
        subcode: int | None = None,
        status: int | None = None,
        trace_id: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.code = code
        self.subcode = subcode
        self.status = status
        self.trace_id = trace_id
        self.retry_at = retry_at
