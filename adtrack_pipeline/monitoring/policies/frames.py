"""What judging needs to know, as frames: `PolicyFrames`.

Belongs here: columns, types and units. Does not belong here: where they come from
(`defs/monitoring/policy_frames.py`) or what they mean for an alert (`judging/`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from adtrack_pipeline.monitoring.condition import Level

ACCOUNT_COLUMNS = (
    *("platform", "account_id", "account_name", "currency", "timezone_name", "first_seen_at"),
    *("spend_cap", "amount_spent"),
)
CAMPAIGN_COLUMNS = ("platform", "account_id", "campaign_id", "campaign_name", "objective", "is_running")
KEYS = ("platform", "account_id", "campaign_id", "adset_id", "ad_id")
SUMS = (
    "impressions",
    "clicks",
    "link_clicks",
    "spend",
    "conversions",
    "revenue",
    "conversions_nowcast",
    "revenue_nowcast",
    "reached_impressions",
    "reach",
)
DAY_COLUMNS = (*KEYS, "object_name", "date_day", *SUMS)
BUDGET_COLUMNS = (
    *("platform", "level", "account_id", "campaign_id", "adset_id", "object_name"),
    *("daily_budget", "lifetime_budget", "lifetime_spent", "is_running", "starts_at", "ends_at"),
)
SYNC_COLUMNS = ("platform", "account_id", "last_started_at", "last_ok_at", "succeeded", "failed")


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """A frame without rows."""
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class PlatformFacts:
    """What is known about the way to the platform; None: not known, or without an end.

    Attributes:
        platform: `meta`.
        api_version: the version in use, such as `v25.0`.
        version_ends: the last day it works.
        newest_version: what to change to.
        token_expires_at: when the token stops working; aware.
    """

    platform: str = "meta"
    api_version: str | None = None
    version_ends: date | None = None
    newest_version: str | None = None
    token_expires_at: datetime | None = None


@dataclass(frozen=True)
class PolicyFrames:
    """Everything the policies are held against. Ids are text; money is in major units of the account's currency.

    Attributes:
        accounts: ACCOUNT_COLUMNS, one row per account that is still read; `amount_spent` counts towards
            `spend_cap`, which is NaN or 0 without one.
        campaigns: CAMPAIGN_COLUMNS; `objective` in the platform's words; `is_running` false for what is paused,
            ended or deleted.
        days: by level, DAY_COLUMNS, one row per object and account-local day (`date_day`: datetime64), today
            included; ids below the level are None. `*_nowcast` is what is expected once all conversions have
            arrived, NaN when not known; `reach` and `reached_impressions` (impressions of rows with a reach) are
            given for ads and accounts only.
        budgets: BUDGET_COLUMNS, campaigns and ad sets with a budget of their own; `level` is a `Level`;
            `lifetime_spent` only beside a lifetime budget; no budget: NaN or 0; `starts_at`, `ends_at` aware.
        syncs: SYNC_COLUMNS, one row per account; instants aware or NaT; `succeeded` and `failed` count the syncs
            that ended within the health section's window.
        facts: about the platform.
    """

    accounts: pd.DataFrame = field(default_factory=lambda: empty(ACCOUNT_COLUMNS))
    campaigns: pd.DataFrame = field(default_factory=lambda: empty(CAMPAIGN_COLUMNS))
    days: Mapping[Level, pd.DataFrame] = field(default_factory=dict)
    budgets: pd.DataFrame = field(default_factory=lambda: empty(BUDGET_COLUMNS))
    syncs: pd.DataFrame = field(default_factory=lambda: empty(SYNC_COLUMNS))
    facts: PlatformFacts = field(default_factory=PlatformFacts)
