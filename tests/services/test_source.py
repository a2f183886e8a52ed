"""Where the API is that a command reads."""

import socket
from pathlib import Path

import httpx
import pytest

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.source import described, sandbox_answers, source_ready
from adtrack_pipeline.settings import Settings
from tests.sandbox_server import running_sandbox


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def settings(home: Path, **names: object) -> Settings:
    return Settings(**{"ADTRACK_HOME": home, **names})


def test_with_a_token_nothing_is_started(tmp_path: Path):
    own = settings(tmp_path, META_ACCESS_TOKEN="token")
    with source_ready(own) as ready:
        assert ready is own
    assert not (tmp_path / "logs").exists()


def test_a_sandbox_elsewhere_is_not_started_here(tmp_path: Path):
    own = settings(tmp_path, META_GRAPH_URL="http://192.0.2.1:8090")
    with source_ready(own) as ready:
        assert ready is own


def test_without_a_token_a_sandbox_is_started_and_ends_with_the_command(tmp_path: Path):
    own = settings(tmp_path, ADTRACK_SANDBOX_PORT=free_port())
    with source_ready(own) as ready:
        assert ready.meta_graph_url
        answer = httpx.get(f"{ready.meta_graph_url}/v25.0/me/adaccounts", headers={"Authorization": "Bearer any"})
        assert answer.json()["data"]
        assert ready.effective_source == "sandbox"
    assert not sandbox_answers(own)


def test_a_sandbox_that_runs_already_is_used_and_left_running(tmp_path: Path):
    with running_sandbox(accounts=1, ads=2, days=5) as sandbox:
        own = settings(tmp_path, ADTRACK_SANDBOX_PORT=int(sandbox.base_url.rsplit(":", 1)[1]))
        with source_ready(own) as ready:
            assert ready.meta_graph_url == sandbox.base_url
        assert sandbox_answers(own)


def test_simulated_data_is_announced_as_such_and_real_data_is_not(tmp_path: Path):
    assert "SANDBOX" in described(settings(tmp_path))
    assert "META_ACCESS_TOKEN is not set" in described(settings(tmp_path))
    real = described(settings(tmp_path, META_ACCESS_TOKEN="secret-token"))
    assert "SANDBOX" not in real
    assert "secret-token" not in real


def test_a_port_taken_by_something_else_is_one_sentence(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        own = settings(tmp_path, ADTRACK_SANDBOX_PORT=taken.getsockname()[1])
        taken.settimeout(0.01)
        with pytest.raises(ServiceError, match="ADTRACK_SANDBOX_PORT"), source_ready(own):
            pass
