"""What every page of ours is drawn with: the templates, with all text escaped and numbers written the same way.

Belongs here: the environment and its filters. Does not belong here: what a page says.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adtrack_pipeline.notify.channels.words import one_line
from adtrack_pipeline.reporting import numbers

TEMPLATES = Path(__file__).with_name("templates")
MAX_NAME = 160


def _name(text: object, limit: int = MAX_NAME) -> str:
    """Text of others without invisible controls, on one line; the template escapes it."""
    return one_line(str(text), limit)


@cache
def environment() -> Environment:
    """Made once per process."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # whatever the file is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "name": _name,
        "value": numbers.value_text,
        "money": numbers.money,
        "count": numbers.count,
        "percent": numbers.percent,
        "signed": numbers.signed,
        "signed_money": numbers.signed_money,
        "signed_count": numbers.signed_count,
        "day": numbers.day,
        "short_day": numbers.short_day,
        "instant": numbers.instant,
    }
    made.filters.update(filters)
    return made
