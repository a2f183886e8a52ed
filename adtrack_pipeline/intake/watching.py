"""What to load next, from one look at the inbox to the other. Pure.

A file is taken when two looks in a row found it the same (one that is being written grows), once: it is not taken
again until it changes, whatever became of it. A batch whose run failed is asked for again, a few times.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Literal

from adtrack_pipeline.intake.inbox import Entry

MOST_FILES = 200  # per run: a run has an end that somebody waits for
ATTEMPTS = 3

RunState = Literal["none", "going", "succeeded", "failed"]


@dataclass(frozen=True)
class Batch:
    """Files one run was asked to load: their names and marks, and the how manieth attempt it is."""

    names: tuple[str, ...]
    marks: tuple[str, ...]
    attempt: int = 1

    @property
    def key(self) -> str:
        """Names the run: the same files in the same state and attempt are asked for once."""
        return f"{sha256(' '.join(sorted(self.marks)).encode()).hexdigest()[:16]}:{self.attempt}"


@dataclass(frozen=True)
class Memory:
    """What the last look left: marks seen and not taken yet, marks that are done with, the batch that runs."""

    seen: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    asked: Batch | None = field(default=None)

    def to_text(self) -> str:
        """The cursor of a sensor."""
        asked = asdict(self.asked) if self.asked else None
        return json.dumps({"seen": sorted(self.seen), "done": sorted(self.done), "asked": asked})

    @classmethod
    def from_text(cls, text: str | None) -> "Memory":
        """Without a cursor, or with an unreadable one, this is the first look: known content costs little."""
        try:
            kept = json.loads(text or "{}")
            asked = kept.get("asked")
            return cls(
                frozenset(kept.get("seen", ())),
                frozenset(kept.get("done", ())),
                Batch(tuple(asked["names"]), tuple(asked["marks"]), int(asked["attempt"])) if asked else None,
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def step(memory: Memory, entries: Sequence[Entry], asked_run: RunState) -> tuple[Memory, Batch | None]:
    """One look: what to remember, and the batch to ask for, if any.

    Args:
        memory: what the last look left.
        entries: what lies in the inbox, in the order in which it was written.
        asked_run: what became of the run for `memory.asked`.
    """
    present = {entry.mark for entry in entries}
    done = memory.done & present
    asked = memory.asked
    if asked and asked_run in {"going", "none"}:
        kept = replace(memory, done=done, seen=frozenset(present - done))
        return kept, asked if asked_run == "none" else None
    if asked and asked_run == "failed" and asked.attempt < ATTEMPTS and present & set(asked.marks):
        again = replace(asked, attempt=asked.attempt + 1)
        return Memory(frozenset(present - done), done, again), again
    if asked:
        done |= present & set(asked.marks)
    waiting = [entry for entry in entries if entry.mark not in done]
    seen = frozenset(entry.mark for entry in waiting)
    still = [entry for entry in waiting if entry.mark in memory.seen][:MOST_FILES]
    batch = Batch(tuple(entry.name for entry in still), tuple(entry.mark for entry in still)) if still else None
    return Memory(seen, done, batch), batch
