"""Homes for servers of a test's own, and helpers to look at their processes."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adtrack_pipeline.warehouse.embedded import locks, ports
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from tests.postgres import FAST, HOMES


@pytest.fixture(scope="session", autouse=True)
def _ports_of_our_own() -> Iterator[None]:
    """Beside these tests other workers start servers: the port of one that stopped must not be taken meanwhile."""
    first = 20_000 + os.getpid() % 500 * 20
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ports, "PREFERRED", range(first, first + 20))
        yield


@pytest.fixture
def new_home(needs_embedded_postgres: None) -> Iterator[Path]:
    """An empty ADTRACK_HOME that the server's account can reach also when root runs the tests."""
    with _temporary_home() as folder:
        yield folder


@pytest.fixture
def home(new_home: Path, _initialised: Path) -> Path:
    """An ADTRACK_HOME whose data directory was made (that takes a second), with nothing running."""
    subprocess.run(["cp", "-a", _initialised / "postgres", new_home], check=True)
    return new_home


@pytest.fixture
def server(home: Path) -> EmbeddedServer:
    """A server that was not started yet."""
    return EmbeddedServer(home, overrides=FAST)


@pytest.fixture(scope="session")
def _initialised() -> Iterator[Path]:
    with _temporary_home() as folder:
        server = EmbeddedServer(folder, overrides=FAST)
        server.ensure()
        server.stop()
        locks.hold(server.files.in_use_lock)  # in use, though not running: other sessions must not sweep it away
        yield folder


@contextmanager
def _temporary_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{HOMES}home-")).resolve()
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        EmbeddedServer(folder).stop()
        shutil.rmtree(folder, ignore_errors=True)
