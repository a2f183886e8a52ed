"""What became of a file: for the terminal, the run page and ops.intake_files. Decides nothing."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["loaded", "partial", "refused", "known"]


@dataclass(frozen=True)
class Reason:
    """A mistake, in how many rows, and the first of them."""

    what: str
    rows: int
    first_line: int


@dataclass
class Reasons:
    """Mistakes of a file, counted without keeping its rows."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, line: int) -> None:
        """One more."""
        self.counts[what] += 1
        self.first.setdefault(what, line)

    def worst(self, most: int = 10) -> tuple[Reason, ...]:
        """The most frequent ones first."""
        return tuple(Reason(what, rows, self.first[what]) for what, rows in self.counts.most_common(most))


@dataclass(frozen=True)
class LoadReport:
    """What was done with one file, or (`dry_run`) what would be.

    `known`: the same content was loaded before, nothing changed. `versions`: rows among `loaded` that replace an
    earlier version; `unchanged`: rows that were there exactly so.
    """

    target: str
    file_name: str
    outcome: Outcome
    dry_run: bool = False
    read: int = 0
    loaded: int = 0
    versions: int = 0
    unchanged: int = 0
    rejected: int = 0
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}
