"""YAML text to plain data, remembering where every key stands.

Belongs here: what is wrong with the file as YAML (tabs, duplicate keys, tags, aliases that never end). Does not
belong here: which keys and values are allowed.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from adtrack_pipeline.monitoring.policies.file.errors import PoliciesError, Problem
from adtrack_pipeline.monitoring.policies.file.scalars import CONVERT, PlainLoader

MAX_BYTES = 1_000_000
MAX_NODES = 50_000  # aliases of aliases of aliases can mean a billion of them
MAX_DEPTH = 30

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Line and column, from 1."""

    line: int
    column: int


@dataclass
class Document:
    """What a file says. `places` holds the position of every key and list entry by its path from the top."""

    name: str
    data: dict[str, Any]
    places: dict[Location, Place] = field(default_factory=dict)

    def known_part(self, location: Location) -> Location:
        """The path as it is in the file: without parts that are not in it (a missing key, the name of a type)."""
        path: Location = ()
        for part in location:
            path = (*path, part) if (*path, part) in self.places else path
        return path

    def place(self, location: Location) -> Place:
        """Where the nearest thing stands that the file does contain."""
        return self.places.get(self.known_part(location), Place(0, 0))


def read(path: Path) -> Document:
    """Read a file.

    Raises:
        PoliciesError: it cannot be read, is no text, or no YAML mapping.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _whole(
                str(path), f"is larger than {MAX_BYTES // 1_000_000} MB; a policies file is not that long."
            )
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _whole(str(path), "is not UTF-8 text.") from None
    except OSError as error:
        raise _whole(str(path), f"cannot be read: {error.strerror}.") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Document:
    """Read text; `name` is what its mistakes are told about.

    Raises:
        PoliciesError: not YAML, not a mapping, or not plain data.
    """
    try:
        root = PlainLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise PoliciesError(name, [_scanner_problem(error, text)]) from None
    except yaml.YAMLError:
        raise _whole(name, "holds characters that YAML does not allow.") from None
    except RecursionError:
        raise _whole(name, "is nested too deeply.") from None
    document = Document(name, {})
    if root is None:
        return document
    if not isinstance(root, yaml.MappingNode):
        raise _whole(name, "must hold sections such as 'thresholds:' and 'budgets:' at its top.")
    builder = _Builder(document)
    document.data = builder.mapping(root, ())
    if builder.problems:
        raise PoliciesError(name, builder.problems)
    return document


class _Builder:
    """Turns nodes into data; collects what is not plain data instead of stopping at the first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._nodes = 0

    def value(self, node: yaml.Node, path: Location) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _whole(self.document.name, "is nested too deeply, or refers to itself by an alias (*name).")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(child, (*path, place)) for place, child in enumerate(node.value)]
        return self._scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(key_node, path, "has a key that is not a plain word.")
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in data:
                first = self.document.places[here].line
                self._complain(key_node, here, f"appears twice; the first is in line {first}. Keep one of them.")
                continue
            self.document.places[here] = _place(key_node)
            data[key] = self.value(value_node, here)
        return data

    def _entry(self, node: yaml.Node, path: Location) -> Any:
        self.document.places[path] = _place(node)
        return self.value(node, path)

    def _scalar(self, node: yaml.Node, path: Location) -> Any:
        convert = CONVERT.get(node.tag)
        if convert is None:
            return self._complain(node, path, f"carries the tag {node.tag}; only plain values are allowed.")
        try:
            return convert(node.value)
        except ValueError:
            return self._complain(node, path, f"is not what its tag {node.tag} says.")

    def _complain(self, node: yaml.Node, path: Location, message: str) -> None:
        place = _place(node)
        self.problems.append(Problem(place.line, place.column, dotted(path), message))


def dotted(path: Location) -> str:
    """`thresholds.ctr.below`, `pacing.budgets[0].monthly`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _whole(name: str, message: str) -> PoliciesError:
    return PoliciesError(name, [Problem(0, 0, "", message)])


def _scanner_problem(error: yaml.MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines()
    for near in (number, number - 1):
        line = lines[near] if 0 <= near < len(lines) else ""
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return Problem(near + 1, line.index("\t") + 1, "", "a tab indents this line; YAML takes only spaces.")
    what = error.problem or "it is not YAML"
    return Problem(number + 1, mark.column + 1 if mark else 1, "", f"this is not YAML: {what}.")
