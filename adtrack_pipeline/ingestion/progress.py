"""How long work tells a person where it stands. The CLI draws it; nobody else has to listen."""

from typing import Protocol


class Progress(Protocol):
    """Called whenever an account's report moves on."""

    def update(self, account: str, report: str, *, rows: int = 0, state: str = "reading") -> None:
        """`rows` more rows arrived; `state` is reading, writing, ok, partial, deferred or failed."""


class Silence:
    """Progress nobody watches."""

    def update(self, account: str, report: str, *, rows: int = 0, state: str = "reading") -> None:
        """Say nothing."""
