"""How far back which level must be read for these policies, so that an hour costs no more than they ask for."""

from collections.abc import Iterator

from adtrack_pipeline.monitoring.condition import Level
from adtrack_pipeline.monitoring.policies.judging.metrics import METRICS
from adtrack_pipeline.monitoring.policies.judging.pacing import HISTORY_DAYS
from adtrack_pipeline.monitoring.policies.judging.windows import days_needed
from adtrack_pipeline.monitoring.policies.model import Policies, Thresholds
from adtrack_pipeline.monitoring.policies.overlay import overlay

TODAY_ONLY = 1  # budgets need today; yesterday says what is still delivering


def lookback_days(policies: Policies) -> dict[Level, int]:
    """Complete days to read per level, besides today; levels that nothing is judged by are missing.

    Campaigns and ad sets are always there, for their budgets.
    """
    needs = {Level.CAMPAIGN: TODAY_ONLY, Level.ADSET: TODAY_ONLY}
    variants = list(_variants(policies))
    for name, metric in METRICS.items():
        rules = [getattr(one, name) for one in variants]
        if not any(rule.is_on for rule in rules):
            continue
        window = max(rule.window_days for rule in rules)
        ripe_after = max(one.ripe_after_days for one in variants) if metric.needs_conversions else 0
        for level in {Level(rule.level) for rule in rules}:
            needs[level] = max(needs.get(level, 0), days_needed(window, ripe_after))
    if policies.pacing.enabled and policies.pacing.budgets:
        for level in (Level.CAMPAIGN, Level.ACCOUNT):
            needs[level] = max(needs.get(level, 0), HISTORY_DAYS)
    return needs


def _variants(policies: Policies) -> Iterator[Thresholds]:
    """The thresholds of everybody, and of everyone with an override."""
    yield policies.thresholds
    over = policies.overrides
    for override in (*over.accounts.values(), *over.tags.values(), *over.campaigns.values()):
        yield overlay(policies.thresholds, override.thresholds)
