"""Many alerts as a few lines: the ones that matter most, and counts of the rest. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adtrack_pipeline.monitoring.condition import Level, Severity
from adtrack_pipeline.notify.channels.message import Message

SHOWN = 10


@dataclass(frozen=True)
class Summary:
    """What one message to people holds.

    Attributes:
        shown: told one by one; of many the worst first, by severity and money at stake.
        total: all of them.
        opened: alerts that opened, worsened or go on.
        resolved: alerts that ended.
        by_severity: counts over all, worst first; likewise `by_type` and `by_account`, most first.
    """

    shown: Sequence[Message]
    total: int
    opened: int
    resolved: int
    by_severity: dict[str, int]
    by_type: dict[str, int]
    by_account: dict[str, int]

    @property
    def rest(self) -> int:
        """How many are only counted."""
        return self.total - len(self.shown)


def summarise(messages: Sequence[Message], shown: int = SHOWN) -> Summary:
    """One message's content. What ended is shown only when there is room for all."""
    chosen = messages
    if len(messages) > shown:
        chosen = sorted(messages, key=_weight, reverse=True)[:shown]
    severities = Counter(one.severity for one in messages)
    worst_first = sorted(severities, key=lambda one: -one.rank)
    resolved = sum(one.is_resolved for one in messages)
    return Summary(
        shown=list(chosen),
        total=len(messages),
        opened=len(messages) - resolved,
        resolved=resolved,
        by_severity={severity.value: severities[severity] for severity in worst_first},
        by_type=_counted(one.event["alert_type"] or one.event["event_type"] for one in messages),
        by_account=_counted(_account(one) for one in messages),
    )


def _weight(message: Message) -> tuple[bool, int, tuple[bool, float, bool, str, float]]:
    return not message.is_resolved, Severity(message.severity).rank, message.stake


def _account(message: Message) -> str:
    name = message.alert.account_name if message.alert else None
    if message.alert and message.alert.level == Level.MODEL:
        return "models"
    return str(name or message.event["account_id"] or "adtrack itself")


def _counted(values: object) -> dict[str, int]:
    return dict(Counter(values).most_common())  # type: ignore[call-overload]
