"""How starting the machine's processes fails."""


class ServiceError(Exception):
    """A process could not be started or kept; the text is one sentence: what, where, what to do."""


class KeepsEndingError(ServiceError):
    """A process crashes again and again.

    Attributes:
        reason: which one and where its log is, without what the log says: fit to be sent anywhere.
    """

    def __init__(self, reason: str, last_words: str) -> None:
        super().__init__(f"{reason} {last_words}")
        self.reason = reason
