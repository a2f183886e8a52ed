"""The HTTP side: Starlette routes for the control endpoints, everything else is a Graph call.

Belongs here: reading and writing HTTP, breaking connections on demand. Does not belong here: what a call means.
"""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adtrack_pipeline.sandbox.control.clock import WorldClock
from adtrack_pipeline.sandbox.control.routes import Control
from adtrack_pipeline.sandbox.gate import Gate, Served
from adtrack_pipeline.sandbox.graph.context import Context
from adtrack_pipeline.sandbox.graph.request import GraphRequest, read_request
from adtrack_pipeline.sandbox.graph.service import GraphService
from adtrack_pipeline.sandbox.options import SandboxOptions
from adtrack_pipeline.sandbox.protocol import TRANSPORT
from adtrack_pipeline.sandbox.worlds import build_world

JSON = "application/json; charset=UTF-8"


def build_app(options: SandboxOptions) -> Starlette:
    """The server's application.

    Raises:
        SandboxError: when the replay folder cannot be served.
    """
    clock = WorldClock(options.now)
    gate = Gate(GraphService(Context(options, build_world(options), clock)))
    graph = Route("/{path:path}", GraphEndpoint(gate))
    graph.methods = None  # every method: an unknown one gets the API's own error
    return Starlette(routes=[*Control(gate, clock).routes(), graph])


class GraphEndpoint:
    """Every path that is not the sandbox's own."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP exchange."""
        request = Request(scope, receive)
        served = self._gate.serve(await _read(request))
        kind = served.wire.kind if served.wire else None
        if kind == "reset":
            scope.get("extensions", {})[TRANSPORT].abort()
            return
        if kind == "slow" and served.wire is not None:
            await asyncio.sleep(float(served.wire.more.get("seconds", 1.0)))
        if kind == "cut":
            await _send_half(scope, send, served)
            return
        reply = served.reply
        headers = {"Content-Type": JSON, **reply.headers}
        await Response(reply.body, reply.status, headers)(scope, receive, send)


async def _read(request: Request) -> GraphRequest:
    url = request.url
    return read_request(
        request.method,
        request.scope["path"],
        url.query,
        dict(request.headers.items()),
        await request.body(),
        f"{url.scheme}://{url.netloc}",
    )


async def _send_half(scope: Scope, send: Send, served: Served) -> None:
    """Promise the whole body, send half of it, close the connection."""
    body = served.reply.body
    headers: list[Any] = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": served.reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await asyncio.sleep(0)
    scope.get("extensions", {})[TRANSPORT].close()
