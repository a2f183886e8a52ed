"""The account's change log: `/activities` with its time window and paging."""

from datetime import UTC, datetime, timedelta
from typing import Any

from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.catalog import DEFAULT_FIELDS, Kind, names
from adtrack_pipeline.sandbox.graph.context import Context, Place
from adtrack_pipeline.sandbox.graph.fields import Field, parse_fields
from adtrack_pipeline.sandbox.graph.nodes import Nodes
from adtrack_pipeline.sandbox.graph.request import GraphRequest

_DEFAULT_WINDOW = timedelta(days=7)


class Changes:
    """Reads the change log."""

    def __init__(self, context: Context, nodes: Nodes) -> None:
        self._context = context
        self._nodes = nodes

    def page(self, request: GraphRequest, place: Place) -> dict[str, Any]:
        """One page, newest first; without a window, the last seven days."""
        params = request.params
        now = self._context.as_of()
        until = min(_instant(params.get("until"), now, end_of_day=True), now)
        since = _instant(params.get("since"), until - _DEFAULT_WINDOW)
        table = self._context.world.activities(place.account_id, since, until)
        fields = parse_fields(params.get("fields", ""))
        fields = fields or tuple(Field(name) for name in DEFAULT_FIELDS[Kind.ACTIVITY])
        for one in fields:
            if one.name not in names(Kind.ACTIVITY.value):
                raise errors.nonexisting_field(one.name, Kind.ACTIVITY.node_type)
        url = request.url(*request.path)
        rows = list(range(len(table)))
        return self._nodes.page(request, place.account_id, table, rows, fields, params, url)


def _instant(text: str | None, default: datetime, *, end_of_day: bool = False) -> datetime:
    """A unix time, a day or an ISO instant.

    Raises:
        GraphError: 100 when it is none of these.
    """
    if not text:
        return default
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise errors.bad_parameter("since and until must be unix times or dates") from None
    if len(text) == len("2026-11-20") and end_of_day:
        instant += timedelta(days=1)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
