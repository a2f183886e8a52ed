"""Which rules hold for whom: the most specific wins, key by key."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.matching import (
    Campaign,
    has_tag,
    is_pattern,
    means_account,
    means_campaign,
)
from adtrack_pipeline.monitoring.policies.model import Budgets, Policies, Thresholds
from adtrack_pipeline.monitoring.policies.model.health import AccountHealth
from adtrack_pipeline.monitoring.policies.model.overrides import AccountOverride, Override
from adtrack_pipeline.monitoring.policies.overlay import overlay
from adtrack_pipeline.monitoring.policies.records import records, text

ACCOUNT_KEYS = ["platform", "account_id"]
CAMPAIGN_KEYS = [*ACCOUNT_KEYS, "campaign_id"]


@dataclass(frozen=True)
class Rules:
    """What holds for one object."""

    thresholds: Thresholds
    budgets: Budgets
    health: AccountHealth


class Rulebook:
    """The rules of every account and campaign. Objects with the same rules share a number: `rules[number]`."""

    def __init__(self, policies: Policies, frames: PolicyFrames) -> None:
        self._policies = policies
        self._numbers: dict[tuple[int, ...], int] = {}
        self.rules: list[Rules] = []
        names = {
            (row["platform"], row["account_id"]): text(row["account_name"]) or ""
            for row in records(frames.accounts)
        }
        self.accounts: dict[tuple[str, ...], int] = {
            key: self._number(Campaign(key[1], name)) for key, name in names.items()
        }
        self.campaigns: dict[tuple[str, ...], int] = {}
        for row in records(frames.campaigns):
            platform, account_id, campaign_id = (row[key] for key in CAMPAIGN_KEYS)
            account_name = names.get((platform, account_id), "")
            who = Campaign(account_id, account_name, campaign_id, text(row["campaign_name"]) or "")
            self.campaigns[(platform, account_id, campaign_id)] = self._number(who)

    def number(self, frame: pd.DataFrame, level: Level) -> pd.Series:
        """Per row of a frame the number of its rules: those of its account, or of its campaign from there down.

        Campaigns that nobody listed go by the rules of their account.
        """
        if len(self.rules) <= 1:  # nobody has rules of their own
            return pd.Series(0, index=frame.index)
        numbers = _looked_up(frame, ACCOUNT_KEYS, self.accounts)
        if level is not Level.ACCOUNT:
            numbers = _looked_up(frame, CAMPAIGN_KEYS, self.campaigns).fillna(numbers)
        return numbers

    def for_account(self, platform: str, account_id: str) -> Rules:
        """The rules of an account."""
        return self.rules[self.accounts[(platform, account_id)]]

    def _number(self, who: Campaign) -> int:
        layers = self._layers(who)
        key = tuple(id(layer) for layer in layers)
        if key not in self._numbers:
            self._numbers[key] = len(self.rules)
            self.rules.append(self._lay(layers))
        return self._numbers[key]

    def _layers(self, who: Campaign) -> list[Override]:
        """Overrides that mean this object, the most specific last."""
        over, tags = self._policies.overrides, self._policies.tags
        accounts = sorted(over.accounts.items(), key=lambda one: not is_pattern(one[0]))
        layers: list[Override] = [rule for text, rule in accounts if means_account(text, who)]
        if who.campaign_id:
            layers += [rule for name, rule in over.tags.items() if has_tag(tags[name], who)]
            named = {text: rule for text, rule in over.campaigns.items() if means_campaign(text, who)}
            by_id = named.pop(who.campaign_id, None)
            layers += [*named.values(), *([by_id] if by_id else [])]
        return layers

    def _lay(self, layers: list[Override]) -> Rules:
        thresholds, budgets = self._policies.thresholds, self._policies.budgets
        health: AccountHealth = self._policies.health
        for layer in layers:
            thresholds, budgets = overlay(thresholds, layer.thresholds), overlay(budgets, layer.budgets)
            if isinstance(layer, AccountOverride):
                health = overlay(health, layer.health)
        return Rules(thresholds, budgets, health)


def _looked_up(frame: pd.DataFrame, keys: list[str], numbers: Mapping[tuple[str, ...], int]) -> pd.Series:
    known = pd.DataFrame([(*key, number) for key, number in numbers.items()], columns=[*keys, "number"])
    merged = frame[keys].merge(known, on=keys, how="left")["number"]
    return pd.Series(merged.to_numpy(dtype="float64"), index=frame.index)
