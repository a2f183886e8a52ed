"""What one pass over a channel's messages came to, while it is under way. Knows no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from adtrack_pipeline.notify.channels.errors import DeliveryError, GoneError, RefusedError, UnavailableError
from adtrack_pipeline.notify.channels.message import Message

BREAK_AFTER = (
    5  # refusals of different streams in a row, nothing arriving: the receiver is broken, not the messages
)


@dataclass
class Tally:
    """Collected by the sends, written down by the worker.

    Attributes:
        arrived: ids of messages that were delivered.
        settled: ids of messages dealt with otherwise: dropped, held, told by a later message of the same alert.
        refusals: the first message of each stream that was refused, and why.
        trouble: why the channel as a whole cannot be used.
    """

    arrived: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    refusals: dict[str, tuple[Message, RefusedError]] = field(default_factory=dict)
    trouble: UnavailableError | GoneError | None = None
    _unwritten: dict[str, int] = field(default_factory=dict)
    _uncounted: int = 0
    _in_a_row: int = 0

    @property
    def is_stopped(self) -> bool:
        """Nothing more is to be sent."""
        return self.trouble is not None

    def took(self, message: Message) -> None:
        """The receiver has it."""
        self.arrived.add(message.event_id)
        self._unwritten[message.stream] = message.seq
        self._uncounted += 1
        self._in_a_row = 0

    def settle(self, messages: Iterable[Message]) -> None:
        """They are dealt with without being sent."""
        self.settled.update(message.event_id for message in messages)

    def put_aside(self, messages: Iterable[Message]) -> None:
        """They are in `ops.deliveries`, and all before them in their streams is dealt with: the marks move on."""
        for message in messages:
            self.settled.add(message.event_id)
            self._unwritten[message.stream] = max(self._unwritten.get(message.stream, 0), message.seq)

    def failed(self, message: Message, error: DeliveryError) -> None:
        """It did not arrive."""
        if isinstance(error, UnavailableError | GoneError):
            self.trouble = self.trouble or error
        elif isinstance(error, RefusedError):
            self.refusals.setdefault(message.stream, (message, error))
            self._in_a_row += 1
            if self._in_a_row >= BREAK_AFTER and not self.arrived and not error.permanent:
                self.trouble = self.trouble or UnavailableError(f"{BREAK_AFTER} messages in a row failed: {error}")

    def is_dealt_with(self, message: Message) -> bool:
        """Delivered, or settled otherwise."""
        return message.event_id in self.arrived or message.event_id in self.settled

    def take_unwritten(self) -> tuple[dict[str, int], int]:
        """Per stream the last number delivered or put aside, and how many were delivered, since the last call."""
        taken = self._unwritten, self._uncounted
        self._unwritten, self._uncounted = {}, 0
        return taken
