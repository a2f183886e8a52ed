"""Names in the policies that match nothing in the warehouse: worth a warning, never an error.

A campaign may be planned, or long over; judging simply does nothing for it.
"""

import difflib
from collections.abc import Iterator, Sequence

from adtrack_pipeline.monitoring.policies.file.tree import Location, dotted
from adtrack_pipeline.monitoring.policies.frames import PolicyFrames
from adtrack_pipeline.monitoring.policies.judging.targets import find_target
from adtrack_pipeline.monitoring.policies.matching import Campaign, has_tag, means_account, means_campaign
from adtrack_pipeline.monitoring.policies.model import Policies
from adtrack_pipeline.monitoring.policies.records import records, text


def unknown_names(policies: Policies, frames: PolicyFrames) -> list[str]:
    """One sentence per account, campaign, tag or monthly budget that nothing known is meant by.

    `frames` needs `accounts` and `campaigns` only.
    """
    names = {row["account_id"]: text(row["account_name"]) or "" for row in records(frames.accounts)}
    accounts = [Campaign(account_id, name) for account_id, name in names.items()]
    campaigns = [
        Campaign(
            row["account_id"],
            names.get(row["account_id"], ""),
            row["campaign_id"],
            text(row["campaign_name"]) or "",
        )
        for row in records(frames.campaigns)
    ]
    return [
        *(_warning(policies, path, what) for path, what in _unmatched(policies, accounts, campaigns)),
        *_budget_warnings(policies, frames),
    ]


def _unmatched(
    policies: Policies, accounts: Sequence[Campaign], campaigns: Sequence[Campaign]
) -> Iterator[tuple[Location, str]]:
    over = policies.overrides
    for name in over.accounts:
        if not any(means_account(name, one) for one in accounts):
            yield (
                ("overrides", "accounts", name),
                f"matches no account{_close(name, [one[1] for one in accounts])}",
            )
    for name in over.campaigns:
        if not any(means_campaign(name, one) for one in campaigns):
            close = _close(name, [one.campaign_name for one in campaigns])
            yield ("overrides", "campaigns", name), f"matches no campaign{close}"
    for name, tag in policies.tags.items():
        if not any(has_tag(tag, one) for one in campaigns):
            yield ("tags", name), "matches no campaign"


def _budget_warnings(policies: Policies, frames: PolicyFrames) -> Iterator[str]:
    for place, budget in enumerate(policies.pacing.budgets):
        if problem := find_target(budget, policies, frames).problem:
            yield _warning(policies, ("pacing", "budgets", place), f"({budget.name}) {problem}")


def _warning(policies: Policies, path: Location, what: str) -> str:
    document = policies.document
    line = document.place(path).line if document else 0
    where = f"{document.name}, line {line}: " if document and line else ""
    return f"{where}{dotted(path)} {what}{'' if what.endswith('?') else '.'}"


def _close(name: str, names: Sequence[str]) -> str:
    found = difflib.get_close_matches(name, [one for one in names if one], n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
