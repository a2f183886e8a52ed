"""The outcome of routing one message to one channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What happens to a message on a channel."""

    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


@dataclass(frozen=True)
class Decision:
    """`until` (aware) and `why` are set for held messages."""

    action: Action
    until: datetime | None = None
    why: str = ""


SEND = Decision(Action.SEND)
DROP = Decision(Action.DROP)
