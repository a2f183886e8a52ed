"""The Graph API as one function: a request in, a reply out. Endpoints are found here and answered elsewhere.

Belongs here: which path means what. Does not belong here: sockets, faults on the wire, quotas.
"""

from typing import Any

from adtrack_pipeline.sandbox.graph import errors, money
from adtrack_pipeline.sandbox.graph.access import check_token, check_version
from adtrack_pipeline.sandbox.graph.catalog import Kind
from adtrack_pipeline.sandbox.graph.changes import Changes
from adtrack_pipeline.sandbox.graph.context import Context, Place
from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.graph.jobs import TOO_LARGE, Jobs, Run
from adtrack_pipeline.sandbox.graph.nodes import EDGES, Nodes
from adtrack_pipeline.sandbox.graph.reports import LEVEL_OF, Reports
from adtrack_pipeline.sandbox.graph.request import GraphRequest, Reply, encode

_USER = {"id": "100000000000001", "name": "SANDBOX system user"}
_SCOPES = ["ads_read", "ads_management", "business_management"]


class GraphService:
    """Answers Graph calls from a world."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.reports = Reports(context)
        self.nodes = Nodes(context, self.reports.nested)
        self.jobs = Jobs(context.options, context.clock)
        self._changes = Changes(context, self.nodes)

    def answer(self, request: GraphRequest) -> Reply:
        """Answer one call; errors become replies."""
        try:
            headers = check_version(request, self.context.options)
            check_token(request, self.context.options)
            return Reply(200, encode(self._value(request)), headers)
        except GraphError as error:
            return Reply(error.status, encode(error.body()))

    def account_of(self, request: GraphRequest) -> str | None:
        """The account a call is about, for quotas, faults and the call log."""
        node = request.path[0] if request.path else ""
        if node.startswith("act_"):
            account_id = node.removeprefix("act_")
            return account_id if self.context.has_account(account_id) else None
        if run := self.jobs.find(node):
            return run.account_id
        found = self.context.world.locate(node, self.context.as_of()) if node.isdigit() else None
        return found[1] if found else None

    def _value(self, request: GraphRequest) -> Any:
        if "ids" in request.params and not request.path:
            raise errors.bad_parameter("The parameter ids is no longer supported; read each object by its id")
        match request.path:
            case ():
                raise errors.bad_parameter("The root has no fields; POST a batch or name an object")
            case ("me",):
                return _USER
            case ("me", "adaccounts"):
                return self.nodes.accounts(request)
            case ("me", "permissions"):
                return {"data": [{"permission": scope, "status": "granted"} for scope in _SCOPES]}
            case ("debug_token",):
                return _token_info(request)
            case (node,):
                return self._node(request, node)
            case (node, edge):
                return self._edge(request, node, edge)
            case _:
                raise errors.unknown_path("/".join(request.path))

    def _node(self, request: GraphRequest, node: str) -> Any:
        _only_reads(request, node)
        if run := self.jobs.find(node):
            return self.jobs.poll(run)
        return self.nodes.node(request, self.context.place(node))

    def _edge(self, request: GraphRequest, node: str, edge: str) -> Any:
        if edge == "insights":
            return self._insights(request, node)
        _only_reads(request, node)
        place = self.context.place(node)
        if edge == "minimum_budgets" and place.kind is Kind.ACCOUNT:
            return {"data": money.minimum_budgets()}
        if edge == "activities" and place.kind is Kind.ACCOUNT:
            return self._changes.page(request, place)
        for kind in EDGES.get(place.kind, ()):
            if kind.value == edge:
                return self.nodes.edge(request, place, kind, request.params)
        raise errors.nonexisting_field(edge, place.kind.node_type)

    def _insights(self, request: GraphRequest, node: str) -> Any:
        if run := self.jobs.find(node):
            return self._run_page(request, run)
        place = self.context.place(node)
        if place.kind not in LEVEL_OF:
            raise errors.nonexisting_field("insights", place.kind.node_type)
        if request.method == "POST":
            return self._submit(request, place)
        return self.reports.page(request, place)

    def _submit(self, request: GraphRequest, place: Place) -> dict[str, Any]:
        params = {key: value for key, value in request.params.items() if key not in {"after", "before"}}
        query = self.reports.query(place, params)
        too_large = self.reports.exceeds(query, params, self.context.options.max_async_rows)
        return self.jobs.submit(query, params, TOO_LARGE if too_large else None)

    def _run_page(self, request: GraphRequest, run: Run) -> dict[str, Any]:
        self.context.check_permission(run.account_id)
        self.jobs.check_readable(run)
        rowset = self.reports.pinned(run.run_id, run.query, run.params)
        return self.reports.slice(rowset, request.params, request.url(*request.path), request.link_params())


def _only_reads(request: GraphRequest, node: str) -> None:
    if request.method != "GET":
        raise GraphError(
            "(#3) Application does not have the capability to make this API call (the sandbox takes no writes).",
            3,
        )
    if "date_format" in request.params:
        raise errors.bad_parameter("date_format is no longer supported")


def _token_info(request: GraphRequest) -> dict[str, Any]:
    """`/debug_token`: the sandbox's tokens never expire by themselves."""
    return {
        "data": {
            "app_id": "1000000001",
            "application": "SANDBOX app",
            "type": "SYSTEM_USER",
            "is_valid": bool(request.params.get("input_token")),
            "expires_at": 0,
            "data_access_expires_at": 0,
            "scopes": _SCOPES,
            "user_id": _USER["id"],
        }
    }
