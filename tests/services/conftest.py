"""Services made of tiny modules, so that a test about processes starts no Dagster."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adtrack_pipeline.services.processes import Process, Service, stop_all
from tests.defs.conftest import parsed  # noqa: F401 - the fixture: dbt parsed once for the session

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0

MakeService = Callable[..., Service]


@pytest.fixture
def make_service(tmp_path: Path) -> MakeService:
    """A service that runs a few lines of Python."""

    def make(name: str, code: str) -> Service:
        (tmp_path / f"service_{name}.py").write_text(code)
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
        return Service(name, f"service_{name}", ("an argument",), env, tmp_path / "logs" / f"{name}.log")

    return make


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes a test started; whatever is left of them ends with the test."""
    processes: list[Process] = []
    yield processes
    stop_all(processes, patience=0.1)


def eventually(question: Callable[[], object]) -> bool:
    """Ask until the answer is yes; false when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return False


def lives(pid: int) -> bool:
    """Whether a process exists and is more than an entry nobody has collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if sys.platform == "linux":
        state = Path(f"/proc/{pid}/stat").read_text() if Path(f"/proc/{pid}").exists() else ""
        return bool(state) and state.rsplit(")", 1)[1].split()[0] != "Z"
    return True
