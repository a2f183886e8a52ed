"""Objects and lists of objects: fields, links between objects, edges inside edges, paging.

Belongs here: how a table's rows become JSON. Does not belong here: insight rows (`reports.py`).
"""

from collections.abc import Callable, Iterable
from typing import Any

from adtrack_pipeline.sandbox.graph import errors, paging
from adtrack_pipeline.sandbox.graph.catalog import DEFAULT_FIELDS, Kind, names
from adtrack_pipeline.sandbox.graph.context import Context, Place
from adtrack_pipeline.sandbox.graph.fields import Field, parse_fields
from adtrack_pipeline.sandbox.graph.filters import Condition, read_conditions, select
from adtrack_pipeline.sandbox.graph.params import read_list
from adtrack_pipeline.sandbox.graph.request import GraphRequest
from adtrack_pipeline.sandbox.world import ObjectTable

EDGES = {
    Kind.ACCOUNT: (Kind.CAMPAIGN, Kind.ADSET, Kind.AD, Kind.CREATIVE),
    Kind.CAMPAIGN: (Kind.ADSET, Kind.AD),
    Kind.ADSET: (Kind.AD,),
    Kind.AD: (Kind.CREATIVE,),
}
_PARENT_COLUMN = {Kind.CAMPAIGN: "campaign_id", Kind.ADSET: "adset_id"}
_OWN_URLS = ("thumbnail_url", "image_url")  # a path means: on this server
_LINKS = {"creative": Kind.CREATIVE, "adset": Kind.ADSET, "campaign": Kind.CAMPAIGN}

NestedInsights = Callable[[GraphRequest, Kind, str, list[str], Field], dict[str, dict[str, Any]]]


