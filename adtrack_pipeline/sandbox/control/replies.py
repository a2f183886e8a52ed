"""Replies as faults make them: instead of the API's answer, or out of it.

Belongs here: status, headers and bytes. Does not belong here: which call a fault happens to (`faults.py`).
"""

import json
from collections.abc import Callable

from adtrack_pipeline.sandbox.control.faults import Fault
from adtrack_pipeline.sandbox.control.hostile import spoil
from adtrack_pipeline.sandbox.graph import errors
from adtrack_pipeline.sandbox.graph.errors import GraphError
from adtrack_pipeline.sandbox.graph.request import GraphRequest, Reply, encode
from adtrack_pipeline.sandbox.throttle import Throttle, exhausted

_HTML = b"<html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>"


def early_reply(fault: Fault, throttle: Throttle, account: str | None) -> Reply | None:
    """The reply of a fault that needs no answer of the API; None for the other kinds."""
    if fault.kind == "quota":
        percent, minutes = float(fault.more.get("percent", 100)), int(fault.more.get("minutes", 1))
        return _told(exhausted(int(fault.more.get("code", 80000))), throttle.headers(account, percent, minutes))
    make = _EARLY.get(fault.kind)
    return make(fault) if make else None


def _told(error: GraphError, headers: dict[str, str] | None = None) -> Reply:
    return Reply(error.status, encode(error.body()), headers or {})


def _error(fault: Fault) -> Reply:
    more = fault.more
    error = GraphError(
        str(more.get("message", "An unknown error occurred")),
        int(more.get("code", 1)),
        more.get("subcode"),
        status=200 if fault.kind == "ok_error" else int(more.get("status", 400)),
        transient=bool(more.get("transient", False)),
    )
    return _told(error, dict(more.get("headers", {})))


def _html(fault: Fault) -> Reply:
    return Reply(int(fault.more.get("status", 500)), _HTML, {"Content-Type": "text/html; charset=utf-8"})


_EARLY: dict[str, Callable[[Fault], Reply]] = {
    "error": _error,
    "ok_error": _error,
    "html": _html,
    "expired_token": lambda _: _told(errors.bad_token()),
    "expired_cursor": lambda _: _told(errors.bad_cursor()),
    "unavailable": lambda _: Reply(503, b"Service Unavailable", {"Content-Type": "text/plain"}),
    "empty": lambda fault: Reply(int(fault.more.get("status", 200)), b""),
}


def late_reply(fault: Fault, reply: Reply, request: GraphRequest) -> Reply:
    """The API's answer as a fault leaves it."""
    if fault.kind == "truncated":
        return Reply(reply.status, reply.body[: len(reply.body) // 2], reply.headers)
    if fault.kind == "hostile" and reply.status == 200:
        return Reply(reply.status, spoil(reply.body, fault), reply.headers)
    if fault.kind in {"duplicate_page", "cursor_loop"} and reply.status == 200:
        answer = json.loads(reply.body)
        if "next" in answer.get("paging", {}):
            answer["paging"]["next"] = request.own_url()
        return Reply(reply.status, encode(answer), reply.headers)
    return reply
