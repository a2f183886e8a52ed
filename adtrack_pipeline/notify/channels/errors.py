"""The ways a message does not arrive. Reasons are sentences that never hold a secret or a URL's path."""


class DeliveryError(Exception):
    """A message did not arrive; the text says why."""


class RefusedError(DeliveryError):
    """The receiver did not take this message, or it is unknown whether it did: sent again on the schedule.

    Attributes:
        permanent: sending the same again is pointless; it is given up at once.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class UnavailableError(DeliveryError):
    """The receiver cannot be used at all now: the whole channel waits, no message is charged with it.

    Attributes:
        retry_after: seconds the receiver asked to be left alone; None if it did not say.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class GoneError(DeliveryError):
    """The receiver will never come back (410): the channel is switched off until somebody resumes it."""


class ChannelError(Exception):
    """A mistake in how a channel is configured, in one sentence: which channel, which key, what to do."""
