"""The HTTP side: Starlette routes for the control endpoints, everything else is a Graph call.

Belongs here: reading and writing HTTP. Does not belong here: what a call means (`graph`).
"""

from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adtrack_pipeline import clock
from adtrack_pipeline.sandbox.graph.context import Context
from adtrack_pipeline.sandbox.graph.request import read_request
from adtrack_pipeline.sandbox.graph.service import GraphService
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.worlds import build_world

JSON = "application/json; charset=UTF-8"


def build_app(options: SandboxOptions) -> Starlette:
    """The server's application.

    Raises:
        SandboxError: when the replay folder cannot be served.
    """

    def now() -> datetime:
        return options.now or clock.now()

    service = GraphService(Context(options, build_world(options), now))

    async def graph(request: Request) -> Response:
        url = request.url
        call = read_request(
            request.method,
            request.scope["path"],
            url.query,
            dict(request.headers.items()),
            await request.body(),
            f"{url.scheme}://{url.netloc}",
        )
        reply = service.answer(call)
        return Response(reply.body, reply.status, reply.headers, media_type=JSON)

    app = Starlette(routes=[Route("/{path:path}", graph, methods=["GET", "POST", "DELETE"])])
    app.state.service = service
    return app
