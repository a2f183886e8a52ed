"""The list of kept reports as one HTML page, newest day first: what people browse in the UI under /reports.

Belongs here: drawing the list. Does not belong here: reading it from the warehouse, serving it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from adtrack_pipeline.reporting.templating import environment


@dataclass(frozen=True)
class Entry:
    """One report of the list: the newest version of what was told about an account's day, or all accounts'."""

    report_id: int
    report_date: date
    name: str
    version: int
    is_complete: bool
    is_sandbox: bool


def render_archive(entries: Sequence[Entry]) -> str:
    """The page; `entries` are in the order in which they are shown, those of one day together."""
    days = [(day, list(found)) for day, found in groupby(entries, key=attrgetter("report_date"))]
    is_sandbox = any(one.is_sandbox for one in entries)
    return environment().get_template("archive.html.j2").render(days=days, is_sandbox=is_sandbox)
