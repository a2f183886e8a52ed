"""`adtrack up` as a person uses it: started, found busy, killed, started again, stopped."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from adtrack_pipeline.services import ServiceError, serve_everything
from adtrack_pipeline.services.plan import _socket_folder
from adtrack_pipeline.services.ports import is_free
from adtrack_pipeline.services.ui import Ui
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import Database
from tests.sandbox_server import running_sandbox
from tests.services import conftest
from tests.services.conftest import ROOT, eventually, lives
from tests.services.test_source import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads process trees from /proc")


@dataclass
class Machine:
    """One machine's `adtrack up`: its environment, its output."""

    env: dict[str, str]
    port: int
    output: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "subprocess.Popen[bytes]":
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "adtrack_pipeline.cli", "up", "--port", str(self.port)],
                env=self.env,
                cwd=self.output.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self, word: str) -> bool:
        return word in self.output.read_text()


@pytest.fixture
def machine(
    database: Database, parsed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    monkeypatch.setattr(conftest, "PATIENCE_SECONDS", 150.0)
    shutil.copytree(parsed, tmp_path / "home" / parsed.name)
    with running_sandbox(seed=3, accounts=1, ads=3, days=5) as sandbox:
        own = {
            "ADTRACK_HOME": str(tmp_path / "home"),
            "DATABASE_URL": database.url().get_secret_value(),
            "ADTRACK_SOURCE": "sandbox",
            "META_GRAPH_URL": sandbox.base_url,
            "ADTRACK_INITIAL_DAYS": "2",
            "ADTRACK_THUMBNAILS": "false",
        }
        for name, value in own.items():
            monkeypatch.setenv(name, value)
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        yield Machine(env, free_port(), tmp_path / "up.txt")


def descendants(pid: int) -> set[int]:
    """The pids of everything below a process, from /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (folder / "stat").exists():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, fresh = set(), {pid}
    while fresh:
        found |= fresh
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
    return found - {pid}


def runs(database: Database) -> Callable[[], set[str]]:
    def statuses() -> set[str]:
        with database.connect() as conn:
            return {str(row[0]) for row in conn.execute("select status from dagster.runs").fetchall()}

    return statuses


def test_up_shows_the_project_starts_the_first_run_and_survives_being_killed(machine: Machine, database: Database):
    statuses = runs(database)
    process = machine.start()
    try:
        assert eventually(lambda: machine.said("Ctrl-C stops") or process.poll() is not None)
        assert process.poll() is None, machine.output.read_text()
        assert httpx.get(machine.url).status_code == 200
        assert "Daily reports" in httpx.get(f"{machine.url}/reports", timeout=30).text
        assert Ui(machine.url).location_problem("adtrack_SANDBOX") is None
        with pytest.raises(ServiceError, match=rf"already running .* UI at {machine.url}"):
            serve_everything(load_settings())
        assert eventually(lambda: "STARTED" in statuses())
        below = descendants(process.pid)
        assert len(below) >= 5  # guard, UI, code server, daemon, the run
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert eventually(lambda: not any(lives(pid) for pid in below))
    assert is_free(machine.port)

    again = machine.start()
    try:
        assert eventually(lambda: descendants(again.pid) or again.poll() is not None)
        again.send_signal(signal.SIGINT)  # while it is still starting
        assert again.wait(timeout=60) == 0, machine.output.read_text()
    finally:
        again.kill()
    assert machine.said("Stopped.")
    assert not _socket_folder(load_settings()).exists()
    assert statuses() == {"FAILURE"}  # whether the run could still say so itself, or the next start did
    assert is_free(machine.port)
