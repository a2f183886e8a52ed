"""Whose spend a monthly budget is about. Currencies are never added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.matching import Campaign, has_tag, means_account, means_campaign
from adtrack_pipeline.monitoring.policies.model import Policies
from adtrack_pipeline.monitoring.policies.model.pacing import MonthlyBudget
from adtrack_pipeline.monitoring.policies.records import records, text

AccountKey = tuple[str, str]


@dataclass(frozen=True)
class Target:
    """Accounts (platform, id), sorted, and the campaigns in them; no campaigns: the whole accounts.

    `problem` says in a sentence why there is nothing to judge.
    """

    accounts: Sequence[AccountKey]
    timezones: Mapping[AccountKey, str | None]
    currency: str | None
    campaigns: Mapping[AccountKey, frozenset[str]] | None = None
    problem: str | None = None

    @property
    def campaign_id(self) -> str | None:
        """The campaign, if it is exactly one."""
        ids = [one for ids in (self.campaigns or {}).values() for one in ids]
        return ids[0] if len(ids) == 1 else None

    def spend(self, frames: PolicyFrames, key: AccountKey) -> tuple[pd.Series, pd.Series]:
        """Spend per day in one account: all of it, and without campaigns that have stopped."""
        of_campaigns = _of(frames.days.get(Level.CAMPAIGN), key)
        stopped = _stopped(frames, key)
        if self.campaigns is not None:
            mine = of_campaigns[of_campaigns["campaign_id"].isin(self.campaigns[key])]
            return _daily(mine), _daily(mine[~mine["campaign_id"].isin(stopped)])
        total = _daily(_of(frames.days.get(Level.ACCOUNT), key))
        gone = _daily(of_campaigns[of_campaigns["campaign_id"].isin(stopped)])
        return total, total.sub(gone.reindex(total.index, fill_value=0.0)).clip(lower=0.0)


def find_target(budget: MonthlyBudget, policies: Policies, frames: PolicyFrames) -> Target:
    """What a monthly budget is about, as far as the frames know it."""
    rows = {(row["platform"], row["account_id"]): row for row in records(frames.accounts)}
    names = {key: text(row["account_name"]) or "" for key, row in rows.items()}
    campaigns: dict[AccountKey, frozenset[str]] | None = None
    if budget.account:
        found = [key for key, name in names.items() if means_account(budget.account, Campaign(key[1], name))]
    else:
        campaigns = _campaigns(budget, policies, frames, names)
        found = list(campaigns)
    accounts = sorted(found)
    currencies = sorted({text(rows[key]["currency"]) or "?" for key in accounts})
    expected = {budget.currency} if budget.currency else set(currencies[:1])
    problem = None
    if not accounts:
        problem = f"matches no {'account' if budget.account else 'campaign'}"
    elif set(currencies) != expected:
        said = f"is in {budget.currency} but" if budget.currency else "has no currency and"
        problem = f"{said} spends in {', '.join(currencies)}: currencies are never added up, so it is not judged"
    timezones = {key: text(rows[key]["timezone_name"]) for key in accounts}
    return Target(accounts, timezones, currencies[0] if accounts else None, campaigns, problem)


def _campaigns(
    budget: MonthlyBudget, policies: Policies, frames: PolicyFrames, names: Mapping[AccountKey, str]
) -> dict[AccountKey, frozenset[str]]:
    found: dict[AccountKey, set[str]] = {}
    for row in records(frames.campaigns):
        key = (row["platform"], row["account_id"])
        who = Campaign(row["account_id"], names.get(key, ""), row["campaign_id"], text(row["campaign_name"]) or "")
        is_meant = (
            has_tag(policies.tags[budget.tag], who) if budget.tag else means_campaign(budget.campaign or "", who)
        )
        if is_meant and key in names:
            found.setdefault(key, set()).add(row["campaign_id"])
    return {key: frozenset(ids) for key, ids in found.items()}


def _of(days: pd.DataFrame | None, key: AccountKey) -> pd.DataFrame:
    if days is None:
        return pd.DataFrame(columns=["campaign_id", "date_day", "spend"])
    return days[(days["platform"] == key[0]) & (days["account_id"] == key[1])]


def _stopped(frames: PolicyFrames, key: AccountKey) -> set[str]:
    rows = frames.campaigns
    mine = rows[(rows["platform"] == key[0]) & (rows["account_id"] == key[1])]
    return set(mine.loc[~mine["is_running"].astype(bool), "campaign_id"])


def _daily(days: pd.DataFrame) -> pd.Series:
    daily = days.groupby("date_day")["spend"].sum()
    return pd.Series(daily.to_numpy(dtype="float64"), index=pd.DatetimeIndex(daily.index))
