"""Holding what is known against every rule: `judge_policies`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pandas as pd

from adtrack_pipeline.monitoring.condition import Condition
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.budgets import judge_budgets
from adtrack_pipeline.monitoring.policies.judging.health import judge_health
from adtrack_pipeline.monitoring.policies.judging.pacing import judge_pacing
from adtrack_pipeline.monitoring.policies.judging.thresholds import judge_thresholds
from adtrack_pipeline.monitoring.policies.model import Policies
from adtrack_pipeline.monitoring.policies.rulebook import Rulebook


def judge_policies(
    frames: PolicyFrames, policies: Policies, *, open_keys: frozenset[str], now: datetime
) -> list[Condition]:
    """Everything that holds now: thresholds, budgets, pacing, data health; one condition per key.

    Args:
        frames: what is known; see `PolicyFrames`.
        policies: from `load_policies`. Rules for accounts and campaigns that do not exist do nothing.
        open_keys: keys of alerts that are open: they stay until the value is back behind its clear line.
        now: aware; what is "today" in each account follows from it.
    """
    book = Rulebook(policies, frames)
    found = [
        *judge_thresholds(frames, book, open_keys=open_keys, now=now),
        *judge_budgets(frames, book, open_keys=open_keys, now=now),
        *judge_pacing(frames, policies, open_keys=open_keys, now=now),
        *judge_health(frames, book, policies.health, open_keys=open_keys, now=now),
    ]
    return _one_per_key(found)


def fit_accounts(frames: PolicyFrames, policies: Policies, *, now: datetime) -> frozenset[str]:
    """Accounts whose data is fresh enough that silence about them means that all is well."""
    limit = timedelta(hours=policies.health.data_stale.after_hours)
    newest = pd.to_datetime(frames.syncs["last_ok_at"], utc=True)
    return frozenset(frames.syncs.loc[newest >= pd.Timestamp(now) - limit, "account_id"])


def _one_per_key(found: Iterable[Condition]) -> list[Condition]:
    """Two budgets can describe the same object: the graver one stays."""
    kept: dict[str, Condition] = {}
    for one in found:
        if one.key not in kept or one.severity.rank > kept[one.key].severity.rank:
            kept[one.key] = one
    return list(kept.values())
