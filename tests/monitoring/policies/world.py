"""A small world of frames for judging: one account with campaigns, days counted back from its today."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition, Level
from adtrack_pipeline.monitoring.policies import Policies, PolicyFrames, judge_policies, load_policies
from adtrack_pipeline.monitoring.policies.file import parse
from adtrack_pipeline.monitoring.policies.frames import (
    ACCOUNT_COLUMNS,
    BUDGET_COLUMNS,
    CAMPAIGN_COLUMNS,
    DAY_COLUMNS,
    SYNC_COLUMNS,
    PlatformFacts,
)
from adtrack_pipeline.monitoring.policies.loading import policies_of

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def policies(text: str = "") -> Policies:
    """Policies as a user's file with this text gives them."""
    return policies_of(parse(dedent(text), "adtrack.policies.yaml"))


def account(
    account_id: str = "1", currency: str | None = "EUR", zone: str = BERLIN, **more: Any
) -> dict[str, Any]:
    """An account that was synced five minutes ago, unless told otherwise."""
    return {
        "platform": "meta",
        "account_id": account_id,
        "account_name": f"Shop {account_id}",
        "currency": currency,
        "timezone_name": zone,
        "first_seen_at": NOW - timedelta(days=90),
        "last_started_at": NOW - timedelta(minutes=5),
        "last_ok_at": NOW - timedelta(minutes=5),
        "succeeded": 100,
        "failed": 0,
        **more,
    }


def campaign(campaign_id: str = "c", name: str | None = None, **more: Any) -> dict[str, Any]:
    """A running campaign of account 1."""
    said = {
        "campaign_name": f"Campaign {campaign_id}" if name is None else name,
        "objective": "OUTCOME_SALES",
        "is_running": True,
        **more,
    }
    return {"platform": "meta", "account_id": "1", "campaign_id": campaign_id, **said}


def today_of(zone: str = BERLIN, now: datetime = NOW) -> date:
    """The account's day."""
    return now.astimezone(ZoneInfo(zone)).date()


def day(
    days_ago: int,
    level: Level = Level.CAMPAIGN,
    today: date | None = None,
    **metrics: Any,
) -> dict[str, Any]:
    """A day of campaign `c` (ad set `s`, ad `a`) of account 1; conversions are final unless a nowcast is given."""
    ids = {"campaign_id": "c", "adset_id": "s", "ad_id": "a"}
    depth = {Level.ACCOUNT: 0, Level.CAMPAIGN: 1, Level.ADSET: 2, Level.AD: 3}[level]
    row: dict[str, Any] = {
        "platform": "meta",
        "account_id": "1",
        **dict.fromkeys(ids),
        **dict(list(ids.items())[:depth]),
        "date_day": (today or today_of()) - timedelta(days=days_ago),
        **dict.fromkeys(("impressions", "clicks", "link_clicks", "spend", "conversions", "revenue"), 0),
        **dict.fromkeys(("reached_impressions", "reach"), 0),
        **metrics,
    }
    row.setdefault("object_name", f"Name of {row['campaign_id'] or row['account_id']}")
    row.setdefault("conversions_nowcast", row["conversions"])
    row.setdefault("revenue_nowcast", row["revenue"])
    return row


def budget(level: Level = Level.CAMPAIGN, **more: Any) -> dict[str, Any]:
    """A budget of campaign `c` or of its ad set `s`."""
    adset = "s" if level is Level.ADSET else None
    row = {"platform": "meta", "level": level, "account_id": "1", "campaign_id": "c", "adset_id": adset}
    return {
        **row,
        "object_name": "Spring",
        "daily_budget": None,
        "lifetime_budget": None,
        "lifetime_spent": None,
        "is_running": True,
        "starts_at": None,
        "ends_at": None,
        **more,
    }


def frames(
    days: list[dict[str, Any]] = (),  # type: ignore[assignment]
    *,
    accounts: list[dict[str, Any]] | None = None,
    campaigns: list[dict[str, Any]] | None = None,
    budgets: list[dict[str, Any]] = (),  # type: ignore[assignment]
    level: Level = Level.CAMPAIGN,
    more_days: Mapping[Level, list[dict[str, Any]]] | None = None,
    facts: PlatformFacts | None = None,
) -> PolicyFrames:
    """Frames of these rows."""
    known = [account()] if accounts is None else accounts
    by_level = {level: days, **(more_days or {})}
    return PolicyFrames(
        accounts=_frame(known, ACCOUNT_COLUMNS),
        campaigns=_frame([campaign()] if campaigns is None else campaigns, CAMPAIGN_COLUMNS),
        days={key: _days(rows) for key, rows in by_level.items()},
        budgets=_frame(list(budgets), BUDGET_COLUMNS),
        syncs=_frame(known, SYNC_COLUMNS),
        facts=facts or PlatformFacts(),
    )


def judge(
    world: PolicyFrames,
    rules: str | Policies = "",
    *,
    open_keys: frozenset[str] = frozenset(),
    now: datetime = NOW,
) -> list[Condition]:
    """What the policies find."""
    held = rules if isinstance(rules, Policies) else policies(rules)
    return judge_policies(world, held, open_keys=open_keys, now=now)


def found(conditions: list[Condition]) -> set[str]:
    """The alert types."""
    return {one.alert_type for one in conditions}


def loaded(path: Path, text: str) -> Policies:
    """The policies of a real file."""
    path.write_text(dedent(text), encoding="utf-8")
    return load_policies(path)


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([{name: row.get(name) for name in columns} for row in rows], columns=list(columns))


def _days(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = _frame(list(rows), DAY_COLUMNS)
    frame["date_day"] = pd.to_datetime(frame["date_day"])
    numbers = list(DAY_COLUMNS[DAY_COLUMNS.index("impressions") :])
    frame[numbers] = frame[numbers].astype("float64")
    return frame
