"""Start, find and stop the embedded server. Everything here is safe when several processes do it at once."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from adtrack_pipeline.warehouse.embedded import locks, postmaster
from adtrack_pipeline.warehouse.embedded.binaries import find_programs
from adtrack_pipeline.warehouse.embedded.config import render
from adtrack_pipeline.warehouse.embedded.create import SUPERUSER, ensure_data
from adtrack_pipeline.warehouse.embedded.failures import start_failure
from adtrack_pipeline.warehouse.embedded.home import ServerHome
from adtrack_pipeline.warehouse.embedded.logs import LogSince
from adtrack_pipeline.warehouse.embedded.ports import HOST, candidates
from adtrack_pipeline.warehouse.errors import DatabaseError

START_TIMEOUT = 600  # seconds: recovery after a crash may have max_wal_size to read, from a slow disk
STOP_TIMEOUT = 120
ORPHAN_TIMEOUT = 60  # for processes of a crashed server to end
POLL = 0.05

log = logging.getLogger(__name__)


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
        with locks.exclusive(self.files.start_lock):
            self.files.prepare_state()
            locks.hold(self.files.in_use_lock)
            if (port := self._running_port()) is None:
                ensure_data(self.files, sync=self.overrides.get("fsync") != "off")
                port = self._start()
            elif self.wanted_port not in {None, port}:
                log.warning(
                    "The embedded Postgres runs on port %s; ADTRACK_DB_PORT counts at its next start.", port
                )
            self._remember(port)
            return port

    def stop(self, *, only_if_unused: bool = False) -> bool:
        """Stop the server, ending its sessions; true if it was running.

        With `only_if_unused` it stays up while another adtrack process uses it.
        """
        if not self.files.start_lock.exists():
            return False
        with locks.exclusive(self.files.start_lock):
            locks.let_go(self.files.in_use_lock)
            if only_if_unused and not locks.is_free(self.files.in_use_lock):
                return False
            if not self._is_alive():
                return False
            said = self._pg_ctl(find_programs(self.files.account), "stop", "-m", "fast", "-t", str(STOP_TIMEOUT))
            if said and self._is_alive():
                raise DatabaseError(f"The embedded Postgres did not stop within {STOP_TIMEOUT} s: {said}.")
            return True

    def conninfo(self, port: int, dbname: str = "postgres") -> str:
        """A connection string of the superuser."""
        return make_conninfo(
            host=HOST,
            port=port,
            user=SUPERUSER,
            password=self.files.password(SUPERUSER),
            dbname=dbname,
            sslmode="disable",
            connect_timeout=5,
            application_name="adtrack",
        )

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
                raise start_failure(self.files, f"FATAL: it has not answered for {START_TIMEOUT // 60} minutes.")
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

    def _start(self) -> int:
        programs = find_programs(self.files.account)
        with self.files.clear_sentences():
            postmaster.forget_foreign_pid(self.files.data, self.files.account)
        deadline = time.monotonic() + ORPHAN_TIMEOUT
        ports = candidates(self.wanted_port, self.files.recall("port"))
        port = next(ports)
        while said := self._try_to_start(programs, port):
            if "Address already in use" in said and not self.wanted_port:
                port = next(ports)
            elif "pre-existing shared memory block" in said and time.monotonic() < deadline:
                postmaster.end_orphans(self.files.data)
                time.sleep(POLL)
            else:
                raise start_failure(self.files, said, port)
        return port

    def _try_to_start(self, programs: Path, port: int) -> str:
        """Start the server on a port; returns "" or everything it said when it failed."""
        account, early_log = self.files.account, self.files.state / "startup.log"
        with self.files.clear_sentences():
            account.write(self.files.data / "postgresql.conf", render(port, self.files.logs, self.overrides))
            account.write(early_log, "")
        news = LogSince(self.files.logs)
        if said := self._pg_ctl(programs, "start", "-t", str(START_TIMEOUT), "-l", str(early_log)):
            return f"{said}\n{early_log.read_text(errors='replace')}\n{news.text()}"
        return ""

    def _pg_ctl(self, programs: Path, verb: str, *arguments: str) -> str:
        """Run pg_ctl and wait for its effect; returns "" or what it said when it failed."""
        command: list[str | Path] = [programs / "pg_ctl", verb, "-s", "-w", "-D", self.files.data, *arguments]
        done = self.files.account.run(command, cwd=self.files.state)
        return (done.stderr.strip() or f"pg_ctl ended with {done.returncode}") if done.returncode else ""

    def _remember(self, port: int) -> None:
        before = self.files.recall("port")
        if before and before != port and not self.wanted_port:
            log.warning("Port %s is taken: the embedded Postgres has moved to port %s.", before, port)
        with self.files.clear_sentences():
            self.files.remember(port=port)
