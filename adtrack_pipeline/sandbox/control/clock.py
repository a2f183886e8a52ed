"""The world's clock: the pipeline's, or an instant that a test sets and moves."""

from datetime import datetime

from adtrack_pipeline import clock


class WorldClock:
    """Calling it gives the present instant of the world, in UTC."""

    def __init__(self, fixed: datetime | None = None) -> None:
        self._fixed = fixed

    def __call__(self) -> datetime:
        """The present instant."""
        return self._fixed or clock.now()

    def set(self, instant: datetime | None) -> None:
        """Stop the clock at an instant; None lets it run."""
        self._fixed = instant
