"""Each way in which the embedded server cannot run gets one sentence that says what to do."""

import json
import socket
import sys
from pathlib import Path

import pytest

from adtrack_pipeline.warehouse.embedded import config
from adtrack_pipeline.warehouse.embedded.failures import start_failure
from adtrack_pipeline.warehouse.embedded.home import ServerHome
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from adtrack_pipeline.warehouse.errors import DatabaseError
from tests.postgres import FAST


def test_a_port_that_another_program_has_is_named(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(DatabaseError, match=rf"Port {port} on 127\.0\.0\.1 is in use.*ADTRACK_DB_PORT"):
            EmbeddedServer(home, wanted_port=port, overrides=FAST).ensure()


def test_a_wanted_port_is_used(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert EmbeddedServer(home, wanted_port=port, overrides=FAST).ensure() == port


def test_a_remembered_port_that_was_taken_meanwhile_is_left_with_a_warning(
    server: EmbeddedServer, caplog: pytest.LogCaptureFixture
) -> None:
    before = server.ensure()
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before))
        other.listen()
        assert server.ensure() != before
    assert f"Port {before} is taken" in caplog.text


def test_data_of_another_postgres_version_is_refused_and_left_alone(server: EmbeddedServer) -> None:
    server.ensure()
    server.stop()
    version = server.files.data / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(DatabaseError, match=r"belongs to PostgreSQL 16.*pg_dump 16"):
        server.ensure()
    version.write_text("18\n")
    server.ensure()


def test_a_directory_that_is_no_data_directory_is_refused(new_home: Path) -> None:
    server = EmbeddedServer(new_home)
    server.files.prepare()
    server.files.prepare_state()
    server.files.data.mkdir()
    with pytest.raises(DatabaseError, match=r"not a PostgreSQL data directory.*start with an empty"):
        server.ensure()


@pytest.mark.parametrize("home", ["/proc/adtrack", "/dev/null/adtrack"])
def test_a_home_that_cannot_be_written_is_named(home: str) -> None:
    with pytest.raises(DatabaseError, match=rf"cannot keep its database in {home}.*ADTRACK_HOME"):
        EmbeddedServer(Path(home)).ensure()


def test_a_home_whose_name_a_shell_would_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="choose another directory"):
        EmbeddedServer(tmp_path / "$(touch gone)").ensure()


def test_a_database_kept_elsewhere_that_has_gone_is_missed_and_not_replaced(server: EmbeddedServer) -> None:
    server.ensure()
    server.stop()
    notes = server.files.control / "server.json"
    notes.write_text(json.dumps({"state_dir": "/var/lib/adtrack/gone"}))
    with pytest.raises(DatabaseError, match="/var/lib/adtrack/gone, which is gone"):
        EmbeddedServer(server.files.home).ensure()


def test_a_lost_password_is_named_instead_of_waiting(server: EmbeddedServer) -> None:
    server.ensure()
    (server.files.control / "postgres.password").write_text("another\n")
    with pytest.raises(DatabaseError, match=r"does not accept the password.*postgres\.password"):
        server.ensure()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            'FATAL: could not write to file "pg_wal/xlogtemp.7": No space left on device',
            "disk that holds .* is full",
        ),
        ('PANIC: could not write to file "pg_wal": Read-only file system', "read-only file system"),
        ('FATAL: could not open file "global/pg_control": Permission denied', "may not use"),
        (
            'FATAL: could not open shared memory segment "/PostgreSQL.1": Permission denied',
            "did not start: FATAL: could not open shared memory segment",
        ),
        ("FATAL: something nobody has foreseen", "did not start: FATAL: something nobody has foreseen"),
    ],
)
def test_what_postgres_says_becomes_advice(tmp_path: Path, said: str, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence):
        raise start_failure(ServerHome(tmp_path), said)


@pytest.mark.parametrize(
    ("mode", "least", "kind"),
    [(0o1777, 0, "posix"), (0o755, 0, "sysv"), (0o1777, 1 << 62, "sysv"), (None, 0, "sysv")],
    ids=["fit", "only-for-root", "small", "not-mounted"],
)
def test_shared_memory_that_cannot_be_used_is_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int | None, least: int, kind: str
) -> None:
    shm = tmp_path / "shm"
    if mode is not None:
        shm.mkdir()
        shm.chmod(mode)
    monkeypatch.setattr(config, "SHM", shm)
    monkeypatch.setattr(config, "ENOUGH_BYTES", least)
    monkeypatch.setattr(sys, "platform", "linux")
    assert f"dynamic_shared_memory_type = '{kind}'" in config.render(1, tmp_path, {})
