"""Several objects under one parent with the same alert are one message about the parent. Pure.

Belongs here: making the parent's condition out of its children's. Does not belong here: which alert then silences
which (explaining.py). Names of parents are asked for, since conditions name only their own object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from adtrack_pipeline.monitoring.condition import Condition, Level, Subject
from adtrack_pipeline.notify.alerts.options import AlertOptions
from adtrack_pipeline.wording import kind

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

# Every object has a limit of its own there: one being over it says nothing about the others.
UNGROUPED = ("budget_", "pacing_")


class Parents(Protocol):
    """What is known of parents besides the conditions; asked for at most once per step, for all at once."""

    def names(self, parents: Iterable[Subject]) -> Mapping[Subject, str]:
        """What they are called."""

    def active(self, parents: Iterable[Subject], children: Level) -> Mapping[Subject, int]:
        """How many running objects of a level each of them has."""


@dataclass(eq=False)
class _Group:
    """A parent and the children that have the same alert."""

    parent: Subject
    members: list[Condition] = field(default_factory=list)
    judged: int | None = None

    @property
    def key(self) -> str:
        """The key of the parent's condition."""
        return replace(self.members[0], subject=self.parent).key


def with_parents(
    conditions: Sequence[Condition], open_groups: frozenset[str], parents: Parents, options: AlertOptions
) -> list[Condition]:
    """The conditions and those of parents that stand for several of them.

    A parent needs `group_at_least` children that are `group_share` of those judged, as the conditions tell
    (`evidence["judged"]`: {parent level: count of judged objects like this one}), or else of those running. One
    that is open already (its key is in `open_groups`) goes on while any child is left. What is only recorded does
    not count.
    """
    known = {condition.key: condition for condition in conditions}
    for parent_level, child_level in _STEPS:
        groups = [
            group
            for group in _groups(known.values(), parent_level, child_level)
            if group.key not in known and not _is_covered(group, known)
        ]
        for group in groups:
            group.judged = _judged(group)
        large = [group for group in groups if len(group.members) >= options.group_at_least]
        _count([group for group in large if group.judged is None], child_level, parents)
        standing = [
            group for group in groups if group.key in open_groups or (group in large and _is_most(group, options))
        ]
        known.update((group.key, _condition(group)) for group in standing)
    return _named(list(known.values()), frozenset(condition.key for condition in conditions), parents)


def _groups(conditions: Iterable[Condition], parent_level: Level, child_level: Level) -> list[_Group]:
    found: dict[tuple[str, str, Subject], _Group] = {}
    for condition in conditions:
        parent = parent_of(condition.subject, parent_level)
        counts = condition.pages and not condition.alert_type.startswith(UNGROUPED)
        if counts and condition.subject.level is child_level and parent:
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


def _count(groups: Sequence[_Group], children: Level, parents: Parents) -> None:
    """Without evidence, what runs counts as judged."""
    if groups:
        active = parents.active({group.parent for group in groups}, children)
        for group in groups:
            group.judged = active.get(group.parent)


def _is_most(group: _Group, options: AlertOptions) -> bool:
    """Whether its children with the alert are so many, and so spread, that it is about the parent."""
    if group.judged is None or len(group.members) < options.group_share * group.judged:
        return False
    campaigns = {member.subject.campaign_id for member in group.members}
    return group.parent.level is not Level.ACCOUNT or len(campaigns) > 1


def _is_covered(group: _Group, known: Mapping[str, Condition]) -> bool:
    """An ad set need not stand for its ads where the campaign does."""
    above = parent_of(group.parent, Level.CAMPAIGN) if group.parent.level is Level.ADSET else None
    return above is not None and _Group(above, group.members).key in known


def _judged(group: _Group) -> int | None:
    level = group.parent.level.value
    counts = [(member.evidence.get("judged") or {}).get(level) for member in group.members]
    return max((int(count) for count in counts if count), default=None)


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
    count = len(group.members)
    of = f" of {group.judged}" if group.judged and group.judged >= count else ""
    children = _PLURAL[worst.subject.level] if count > 1 or of else _PLURAL[worst.subject.level][:-1]
    who = f"{count}{of} {children} of this {_SINGULAR[group.parent.level]}"
    return f"{who}: {kind(worst.alert_type)}. The worst: {worst.message}"


def _named(conditions: list[Condition], given: frozenset[str], parents: Parents) -> list[Condition]:
    """Give made parents their names, asked for once."""
    made = [condition.subject for condition in conditions if condition.key not in given]
    if not made:
        return conditions
    found = parents.names(made)
    return [
        condition
        if condition.key in given
        else replace(condition, subject=replace(condition.subject, name=found.get(condition.subject)))
        for condition in conditions
    ]
