"""JSONL: one object per line."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from adtrack_pipeline.intake.errors import RefusedError
from adtrack_pipeline.intake.reading.rows import BadRow, RawRow, normalised, repeated
from adtrack_pipeline.intake.reading.text import Lines


def read_jsonl(raw: BinaryIO, name: str) -> Iterator[RawRow | BadRow]:
    """The objects of a file, one per line.

    Raises:
        RefusedError: nothing in it, one JSON document over several lines, or not text.
    """
    lines, shapes, is_first = Lines(raw, name), _Shapes(), True
    for line in lines:
        lines.start()
        text = line.strip()
        if not text:
            continue
        if is_first and text[0] == "[":
            raise RefusedError(f"{name} is one JSON list: write one object per line (JSONL).")
        is_first = False
        found = _object(text)
        if isinstance(found, str):
            yield BadRow(lines.number, line, found)
            continue
        names = shapes.names(found)
        if len(set(names)) < len(names):
            yield BadRow(lines.number, line, f"The line has {repeated(names)} twice: leave one of them out.")
        else:
            yield RawRow(lines.number, names, list(found.values()), line)
    if is_first:
        raise RefusedError(f"{name} is empty: it must hold one JSON object per line.")


def _object(text: str) -> dict[str, Any] | str:
    """The object, or why it is none."""
    try:
        found = json.loads(text)
    except RecursionError:
        return "The JSON of this line is nested too deeply."
    except ValueError:
        return "The line is not JSON: a mistake in it, or it was cut off."
    return found if isinstance(found, dict) else "The line is JSON, but no object: write {...}."


class _Shapes:
    """Normalised names by the names as written: most lines have the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def names(self, found: dict[str, Any]) -> tuple[str, ...]:
        written = tuple(found)
        if written not in self._known:
            if len(self._known) > 1000:  # a file in which every line has names of its own
                self._known.clear()
            self._known[written] = tuple(map(normalised, written))
        return self._known[written]
