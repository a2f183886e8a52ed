"""What every channel is: the protocol the dispatcher speaks, nothing else."""

from collections.abc import Sequence
from typing import Protocol

from adtrack_pipeline.notify.channels.message import Message


class Channel(Protocol):
    """Somewhere messages can be sent. One module per kind implements it.

    Attributes:
        name: as in the configuration.
        kind: `webhook`, `slack`, `email`, `nats`, `pagerduty`, `apprise`.
        for_people: gets alerts, which may be held back and grouped, and reports; machines get every event at once.
        in_flight: how many sends may be under way at once; each is of another stream.
        batch: how many messages one send may carry; 1 for machines.
    """

    name: str
    kind: str
    for_people: bool
    in_flight: int
    batch: int

    async def send(self, messages: Sequence[Message]) -> None:
        """Return once the receiver has taken all of them; connects when it has to.

        Raises:
            RefusedError: it did not take them, or nobody knows.
            UnavailableError: it cannot be used now.
            GoneError: it will not come back.
        """

    async def close(self) -> None:
        """Let go of connections; never raises."""
