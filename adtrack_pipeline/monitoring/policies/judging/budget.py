"""Budgets of campaigns and ad sets, by the account's day or over their lifetime, and spend caps of accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

import pandas as pd

from adtrack_pipeline.monitoring.condition import Level, Subject
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.calendar import dated, hours_gone, hours_left, zone
from adtrack_pipeline.monitoring.policies.model import Budgets
from adtrack_pipeline.monitoring.policies.records import number, records, text
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook

_ID = {Level.CAMPAIGN: "campaign_id", Level.ADSET: "adset_id"}


@dataclass(frozen=True)
class Budget:
    """One budget and what is spent of it. `hours_left`: of the account's day or the flight; None without an end.

    A `cap` is an account's spend cap: all of its ads stop there until somebody raises or resets it. `planned_pct`
    is the share of the flight that is over, for a lifetime budget with dates.
    """

    subject: Subject
    kind: Literal["daily", "lifetime", "cap"]
    limit: float
    spent: float
    currency: str | None
    is_running: bool
    hours_left: float | None
    planned_pct: float | None = None
    used_up_at: datetime | None = None

    @property
    def used_pct(self) -> float:
        """Share of the budget that is spent."""
        return 100 * self.spent / self.limit


def budgets_of(frames: PolicyFrames, book: Rulebook, now: datetime) -> Iterator[tuple[Budget, Budgets]]:
    """Every budget there is, with the rules that hold for it."""
    for level in (Level.CAMPAIGN, Level.ADSET):
        rows = _own_budgets(frames.budgets, level)
        if rows.empty:
            continue
        rows = rows.merge(_spent_today(frames, level, now), on=["platform", "account_id", _ID[level]], how="left")
        known = ["platform", "account_id", "currency", "timezone_name"]
        rows = rows.merge(frames.accounts[known], on=["platform", "account_id"], how="inner")
        numbers = book.number(rows, level)
        for row, rules in zip(records(rows), numbers, strict=True):
            for budget in _of(row, level, now):
                yield budget, book.rules[int(rules)].budgets
    yield from _caps(frames, book)


def _caps(frames: PolicyFrames, book: Rulebook) -> Iterator[tuple[Budget, Budgets]]:
    """The accounts' own."""
    capped = frames.accounts[frames.accounts["spend_cap"].astype("float64") > 0]
    for row in records(capped):
        subject = Subject(Level.ACCOUNT, row["platform"], row["account_id"], name=text(row["account_name"]))
        limit, spent, currency = float(row["spend_cap"]), number(row["amount_spent"]), text(row["currency"])
        cap = Budget(subject, "cap", limit, spent, currency, is_running=True, hours_left=None)
        yield cap, book.for_account(row["platform"], row["account_id"]).budgets


def _own_budgets(budgets: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Without ad sets whose campaign holds the budget: what stands there is no budget of their own."""
    rows = budgets[budgets["level"] == level]
    if level is Level.CAMPAIGN or rows.empty:
        return rows
    holders = budgets[(budgets["level"] == Level.CAMPAIGN)]
    has_one = holders[["daily_budget", "lifetime_budget"]].astype("float64").gt(0).any(axis=1)
    return rows[~rows["campaign_id"].isin(holders.loc[has_one, "campaign_id"])]


def _spent_today(frames: PolicyFrames, level: Level, now: datetime) -> pd.DataFrame:
    keys = ["platform", "account_id", _ID[level]]
    days = frames.days.get(level)
    if days is None or days.empty:
        return pd.DataFrame(columns=[*keys, "spent_today"])
    today = dated(days, frames.accounts, now)
    spent = today[today["days_ago"] == 0].groupby(keys)["spend"].sum()
    return spent.rename("spent_today").reset_index()


def _of(row: Mapping[str, Any], level: Level, now: datetime) -> Iterator[Budget]:
    subject = Subject(
        level,
        row["platform"],
        row["account_id"],
        campaign_id=row["campaign_id"],
        adset_id=row["adset_id"] if level is Level.ADSET else None,
        name=text(row["object_name"]),
    )
    budget = partial(Budget, subject, currency=text(row["currency"]), is_running=bool(row["is_running"]))
    daily, lifetime = number(row["daily_budget"]), number(row["lifetime_budget"])
    if daily > 0:
        zone_name, spent = row["timezone_name"], number(row["spent_today"])
        gone, left = hours_gone(zone_name, now), hours_left(zone_name, now)
        end = _used_up_at(daily, spent, gone, left, zone_name, now)
        yield budget(kind="daily", limit=daily, spent=spent, hours_left=left, used_up_at=end)
    if lifetime > 0:
        planned, left_of_flight = _flight(row, now)
        spent = number(row["lifetime_spent"])
        yield budget(kind="lifetime", limit=lifetime, spent=spent, hours_left=left_of_flight, planned_pct=planned)


def _used_up_at(
    limit: float, spent: float, gone: float, left: float, timezone_name: str | None, now: datetime
) -> datetime | None:
    """When the day's budget runs out at the day's pace so far, in the account's time; None if it lasts."""
    if spent <= 0 or gone <= 0 or spent >= limit:
        return None
    hours = (limit - spent) * gone / spent  # a tiny sum by the hour would be no number any more
    return (now + timedelta(hours=hours)).astimezone(zone(timezone_name)) if hours < left else None


def _flight(row: Mapping[str, Any], now: datetime) -> tuple[float | None, float | None]:
    start, end = row["starts_at"], row["ends_at"]
    if pd.isna(end):
        return None, None
    left = max((end - now).total_seconds() / 3600, 0.0)
    if pd.isna(start) or end <= start:
        return None, left
    return min(max(100 * (now - start) / (end - start), 0.0), 100.0), left
