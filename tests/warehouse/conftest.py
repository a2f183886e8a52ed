"""Homes for servers of a test's own, and helpers to look at their processes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from tests.postgres import FAST, HOMES


@pytest.fixture
def home(needs_embedded_postgres: None) -> Iterator[Path]:
    """An ADTRACK_HOME the server's account can reach also when root runs the tests; its server ends with the test."""
    folder = Path(tempfile.mkdtemp(prefix=f"{HOMES}home-")).resolve()
    folder.chmod(0o711)
    yield folder
    EmbeddedServer(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> EmbeddedServer:
    """A server that was not started yet."""
    return EmbeddedServer(home, overrides=FAST)
