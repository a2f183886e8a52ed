"""Starting, finding and stopping the server, alone and with others."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from adtrack_pipeline.warehouse.embedded import postmaster
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from tests.postgres import FAST

USE_IT = """
import sys
from adtrack_pipeline.settings import load_settings
from adtrack_pipeline.warehouse import ensure_database
database = ensure_database(load_settings())
with database.connect() as conn:
    applied = conn.execute("select count(*) from ops.schema_migrations").fetchone()[0]
print(database.port, applied, flush=True)
sys.stdin.read()
"""


def user_of(home: Path) -> "subprocess.Popen[str]":
    """Another process that prepares the database of a home and uses it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", USE_IT],
        env={**os.environ, "ADTRACK_HOME": str(home), "META_ACCESS_TOKEN": "EAAsecret"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def pid_of(server: EmbeddedServer) -> int:
    lock = postmaster.read_lock_file(server.files.data)
    assert lock is not None
    return lock.pid


def test_a_second_start_finds_the_first(server: EmbeddedServer) -> None:
    port, pid = server.ensure(), pid_of(server)
    assert EmbeddedServer(server.files.home).ensure() == port
    assert pid_of(server) == pid


def test_two_processes_that_start_at_once_end_with_one_migrated_server(new_home: Path) -> None:
    with user_of(new_home) as one, user_of(new_home) as other:
        answers = {first_line(one), first_line(other)}
        assert len(answers) == 1, answers
        assert int(answers.pop().split()[1]) >= 5
        for process in (one, other):
            process.communicate()
            assert process.returncode == 0


def test_data_and_port_are_the_same_after_a_stop(server: EmbeddedServer) -> None:
    port = server.ensure()
    with psycopg.connect(server.conninfo(port)) as conn:
        conn.execute("create table kept as select 42 as answer")
    assert server.stop()
    assert server.ensure() == port
    with psycopg.connect(server.conninfo(port)) as conn:
        assert conn.execute("select answer from kept").fetchone() == (42,)


def test_stopping_what_does_not_run_says_so(server: EmbeddedServer) -> None:
    assert not server.stop()
    server.ensure()
    assert server.stop()
    assert not server.stop()


def test_the_server_stays_up_while_another_process_uses_it(server: EmbeddedServer) -> None:
    server.ensure()
    with user_of(server.files.home) as user:
        first_line(user)
        assert not server.stop(only_if_unused=True)
        user.kill()  # a process that dies without a word uses nothing any more
        user.wait()
    assert server.stop(only_if_unused=True)


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(server: EmbeddedServer) -> None:
    server.ensure()
    assert os.getsid(pid_of(server)) != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_process_carries_none_of_our_secrets(home: Path) -> None:
    with user_of(home) as user:
        first_line(user)
        pid = pid_of(EmbeddedServer(home))
        assert b"EAAsecret" not in Path(f"/proc/{pid}/environ").read_bytes()
        user.communicate()


def test_passwords_are_ours_alone_and_needed_to_log_in(server: EmbeddedServer) -> None:
    port = server.ensure()
    kept = list(server.files.control.glob("*.password"))
    assert kept
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE(server.files.data.stat().st_mode) == 0o700
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=port, user="postgres", password="guessed", dbname="postgres")


def test_a_home_with_spaces_quotes_and_accents_works(new_home: Path) -> None:
    odd = new_home / "my ad's trück"
    odd.mkdir()
    server = EmbeddedServer(odd, overrides=FAST)
    server.ensure()
    assert server.stop()


def test_a_moved_home_takes_its_data_along(server: EmbeddedServer) -> None:
    with psycopg.connect(server.conninfo(server.ensure())) as conn:
        conn.execute("create table kept as select 42 as answer")
    server.stop()
    moved = server.files.control.rename(server.files.home / "elsewhere")
    new_home = server.files.home / "new"
    new_home.mkdir()
    moved.rename(new_home / "postgres")
    server = EmbeddedServer(new_home, overrides=FAST)
    with psycopg.connect(server.conninfo(server.ensure())) as conn:
        assert conn.execute("select answer from kept").fetchone() == (42,)
    server.stop()