class Nodes:
    """Reads objects; `nested_insights` answers `insights{…}` inside a list, for all its objects at once."""

    def __init__(self, context: Context, nested_insights: NestedInsights) -> None:
        self._context = context
        self._nested_insights = nested_insights

    def node(self, request: GraphRequest, place: Place) -> dict[str, Any]:
        """One object with the fields asked for."""
        fields = self._fields(request.params.get("fields", ""), place.kind, place.table)
        return self._objects(request, place.account_id, place.table, [place.row], fields)[0]

    def edge(self, request: GraphRequest, place: Place, kind: Kind, params: dict[str, str]) -> dict[str, Any]:
        """A page of a list under an object."""
        table = self._context.world.table(kind, place.account_id, self._context.as_of())
        rows = self._selected(table, params, self._children(place, kind, table))
        fields = self._fields(params.get("fields", ""), kind, table)
        url = request.url(place.object_id, kind.value)
        return self.page(request, place.account_id, table, rows, fields, params, url)

    def accounts(self, request: GraphRequest) -> dict[str, Any]:
        """A page of `/me/adaccounts`."""
        table = self._context.world.accounts(self._context.as_of())
        fields = self._fields(request.params.get("fields", ""), Kind.ACCOUNT, table)
        rows = [
            row
            for row in range(len(table))
            if table.ids[row].removeprefix("act_") not in self._context.effects.forbidden
        ]
        return self.page(request, "", table, rows, fields, request.params, request.url(*request.path))

    def page(
        self,
        request: GraphRequest,
        account_id: str,
        table: ObjectTable,
        rows: list[int],
        fields: tuple[Field, ...],
        params: dict[str, str],
        url: str,
    ) -> dict[str, Any]:
        """One page of selected rows with opaque cursors and, if asked for, the total count."""
        limit = paging.read_limit(params)
        start = _start(table, rows, params, limit)
        chosen = rows[start : start + limit]
        data = self._objects(request, account_id, table, chosen, fields)
        more = paging.More(start + limit < len(rows), start > 0)
        answer = paging.envelope(data, _ends(table, chosen), more, url, request.link_params(params))
        if "total_count" in params.get("summary", "") or params.get("summary") in {"true", "1"}:
            answer["summary"] = {"total_count": len(rows)}
        return answer

    def _fields(self, text: str, kind: Kind, table: ObjectTable) -> tuple[Field, ...]:
        asked = parse_fields(text) or tuple(Field(name) for name in DEFAULT_FIELDS[kind])
        known = names(kind.value) | table.names() | {edge.value for edge in EDGES.get(kind, ())} | {"insights"}
        for one in asked:
            if one.name not in known:
                raise errors.nonexisting_field(one.name, kind.node_type)
        return asked if any(one.name == "id" for one in asked) else (*asked, Field("id"))

    def _children(self, place: Place, kind: Kind, table: ObjectTable) -> Iterable[int]:
        """Rows of a table that belong to a parent, in the table's order."""
        if place.kind is Kind.ACCOUNT:
            return range(len(table))
        if place.kind is Kind.AD:
            creative = place.table.value("creative", place.row)
            row = table.position(str(creative.get("id"))) if isinstance(creative, dict) else None
            return [] if row is None else [row]
        column = table.column(_PARENT_COLUMN[place.kind]) or [None] * len(table)
        return [row for row, parent in enumerate(column) if str(parent) == place.object_id]

    def _selected(self, table: ObjectTable, params: dict[str, str], rows: Iterable[int]) -> list[int]:
        conditions = read_conditions(params)
        if states := read_list(params, "effective_status"):
            conditions.append(Condition(None, "effective_status", "IN", states))
        if (since := params.get("updated_since", "")).isdigit():
            conditions.append(Condition(None, "updated_time", "GREATER_THAN", int(since)))
        chosen = set(select(table, conditions, archived=self._context.options.archived_by_default))
        vanished = self._context.effects.vanished
        return [row for row in rows if row in chosen and table.ids[row] not in vanished]

    def _objects(
        self,
        request: GraphRequest,
        account_id: str,
        table: ObjectTable,
        rows: list[int],
        fields: tuple[Field, ...],
    ) -> list[dict[str, Any]]:
        columns = [(one.name, self._column(request, account_id, table, rows, one)) for one in fields]
        return [
            {name: values[place] for name, values in columns if values[place] is not None}
            for place in range(len(rows))
        ]

    def _column(
        self, request: GraphRequest, account_id: str, table: ObjectTable, rows: list[int], field: Field
    ) -> list[Any]:
        """The values of one field, link or edge for some rows."""
        ids = [table.ids[row] for row in rows]
        if field.name == "insights":
            answers = self._nested_insights(request, table.kind, account_id, ids, field)
            return [answers.get(one) for one in ids]
        edge = next((kind for kind in EDGES.get(table.kind, ()) if kind.value == field.name), None)
        if edge is not None:
            return [self._nested(request, account_id, table, row, edge, field) for row in rows]
        column = table.column(field.name)
        values = [None if column is None else column[row] for row in rows]
        if field.name in _OWN_URLS:
            return [request.base_url + str(one) if str(one).startswith("/") else one for one in values]
        if field.name in _LINKS and field.inner:
            return [self._linked(request, account_id, _LINKS[field.name], value, field) for value in values]
        return values

    def _nested(
        self, request: GraphRequest, account_id: str, table: ObjectTable, row: int, kind: Kind, field: Field
    ) -> dict[str, Any] | None:
        owner = account_id or table.ids[row].removeprefix("act_")
        place = Place(table.kind, owner, table.ids[row], table, row)
        params = {**field.arguments, "fields": _text(field.inner)}
        answer = self.edge(request, place, kind, params)
        return answer if answer["data"] else None

    def _linked(self, request: GraphRequest, account_id: str, kind: Kind, link: Any, field: Field) -> Any:
        if not isinstance(link, dict) or "id" not in link:
            return link
        table = self._context.world.table(kind, account_id, self._context.as_of())
        row = table.position(str(link["id"]))
        if row is None:
            return link
        fields = self._fields(_text(field.inner), kind, table)
        return self._objects(request, account_id, table, [row], fields)[0]


def _ends(table: ObjectTable, chosen: list[int]) -> tuple[str, str]:
    """Cursors of the first and the last object of a page."""
    if not chosen:
        return "", ""
    return paging.opaque_cursor(table.ids[chosen[0]]), paging.opaque_cursor(table.ids[chosen[-1]])


def _start(table: ObjectTable, rows: list[int], params: dict[str, str], limit: int) -> int:
    """Where the page begins: after the object a cursor names, even when that object left the selection."""
    if after := params.get("after"):
        row = table.position(paging.read_opaque(after))
        if row is None:
            raise errors.bad_cursor()
        return sum(one <= row for one in rows)
    if before := params.get("before"):
        row = table.position(paging.read_opaque(before))
        if row is None:
            raise errors.bad_cursor()
        return max(sum(one < row for one in rows) - limit, 0)
    return 0


def _text(fields: tuple[Field, ...]) -> str:
    """Inner fields written out again, for a nested list's own request."""
    parts = []
    for one in fields:
        modifiers = "".join(f".{name}({value})" for name, value in one.arguments.items())
        parts.append(one.name + modifiers + (f"{{{_text(one.inner)}}}" if one.inner else ""))
    return ",".join(parts)
