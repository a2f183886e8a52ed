"""What a crash leaves behind is found or repaired by the next start; nothing committed is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from adtrack_pipeline.warehouse.embedded import postmaster
from adtrack_pipeline.warehouse.embedded.server import EmbeddedServer
from tests.postgres import FAST
from tests.warehouse.embedded.test_start_and_stop import pid_of


def kill_9(server: EmbeddedServer) -> int:
    """Kill the server and wait until the process has gone; returns its number."""
    pid = pid_of(server)
    os.kill(pid, signal.SIGKILL)
    while postmaster.is_postmaster(pid, server.files.data):
        pass
    return pid


def rows(server: EmbeddedServer, port: int) -> list[tuple[int]]:
    with psycopg.connect(server.conninfo(port)) as conn:
        return conn.execute("select n from kept order by n").fetchall()


def as_server_account(server: EmbeddedServer) -> dict[str, Callable[[], None] | int]:
    account = server.files.account
    return {"user": account.uid, "group": account.gid} if account.switch else {}


def test_committed_rows_survive_kill_9_and_uncommitted_ones_do_not(home: Path) -> None:
    server = EmbeddedServer(home)  # with fsync and all, as in production
    port = server.ensure()
    conn = psycopg.connect(server.conninfo(port))
    conn.execute("create table kept (n int)")
    conn.execute("insert into kept values (1)")
    conn.commit()
    conn.execute("insert into kept values (2)")
    kill_9(server)
    assert server.ensure() == port
    assert rows(server, port) == [(1,)]
    conn.close()


def test_a_busy_backend_that_outlived_its_server_does_not_block_the_next_start(server: EmbeddedServer) -> None:
    port = server.ensure()
    conn = psycopg.connect(server.conninfo(port))
    # Pure computing: such a process does not notice that its server has died.
    conn.pgconn.send_query(b"select count(*) from generate_series(1, 1e12) as n where n * n = 7")
    kill_9(server)
    assert server.ensure() == port
    conn.close()


def test_a_lock_file_with_a_strangers_pid_is_repaired_and_the_stranger_lives(home: Path) -> None:
    server = EmbeddedServer(home)
    port = server.ensure()
    with psycopg.connect(server.conninfo(port)) as conn:
        conn.execute("create table kept as select 1 as n")
    kill_9(server)
    # Same account as the server: then Postgres itself takes the stranger for a running server.
    stranger = subprocess.Popen(["sleep", "300"], **as_server_account(server))  # type: ignore[call-overload]
    try:
        lock = server.files.data / "postmaster.pid"
        _, rest = lock.read_text().split("\n", 1)
        lock.write_text(f"{stranger.pid}\n{rest}")
        assert not server.stop()
        assert server.ensure() == port
        assert rows(server, port) == [(1,)]
        assert server.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_program_that_only_mentions_the_data_directory_is_not_the_server(server: EmbeddedServer) -> None:
    server.ensure()
    server.stop()
    command = [sys.executable, "-c", "input()", "postgres", "-D", str(server.files.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as editor:
        assert not postmaster.is_postmaster(editor.pid, server.files.data)
        editor.communicate()


@pytest.mark.parametrize("left_behind", ["", "\n", "not a number\n"])
def test_a_lock_file_cut_off_by_a_power_cut_is_repaired(server: EmbeddedServer, left_behind: str) -> None:
    server.ensure()
    kill_9(server)
    (server.files.data / "postmaster.pid").write_text(left_behind)
    server.ensure()


def test_a_creation_that_was_killed_half_way_is_done_again(new_home: Path) -> None:
    server = EmbeddedServer(new_home, overrides=FAST)
    server.files.prepare()
    server.files.prepare_state()
    server.files.account.shell('mkdir -p "$1/data/base"; touch "$1/data/PG_VERSION"', server.files.state / "new")
    server.ensure()
    assert not (server.files.state / "new").exists()
