"""A real `nats-server` with JetStream on a free port, that a test may stop and start again."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.notify.receiving import free_port

BINARY = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")


@dataclass
class NatsServer:
    """Messages are in `store` and survive a restart."""

    store: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        if BINARY is None:
            pytest.skip("nats-server is not installed (apt-get install nats-server)")
        command = [BINARY, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.store), *self.options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise RuntimeError("nats-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running_nats(store: Path, *options: str) -> Iterator[NatsServer]:
    """Serve until the block ends; skips the test when there is no binary."""
    server = NatsServer(store, options=options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
