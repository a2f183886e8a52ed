"""Several objects under one parent with the same alert are one message about the parent. Pure.

Belongs here: making the parent's condition out of its children's. Does not belong here: which alert then silences
which (explaining.py). Names of parents are asked for, since conditions name only their own object.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adtrack_pipeline.monitoring.condition import Condition, Level, Subject
from adtrack_pipeline.notify.alerts.options import AlertOptions

# Which children make up which parent: campaigns first, as accounts are made of them, and ad sets only where no
# campaign stands for their ads already.
_STEPS = (
    (Level.CAMPAIGN, Level.ADSET),
    (Level.CAMPAIGN, Level.AD),
    (Level.ACCOUNT, Level.CAMPAIGN),
    (Level.ACCOUNT, Level.AD),
    (Level.ADSET, Level.AD),
)
_PLURAL = {Level.AD: "ads", Level.ADSET: "ad sets", Level.CAMPAIGN: "campaigns"}
_SINGULAR = {Level.ADSET: "ad set", Level.CAMPAIGN: "campaign", Level.ACCOUNT: "account"}
LISTED_MEMBERS = 50

Names = Callable[[Iterable[Subject]], Mapping[Subject, str]]


@dataclass
class _Group:
    """A parent and the children that have the same alert."""

    parent: Subject
    members: list[Condition] = field(default_factory=list)


def with_parents(
    conditions: Sequence[Condition], open_groups: frozenset[str], names: Names, options: AlertOptions
) -> list[Condition]:
    """The conditions and those of parents that stand for several of them.

    A parent needs `group_at_least` children, and `group_share` of the judged ones where the conditions tell how
    many those are (`evidence["judged"]`: {parent level: count of judged objects like this one}). One that is open
    already (its key is in `open_groups`) goes on while any child is left. What is only recorded does not count.
    """
    known = {condition.key: condition for condition in conditions}
    for parent_level, child_level in _STEPS:
        groups = _groups(known.values(), parent_level, child_level)
        made = [_condition(group) for group in groups if _stands(group, known, open_groups, options)]
        known.update((condition.key, condition) for condition in made)
    return _named(list(known.values()), frozenset(condition.key for condition in conditions), names)


def _groups(conditions: Iterable[Condition], parent_level: Level, child_level: Level) -> list[_Group]:
    found: dict[tuple[str, str, Subject], _Group] = {}
    for condition in conditions:
        parent = parent_of(condition.subject, parent_level)
        if condition.pages and condition.subject.level is child_level and parent:
            group = found.setdefault((condition.alert_type, condition.metric, parent), _Group(parent))
            group.members.append(condition)
    return list(found.values())


def parent_of(subject: Subject, level: Level) -> Subject | None:
    """The parent at a level as far as it is known, without its name."""
    parent = Subject(
        level,
        subject.platform,
        subject.account_id,
        subject.campaign_id if level in {Level.CAMPAIGN, Level.ADSET} else None,
        subject.adset_id if level is Level.ADSET else None,
    )
    return parent if parent.object_id else None


def _stands(
    group: _Group, known: Mapping[str, Condition], open_groups: frozenset[str], options: AlertOptions
) -> bool:
    """Whether the parent is told instead of its children."""
    key = _key(group)
    if key in known or _is_covered(group, known):
        return False
    if key in open_groups:
        return True
    judged = _judged(group)
    if judged is None:
        # Without knowing how many were judged, a few ads say nothing about a whole account.
        by_ads = group.members[0].subject.level is Level.AD and group.parent.level is Level.ACCOUNT
        return len(group.members) >= options.group_at_least and not by_ads
    return len(group.members) >= max(options.group_at_least, options.group_share * judged)


def _is_covered(group: _Group, known: Mapping[str, Condition]) -> bool:
    """An ad set need not stand for its ads where the campaign does."""
    above = parent_of(group.parent, Level.CAMPAIGN) if group.parent.level is Level.ADSET else None
    return above is not None and _key(_Group(above, group.members)) in known


def _judged(group: _Group) -> int | None:
    level = group.parent.level.value
    counts = [(member.evidence.get("judged") or {}).get(level) for member in group.members]
    return max((int(count) for count in counts if count), default=None)


def _key(group: _Group) -> str:
    first = group.members[0]
    return Condition(
        first.alert_type, first.metric, group.parent, first.severity, "", first.began_at, first.seen_at
    ).key


def _condition(group: _Group) -> Condition:
    """The parent's condition: the worst child's severity, all the money, no single value."""
    members = sorted(group.members, key=lambda member: (-member.severity.rank, -(member.money_at_stake or 0)))
    worst = members[0]
    thresholds = {member.threshold for member in members}
    amounts = [member.money_at_stake for member in members if member.money_at_stake is not None]
    return Condition(
        alert_type=worst.alert_type,
        metric=worst.metric,
        subject=group.parent,
        severity=worst.severity,
        message=_message(group, worst),
        began_at=min(member.began_at for member in members),
        seen_at=max(member.seen_at for member in members),
        threshold=worst.threshold if len(thresholds) == 1 else None,
        score=worst.score,
        money_at_stake=sum(amounts) if amounts else None,
        currency=worst.currency,
        evidence=_evidence(members, worst),
    )


def _evidence(members: Sequence[Condition], worst: Condition) -> dict[str, Any]:
    listed = [
        {
            "level": member.subject.level.value,
            "object_id": member.subject.object_id,
            "name": member.subject.name,
            "severity": member.severity.value,
            "money_at_stake": member.money_at_stake,
        }
        for member in members[:LISTED_MEMBERS]
    ]
    evidence: dict[str, Any] = {"members": listed, "member_count": len(members)}
    if "series" in worst.evidence:
        evidence |= {"series": worst.evidence["series"], "series_of": worst.subject.name}
    return evidence


def _message(group: _Group, worst: Condition) -> str:
    judged, count = _judged(group), len(group.members)
    of = f" of {judged}" if judged and judged >= count else ""
    kind = _PLURAL[worst.subject.level] if count > 1 else f"{_PLURAL[worst.subject.level][:-1]}"
    what = worst.alert_type.replace("_", " ")
    return f"{count}{of} {kind} of this {_SINGULAR[group.parent.level]}: {what}. The worst: {worst.message}"


def _named(conditions: list[Condition], given: frozenset[str], names: Names) -> list[Condition]:
    """Give made parents their names, asked for once."""
    made = [condition.subject for condition in conditions if condition.key not in given]
    if not made:
        return conditions
    found = names(made)
    return [
        condition
        if condition.key in given
        else replace(condition, subject=replace(condition.subject, name=found.get(condition.subject)))
        for condition in conditions
    ]
