"""Findings of ads, campaigns and accounts that deliver nothing any more.

Belongs here: who is asked, and when silence is excused. Does not belong here: when silence is strange
(`strange/stops.py`).
"""

from collections.abc import Mapping, Sequence

from adtrack_pipeline.monitoring.found.asked import Asked
from adtrack_pipeline.monitoring.found.finding import Finding
from adtrack_pipeline.monitoring.found.groups import Grouping, summed
from adtrack_pipeline.monitoring.found.moved import together
from adtrack_pipeline.monitoring.inputs.adding import sum_by, sums_of_all
from adtrack_pipeline.monitoring.inputs.panel import Array, Mask
from adtrack_pipeline.monitoring.strange.stops import STOPPED, Spent, judge_stops, unreported
from adtrack_pipeline.monitoring.usual.accounts import Accounts, Block
from adtrack_pipeline.monitoring.usual.exhaustion import gap_ends, midnights, read_budgets
from adtrack_pipeline.monitoring.usual.families import Families
from adtrack_pipeline.monitoring.usual.totals import GAP_ENDS, REPORTED


def by_silence(
    families: Families, totals: Mapping[str, Array], levels: Sequence[Grouping], asked: Asked
) -> list[Finding]:
    """Accounts and campaigns that stopped, then ads that did so alone."""
    return [*_groups(families, totals, levels, asked), *_ads(families, totals, asked)]


def _groups(
    families: Families, totals: Mapping[str, Array], levels: Sequence[Grouping], asked: Asked
) -> list[Finding]:
    """One message, not one for each of their ads."""
    late = unreported(totals[REPORTED][0])
    found: list[Finding] = []
    sums = summed(families, "impressions", levels)
    for level, family, spent in zip(levels, sums, _spent(families.accounts, levels), strict=True):
        runs = spent.active > 0
        ends = sum_by(gap_ends(spent.impressions, runs), level.account_of)
        budgets = read_budgets(spent.impressions, spent.spend, runs, level.account_of, midnights(ends))
        excused = budgets.used_up | late[:, level.account_of]
        verdict = judge_stops(family, spent, excused, asked.hours)
        for incident in asked.of_group(verdict, STOPPED, level.level):
            found += together(families, STOPPED, (level, levels[1]), incident)
    return found


def _spent(accounts: Accounts, levels: Sequence[Grouping]) -> list[Spent]:
    def read(ads: slice) -> list[Array | Mask]:
        spent = _of(accounts.block(ads))
        return [spent.impressions, spent.spend, spent.active]

    return [Spent(*sums) for sums in sums_of_all(read, accounts.slices, [level.groups for level in levels])]


def _ads(families: Families, totals: Mapping[str, Array], asked: Asked) -> list[Finding]:
    late, midnight = unreported(totals[REPORTED][0]), midnights(totals[GAP_ENDS][0])

    def silent(block: Block) -> list[Finding]:
        spent = _of(block)
        budgets = read_budgets(spent.impressions, spent.spend, block.plan.active, block.of, midnight)
        family = families.of("impressions", block.ads)
        verdict = judge_stops(family, spent, budgets.used_up | late[:, block.of], asked.hours)
        return asked.of_ads(verdict, STOPPED, block.ads.start)

    return [one for some in families.accounts.each(silent) for one in some]


def _of(block: Block) -> Spent:
    return Spent(block.panel.metrics["impressions"], block.panel.metrics["spend"], block.plan.active)
