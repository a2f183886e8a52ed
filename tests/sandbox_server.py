"""A real sandbox server for tests of any room: real sockets, a thread of this process, a free port.

with running_sandbox(seed=1, ads=20, now=NOON) as sandbox:
    httpx.get(f"{sandbox.base_url}/v25.0/me/adaccounts", headers=sandbox.headers)
    sandbox.fault(kind="error", path="insights", code=1, status=500)
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from adtrack_pipeline.sandbox import SandboxOptions
from adtrack_pipeline.sandbox.server import bind, build_server


@dataclass(frozen=True)
class RunningSandbox:
    """A server that is up. `base_url` has no version and no trailing slash; any token is accepted by default."""

    base_url: str
    client: httpx.Client
    token: str = "SANDBOX-TOKEN"
    version: str = "v25.0"

    @property
    def headers(self) -> dict[str, str]:
        """The token as a header, for requests by hand."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        """A Graph call by hand: `get("act_1/insights", level="ad")`."""
        url = path if path.startswith("http") else f"{self.base_url}/{self.version}/{path}"
        return self.client.get(url, params=params or None, headers=self.headers)

    def post(self, path: str, **params: Any) -> httpx.Response:
        """A Graph call by hand with a form body."""
        return self.client.post(f"{self.base_url}/{self.version}/{path}", data=params, headers=self.headers)

    def control(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """A control endpoint's JSON; a refused request is an error here."""
        answer = self.client.request(
            method, f"{self.base_url}/sandbox/{path}".rstrip("/"), json=body, params=params
        )
        if answer.status_code != 200:
            raise ValueError(answer.json()["error"])
        return answer.json()

    def fault(self, kind: str, **more: Any) -> None:
        """Plan a fault (`adtrack_pipeline/sandbox/control/faults.py` lists the kinds)."""
        self.control("POST", "faults", {"kind": kind, **more})

    def no_faults(self) -> None:
        """End all faults and their lasting effects."""
        self.control("DELETE", "faults")

    def ledger(self, since: str, until: str, account: str = "") -> dict[str, list[dict[str, str]]]:
        """What the sandbox believes: account id to entries per ad and day."""
        found: dict[str, list[dict[str, str]]] = self.control(
            "GET", "ledger", since=since, until=until, account=account
        )
        return found

    def calls(self) -> dict[str, Any]:
        """`total`, `by_account` and the `calls` so far."""
        found: dict[str, Any] = self.control("GET", "calls")
        return found

    def forget_calls(self) -> None:
        """Empty the call log."""
        self.control("DELETE", "calls")

    def set_now(self, instant: str) -> None:
        """Move the world's clock (not the product's: that is `ADTRACK_NOW`)."""
        self.control("POST", "clock", {"now": instant})


@contextmanager
def running_sandbox(**options: Any) -> Iterator[RunningSandbox]:
    """Serve until the block ends; takes the fields of `SandboxOptions`."""
    chosen = SandboxOptions(**{"port": 0, **options})
    server = build_server(chosen)
    sock = bind(chosen)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    host, port = sock.getsockname()[:2]
    try:
        token = min(chosen.tokens) if chosen.tokens else "SANDBOX-TOKEN"
        with httpx.Client(timeout=60) as client:
            yield RunningSandbox(f"http://{host}:{port}", client, token=token, version=chosen.versions[0])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        sock.close()
