"""Start, find and stop the embedded server. Everything here is safe when several processes do it at once."""

import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from adtrack_pipeline.warehouse.embedded import postmaster
from adtrack_pipeline.warehouse.embedded.account import Account
from adtrack_pipeline.warehouse.embedded.binaries import MAJOR, find_programs
from adtrack_pipeline.warehouse.embedded.config import render
from adtrack_pipeline.warehouse.embedded.failures import start_failure
from adtrack_pipeline.warehouse.embedded.home import ServerHome, write_private
from adtrack_pipeline.warehouse.errors import DatabaseError

HOST = "127.0.0.1"
SUPERUSER = "postgres"
PREFERRED_PORTS = range(15432, 15452)  # below the range systems hand out to outgoing connections
START_TIMEOUT = 600  # seconds; recovery after a crash reads up to max_wal_size
STOP_TIMEOUT = 120
POLL = 0.05


class EmbeddedServer:
    """The server of one `ADTRACK_HOME`.

    `wanted_port` is a port the user asked for; without one the port of last time, or a free one, is used.
    `overrides` replaces settings of the configuration file (tests switch off fsync).
    """

    def __init__(
        self, home: Path, wanted_port: int | None = None, overrides: Mapping[str, str] | None = None
    ) -> None:
        self.files = ServerHome(home)
        self.wanted_port = wanted_port
        self.overrides = overrides or {}

    def ensure(self) -> int:
        """Find the running server or start it; returns its port.

        Raises:
            DatabaseError: one sentence on why it cannot run.
        """
        self.files.prepare()
        with self.files.exclusive():
            self.files.prepare_state()
            self.files.hold()
            if (port := self._running_port()) is not None:
                return port
            if not self.files.data.exists():
                self._create_data()
            self._check_version()
            port = self._start()
            self.files.remember(port=port)
            return port

    def stop(self, *, only_if_unused: bool = False) -> bool:
        """Stop the server, ending its sessions; true if it was running.

        With `only_if_unused` it stays up while another adtrack process uses it.
        """
        if not self.files.control.is_dir():
            return False
        with self.files.exclusive():
            unused = self.files.let_go()
            if (only_if_unused and not unused) or not self._is_alive():
                return False
            programs = find_programs(self.account)
            result = self._pg_ctl(programs, "stop", "-m", "fast", "-w", "-t", str(STOP_TIMEOUT))
            if result and self._is_alive():
                raise DatabaseError(f"The embedded Postgres did not stop within {STOP_TIMEOUT} s: {result}.")
            return True

    def conninfo(self, port: int, dbname: str = "postgres") -> str:
        """A connection string of the superuser."""
        return psycopg.conninfo.make_conninfo(
            host=HOST,
            port=port,
            user=SUPERUSER,
            password=self.files.password(SUPERUSER),
            dbname=dbname,
            sslmode="disable",
            connect_timeout=5,
        )

    @property
    def account(self) -> Account:
        """Who runs the server."""
        return self.files.account

    def _is_alive(self) -> bool:
        lock = postmaster.read_lock_file(self.files.data)
        return lock is not None and postmaster.is_postmaster(lock.pid, self.files.data)

    def _running_port(self) -> int | None:
        """The port of the server if it answers; waits for one that is starting, recovering or shutting down."""
        deadline = time.monotonic() + START_TIMEOUT
        while self._is_alive():
            lock = postmaster.read_lock_file(self.files.data)
            if lock and lock.port and self._answers(lock.port):
                return lock.port
            if time.monotonic() > deadline:
                raise start_failure(self.files, f"It has been starting for {START_TIMEOUT // 60} minutes.")
            time.sleep(POLL)
        return None

    def _answers(self, port: int) -> bool:
        try:
            with psycopg.connect(self.conninfo(port)) as conn:
                row = conn.execute("show data_directory").fetchone()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error) or "no password supplied" in str(error):
                raise DatabaseError(
                    f"The embedded Postgres does not accept the password in {self.files.control}: bring back "
                    f"the file {SUPERUSER}.password that was made together with {self.files.data}."
                ) from None
            # A server that is full is a server that runs.
            return "too many clients" in str(error) or "remaining connection slots" in str(error)
        return bool(row and Path(row[0]) == self.files.data)

    def _create_data(self) -> None:
        """Initialise the data directory: in a directory aside first, so that a kill leaves nothing half."""
        programs = find_programs(self.account)
        password = self.files.password(SUPERUSER)
        if password is None:
            password = secrets.token_urlsafe(24)
            self.files.keep_password(SUPERUSER, password)
        for leftover in self.files.state.glob("new-*"):
            shutil.rmtree(leftover)
        folder = Path(tempfile.mkdtemp(prefix="new-", dir=self.files.state))
        self.account.owns(folder)
        pwfile = folder / "pwfile"
        write_private(pwfile, password + "\n")
        self.account.owns(pwfile)
        # A locale of Postgres' own: the order of text does not depend on the machine.
        command = (
            f"--username={SUPERUSER} --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums"
        )
        made = self.account.run(
            [
                programs / "initdb",
                *command.split(),
                "--auth=scram-sha-256",
                "--pwfile",
                pwfile,
                "-D",
                folder / "data",
            ],
            cwd=self.files.state,
        )
        if made.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise start_failure(self.files, made.stderr)
        (folder / "data").rename(self.files.data)
        shutil.rmtree(folder)

    def _check_version(self) -> None:
        try:
            found = (self.files.data / "PG_VERSION").read_text().strip()
        except OSError:
            raise DatabaseError(
                f"{self.files.data} is not a PostgreSQL data directory (it has no PG_VERSION): restore it from "
                "a backup, or move it away to start with an empty database."
            ) from None
        if found != str(MAJOR):
            raise DatabaseError(
                f"The data in {self.files.data} belongs to PostgreSQL {found} and this adtrack brings PostgreSQL "
                f"{MAJOR}: dump it with pg_dump {found} and load it into a new ADTRACK_HOME, or set DATABASE_URL."
            )

    def _start(self) -> int:
        programs = find_programs(self.account)
        postmaster.forget_foreign_pid(self.files.data)
        deadline = time.monotonic() + 60
        ports = self._candidate_ports()
        port = next(ports)
        while True:
            self._write_config(port)
            self.files.startup_log.unlink(missing_ok=True)
            log = ["-l", str(self.files.startup_log)]
            if not (said := self._pg_ctl(programs, "start", "-w", "-t", str(START_TIMEOUT), *log)):
                return port
            problem = said + self._startup_text()
            if "Address already in use" in problem and not self.wanted_port:
                port = next(ports)
            elif "pre-existing shared memory block" in problem and time.monotonic() < deadline:
                postmaster.end_orphans(self.files.data)
                time.sleep(POLL)
            else:
                raise start_failure(self.files, problem, port)

    def _pg_ctl(self, programs: Path, *arguments: str) -> str:
        """Run pg_ctl; returns "" or what it said when it failed."""
        done = self.account.run(
            [programs / "pg_ctl", "-s", "-D", self.files.data, *arguments], cwd=self.files.state
        )
        return (done.stderr.strip() or f"pg_ctl ended with {done.returncode}") if done.returncode else ""

    def _startup_text(self) -> str:
        try:
            return "\n" + self.files.startup_log.read_text(errors="replace")
        except OSError:
            return ""

    def _write_config(self, port: int) -> None:
        path = self.files.data / "postgresql.conf"
        write_private(path, render(port, self.files.state / "log", self.overrides))
        self.account.owns(path)

    def _candidate_ports(self) -> Iterator[int]:
        """Ports to try, best first: the wanted one; else last time's (BI tools know it); else a free one."""
        if self.wanted_port:
            yield self.wanted_port
            return
        remembered = self.files.recall("port")
        if isinstance(remembered, int):
            yield remembered
        yield from (port for port in PREFERRED_PORTS if _is_free(port))
        while True:
            yield _any_free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
