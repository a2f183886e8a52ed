"""Faults that change what the sandbox answers from now on, rather than one answer."""

from dataclasses import dataclass, field


@dataclass
class Effects:
    """Lasting effects: `forbidden` accounts lost their permission, `vanished` ads are in no answer."""

    forbidden: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Back to normal."""
        self.forbidden.clear()
        self.vanished.clear()
