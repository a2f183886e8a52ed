"""Faults that change what the sandbox answers from now on, rather than one answer."""

from dataclasses import dataclass, field

from adtrack_pipeline.sandbox.world import Restatement


@dataclass
class Effects:
    """Lasting effects: `forbidden` accounts lost their permission, `vanished` ads are in no answer."""

    forbidden: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    restatements: list[Restatement] = field(default_factory=list)
    version: int = 0  # grows with every change: cached answers of another version are stale

    def clear(self) -> None:
        """Back to normal."""
        self.forbidden.clear()
        self.vanished.clear()
        self.restatements.clear()
        self.version += 1
