"""A channel with what decides what goes to it: the unit the dispatcher works on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adtrack_pipeline.notify.channels.base import Channel
from adtrack_pipeline.notify.channels.message import Message
from adtrack_pipeline.notify.routing.decision import SEND, Decision

Decide = Callable[[Message, datetime], Decision]


def always(_message: Message, _now: datetime) -> Decision:
    """No routing: everything is sent at once."""
    return SEND


@dataclass(frozen=True)
class Wanted:
    """What a channel may want, as far as SQL can tell: event types, and severities (None: all)."""

    types: tuple[str, ...]
    severities: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Lane:
    """One channel of the configuration.

    Attributes:
        channel: where to.
        wanted: what SQL can leave out already.
        decide: send, hold or drop one message at a moment; pure.
        is_sandbox: whether everything sent must say SANDBOX.
        ui_url: address of the Dagster UI that messages link to, if it is configured.
        reporting_currency: what amounts of several currencies are ranked in.
    """

    channel: Channel
    wanted: Wanted
    decide: Decide = always
    is_sandbox: bool = False
    ui_url: str | None = None
    reporting_currency: str = "USD"

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name
