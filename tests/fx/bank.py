"""A web server in place of the bank's: answers one path in the way it was told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Bank(ThreadingHTTPServer):
    """Serves `content` with `status`; `hangs` answers nothing until the test is over."""

    daemon_threads = True
    content = b""
    status = 200
    hangs = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.over = threading.Event()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where its file is."""
        return f"http://127.0.0.1:{self.server_port}/stats/eurofxref-hist.zip"


class _Handler(BaseHTTPRequestHandler):
    server: Bank

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.hangs:
            self.server.over.wait(10)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@contextmanager
def bank() -> Iterator[Bank]:
    """A bank that is open for as long as the block lasts."""
    with Bank() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
