"""A real HTTP server whose answers a test writes down: for faults that need an exact sequence.

Belongs here: the server and small helpers to write answers. It knows nothing of the Graph API's rules; the
sandbox does.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    url: str

    def json(self, name: str) -> Any:
        return json.loads(self.params[name])


@dataclass(frozen=True)
class Reply:
    """One answer. `cut` closes the connection after that many bytes of the body, `slow` waits seconds first."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media: str = "application/json"
    cut: int | None = None
    slow: float = 0.0

    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


Script = Callable[[Call], Reply]


def rows(*entries: dict[str, Any], after: str | None = None, path: str = "/v25.0/act_1/insights") -> Reply:
    """A page of a listing; `after` adds a next link like Meta's, with a token in it."""
    body: dict[str, Any] = {"data": list(entries)}
    if after is not None:
        link = f"https://graph.facebook.com{path}?access_token=EAAleaked&limit=25&after={after}"
        body["paging"] = {"cursors": {"before": "MAZDZD", "after": after}, "next": link}
    return Reply(body)


def failure(code: int, subcode: int | None = None, message: str = "", status: int = 400, **extra: Any) -> Reply:
    """A Graph API error; `headers` may be given among the extras."""
    headers = extra.pop("headers", {})
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Atrace", **extra}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Reply({"error": error}, status, headers)


class ScriptedGraph:
    """Answers by path: a list of replies (the last one repeats) or a function of the call."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()

    def reset(self) -> None:
        self.calls: list[Call] = []
        self.most_at_once = 0
        self._at_once = 0
        self._scripts: dict[str, Script] = {}

    def on(self, path: str, *script: Reply | Script) -> None:
        """Answer calls whose path ends in `path`: replies in order, or a function."""
        if len(script) == 1 and callable(script[0]):
            self._scripts[path] = script[0]
            return
        replies = list(script)
        self._scripts[path] = lambda _call: replies.pop(0) if len(replies) > 1 else replies[0]

    def to(self, path: str) -> list[Call]:
        """The calls that came to a path ending in `path`."""
        return [call for call in self.calls if call.path.endswith(path)]

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        matching = [path for path in self._scripts if call.path.endswith(path)]
        if not matching:
            return failure(100, 33, f"nothing scripted for {call.path}")
        return self._scripts[max(matching, key=len)](call)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        query = scope["query_string"].decode()
        params = dict(parse_qsl(query, keep_blank_values=True))
        params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        reply = self.answer(Call(scope["method"], scope["path"], params, headers, f"{scope['path']}?{query}"))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(reply.slow)
            await _send(send, reply)
        finally:
            self._at_once -= 1


async def _send(send: Any, reply: Reply) -> None:
    raw = reply.raw()
    headers = [(b"content-type", reply.media.encode()), (b"content-length", str(len(raw)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.cut is not None:
        await send({"type": "http.response.body", "body": raw[: reply.cut], "more_body": True})
        raise ConnectionResetError("cut by the test")
    await send({"type": "http.response.body", "body": raw})


@contextmanager
def serving(graph: ScriptedGraph) -> Iterator[ScriptedGraph]:
    """Run the server in a thread until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(graph, host="127.0.0.1", port=0, log_level="critical", lifespan="off", loop="asyncio")
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    graph.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield graph
    server.should_exit = True
    thread.join(timeout=5)
