"""The `filtering` parameter and its friends (`effective_status`, …): conditions on objects and metrics.

Belongs here: operators, which fields a condition is about. Does not belong here: reading rows.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.graph.params import read_json
from adtrack_pipeline.sandbox.world import ARCHIVED_STATES, ObjectTable

KIND_OF = {"ad": Kind.AD, "adset": Kind.ADSET, "campaign": Kind.CAMPAIGN}
_TIMES = ("created_time", "updated_time", "start_time", "stop_time", "end_time")
_STATES = ("effective_status", "configured_status", "status", "delivery_info", "delivery_status")
_METRICS = frozenset(
    ("impressions", "clicks", "spend", "reach", "frequency", "ctr", "cpc", "cpm", "cpp", "inline_link_clicks")
)


@dataclass(frozen=True)
class Condition:
    """One entry of `filtering`: about objects of a kind (None: the listed ones), or about a metric."""

    kind: Kind | None
    field: str
    operator: str
    value: Any

    @property
    def on_metric(self) -> bool:
        """The condition is on a number of the row, not on an object."""
        return self.field in _METRICS

    @property
    def on_state(self) -> bool:
        """The condition is on a status, so the default (no archived objects) no longer holds."""
        return self.field in _STATES

    def matches(self, value: Any) -> bool:
        """Whether a field's value satisfies the condition; a status nobody recorded contradicts none."""
        if value is None and self.on_state:
            return True
        return _OPERATORS[self.operator](_comparable(self.field, value), self.value)


def read_conditions(params: Mapping[str, str]) -> list[Condition]:
    """The conditions in `filtering`; a time compared with text is ignored, as Meta ignores it.

    Raises:
        GraphError: 100 for what is no list of conditions, or an unknown operator.
    """
    entries = read_json(params, "filtering") or []
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise errors.bad_parameter("param filtering must be an array of objects")
    conditions = []
    for entry in entries:
        operator = str(entry.get("operator", "")).upper()
        if operator not in _OPERATORS:
            raise errors.bad_parameter(f"filtering operator must be one of {', '.join(_OPERATORS)}")
        prefix, _, name = str(entry.get("field", "")).rpartition(".")
        if not name or (prefix and prefix not in KIND_OF):
            raise errors.bad_parameter(f"Filtering field {entry.get('field')} is invalid")
        value = _wanted(name, entry.get("value"))
        if name in _TIMES and not isinstance(value, int | float):
            continue
        conditions.append(Condition(KIND_OF.get(prefix), name, operator, value))
    return conditions


def select(table: ObjectTable, conditions: Collection[Condition], *, archived: bool) -> list[int]:
    """Rows of a table that satisfy every condition; `archived` keeps archived and deleted objects."""
    rows: list[int] = list(range(len(table)))
    if not archived and not any(one.on_state for one in conditions):
        states = table.column("effective_status") or table.column("status")
        if states is not None:
            rows = [row for row in rows if states[row] not in ARCHIVED_STATES]
    for condition in conditions:
        column = table.column(condition.field)
        if column is None and condition.field == "delivery_info":
            column = [_DELIVERY.get(str(state), "inactive") for state in table.column("effective_status") or ()]
        values: Any = column if column is not None else [None] * len(table)
        rows = [row for row in rows if condition.matches(values[row])]
    return rows


_DELIVERY = {
    "ACTIVE": "active",
    "ARCHIVED": "archived",
    "DELETED": "deleted",
    "PENDING_REVIEW": "pending_review",
    "DISAPPROVED": "rejected",
}


def _wanted(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [str(one).lower() if name.startswith("delivery") else str(one) for one in value]
    if isinstance(value, str) and value.isdigit():
        return int(value) if name in _TIMES or name in _METRICS else value
    return value


def _comparable(field: str, value: Any) -> Any:
    if field not in _TIMES or value is None:
        return value
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return None


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _within(value: Any, wanted: Any) -> bool:
    low, high = (_number(one) for one in wanted[:2])
    return low <= _number(value) <= high


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda value, wanted: str(value) in _texts(wanted),
    "NOT_EQUAL": lambda value, wanted: str(value) not in _texts(wanted),
    "GREATER_THAN": lambda value, wanted: _number(value) > _number(wanted),
    "GREATER_THAN_OR_EQUAL": lambda value, wanted: _number(value) >= _number(wanted),
    "LESS_THAN": lambda value, wanted: _number(value) < _number(wanted),
    "LESS_THAN_OR_EQUAL": lambda value, wanted: _number(value) <= _number(wanted),
    "IN_RANGE": _within,
    "NOT_IN_RANGE": lambda value, wanted: not _within(value, wanted),
    "CONTAIN": lambda value, wanted: any(one in str(value) for one in _texts(wanted)),
    "NOT_CONTAIN": lambda value, wanted: not any(one in str(value) for one in _texts(wanted)),
    "IN": lambda value, wanted: str(value) in _texts(wanted),
    "NOT_IN": lambda value, wanted: str(value) not in _texts(wanted),
    "ANY": lambda value, wanted: str(value) in _texts(wanted),
    "ALL": lambda value, wanted: all(str(value) == one for one in _texts(wanted)),
    "NONE": lambda value, wanted: str(value) not in _texts(wanted),
}
