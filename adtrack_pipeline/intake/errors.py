"""How intake says what is wrong: one clear sentence, never with a credential in it."""


class IntakeError(Exception):
    """A file cannot be taken: what is wrong, where, and what to do. Nothing was written."""


class UnreachableError(IntakeError):
    """The file is there, and its store does not hand it out now: trying again may help."""


class RefusedError(IntakeError):
    """The file was read, and its content cannot be used as a whole."""


class BadValueError(ValueError):
    """A value that its column cannot hold.

    Attributes:
        what: the mistake without the value, so that the same mistake in many rows counts as one.
    """

    def __init__(self, what: str, reason: str | None = None) -> None:
        super().__init__(reason or what)
        self.what = what
