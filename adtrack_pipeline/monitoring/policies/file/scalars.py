"""A YAML loader that reads scalars as people mean them (YAML 1.2's core rules) and nothing but plain data.

YAML 1.1, PyYAML's default, reads `22:00` as 1320, `no` as false, `0123` as 83 and builds Python objects.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

_CORE = "tag:yaml.org,2002:"
_FLOAT = (
    r"[-+]?(?:(?:[0-9]*\.[0-9]+|[0-9]+\.)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.inf|\.Inf|\.INF)|\.nan|\.NaN"
)
_RULES = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    # A leading zero is part of an id, not of a number.
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", _FLOAT, "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
)
CONVERT: Mapping[str, Callable[[str], Any]] = {
    f"{_CORE}str": str,
    f"{_CORE}bool": lambda text: text.lower() == "true",
    f"{_CORE}int": int,
    f"{_CORE}float": lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
    f"{_CORE}null": lambda _: None,
}


class PlainLoader(yaml.SafeLoader):
    """Composes nodes with the core rules; building objects from them is left to `tree`."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the name and kind are PyYAML's


for _tag, _pattern, _first in _RULES:
    PlainLoader.add_implicit_resolver(f"{_CORE}{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))
