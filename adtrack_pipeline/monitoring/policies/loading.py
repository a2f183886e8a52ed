"""From a path to the policies in effect: the user's file over the shipped defaults."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from adtrack_pipeline.monitoring.policies.file import Document, PoliciesError, Problem, parse, read, validate
from adtrack_pipeline.monitoring.policies.file.tree import Location, dotted
from adtrack_pipeline.monitoring.policies.model import Policies
from adtrack_pipeline.monitoring.policies.overlay import overlay

M = TypeVar("M", bound=BaseModel)
DEFAULTS_NAME = "shipped defaults"


def default_text() -> str:
    """The shipped defaults as a commented YAML file."""
    return files(__package__).joinpath("defaults.yaml").read_text(encoding="utf-8")


@cache
def default_policies() -> Policies:
    """The shipped defaults."""
    return validate(parse(default_text(), DEFAULTS_NAME), Policies)


def load_policies(path: Path | None) -> Policies:
    """The policies of a file laid over the shipped defaults; None: the defaults alone.

    Sections of other rooms (`channels`, `routing`, `reports`) are left to those: `load_section`.

    Raises:
        PoliciesError: every mistake with file, line, key and what is allowed.
    """
    return policies_of(read(path)) if path else default_policies()


def policies_of(document: Document) -> Policies:
    """`load_policies` of a file that is already read."""
    said = validate(document, Policies)
    policies = overlay(default_policies(), said)
    policies._document = document
    _check_tags(document, policies)
    return policies


def load_section(path: Path | None, section: str, model: type[M], *, echo_values: bool = False) -> M:
    """A section that another room owns, as that room's model; empty when there is no file or no such section.

    `echo_values` repeats wrong values in messages: not for sections that may hold secrets.

    Raises:
        PoliciesError: every mistake with file, line, key and what is allowed.
    """
    document = read(path) if path else Document(DEFAULTS_NAME, {})
    return validate(document, model, section=section, echo_values=echo_values)


def _check_tags(document: Document, policies: Policies) -> None:
    used: list[tuple[Location, str]] = [(("overrides", "tags", name), name) for name in policies.overrides.tags]
    used += [
        (("pacing", "budgets", place, "tag"), budget.tag)
        for place, budget in enumerate(policies.pacing.budgets)
        if budget.tag
    ]
    known = ", ".join(policies.tags) or "none yet"
    problems = []
    for path, name in used:
        if name not in policies.tags:
            place = document.place(path)
            message = f"names the tag {name!r}, which 'tags' does not have. Tags given: {known}."
            problems.append(Problem(place.line, place.column, dotted(path), message))
    if problems:
        raise PoliciesError(document.name, problems)
