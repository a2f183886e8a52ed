"""What the server keeps in `ADTRACK_HOME/postgres`: locks, passwords, its port, and where its data directory is.

    ADTRACK_HOME/postgres/            ours
        start.lock, in-use.lock       file locks, see `exclusive` and `hold`
        server.json                   {"port", "state_dir"}: remembered from start to start
        *.password                    0600
        server/                       the server account's: data/, log/, startup.log

When root runs adtrack and the server's account cannot reach the home (a home below /root, say), `server/` is kept in
`/var/lib/adtrack/` instead, under a name of its own that server.json remembers. It is never deleted by adtrack.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from adtrack_pipeline.warehouse.embedded.account import Account, server_account
from adtrack_pipeline.warehouse.errors import DatabaseError

OUTSIDE = Path("/var/lib/adtrack")

_held: dict[Path, IO[str]] = {}


@dataclass(frozen=True)
class ServerHome:
    """Files of one embedded server."""

    home: Path

    @cached_property
    def control(self) -> Path:
        """The directory that is ours."""
        return self.home / "postgres"

    @cached_property
    def account(self) -> Account:
        """Who runs the server."""
        return server_account(self._recorded_state_dir())

    @property
    def state(self) -> Path:
        """The directory that is the server account's; call `prepare` once before."""
        return self._recorded_state_dir() or self.control / "server"

    @property
    def data(self) -> Path:
        """Postgres' data directory."""
        return self.state / "data"

    @property
    def startup_log(self) -> Path:
        """What the server says before its own log is open."""
        return self.state / "startup.log"

    def prepare(self) -> None:
        """Create the directories.

        Raises:
            DatabaseError: when the home cannot be written, is another user's, or the data has gone.
        """
        with self._clear_sentences():
            self.home.mkdir(parents=True, exist_ok=True)
            if not self.control.exists():
                self.control.mkdir(mode=0o711, exist_ok=True)
            with (self.control / "start.lock").open("a"):
                pass

    def prepare_state(self) -> None:
        """Create the server account's directory, or find the one that was recorded. Call under `exclusive`."""
        recorded = self._recorded_state_dir()
        if recorded and not recorded.is_dir():
            raise DatabaseError(
                f"The database of {self.home} was kept in {recorded}, which is gone: bring that directory back, "
                f"or delete {self.control} to start with an empty database."
            )
        with self._clear_sentences():
            state = recorded or self._new_state_dir()
            (state / "log").mkdir(mode=0o700, exist_ok=True)
            for path in (state, state / "log"):
                self.account.owns(path)
            self.remember(
                state_dir=str(state.relative_to(self.control) if self.control in state.parents else state)
            )

    def _new_state_dir(self) -> Path:
        if self.account.can_reach(self.control):
            state = self.control / "server"
        else:
            OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
            state = OUTSIDE / f"{self.home.parent.name or 'root'}-{secrets.token_hex(4)}"
        state.mkdir(mode=0o700, exist_ok=True)
        return state

    def _recorded_state_dir(self) -> Path | None:
        recorded = self.recall("state_dir")
        return self.control / recorded if recorded else None

    def recall(self, name: str) -> Any:
        """A fact from server.json, or None."""
        try:
            return json.loads((self.control / "server.json").read_text()).get(name)
        except (OSError, ValueError, AttributeError):
            return None

    def remember(self, **facts: Any) -> None:
        """Write facts to server.json (call under `exclusive`)."""
        path = self.control / "server.json"
        known: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            known = json.loads(path.read_text())
        if known | facts != known:
            write_private(path, json.dumps(known | facts, indent=1) + "\n", mode=0o644)

    def password(self, role: str) -> str | None:
        """The password kept for a role, or None."""
        path = self.control / f"{role}.password"
        with self._clear_sentences():
            return path.read_text().strip() or None if path.exists() else None

    def keep_password(self, role: str, password: str) -> None:
        """Keep a role's password in a file only we can read."""
        write_private(self.control / f"{role}.password", password + "\n")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """One process at a time starts, stops or repairs; the others wait."""
        with self._clear_sentences():
            lock = (self.control / "start.lock").open("a")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def hold(self) -> None:
        """Say that this process uses the server, until it ends or lets go."""
        if self.home not in _held:
            lock = (self.control / "in-use.lock").open("a")
            fcntl.flock(lock, fcntl.LOCK_SH)
            _held[self.home] = lock

    def let_go(self) -> bool:
        """Say that this process no longer uses the server; true when no other adtrack process does either."""
        if held := _held.pop(self.home, None):
            held.close()
        return self.is_unused()

    def is_unused(self) -> bool:
        """Whether no adtrack process uses the server, this one included."""
        if not self.control.is_dir():
            return True
        with (self.control / "in-use.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    @contextmanager
    def _clear_sentences(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self.home
            raise DatabaseError(
                f"adtrack cannot keep its database in {self.home}: {where}: {error.strerror}. "
                "Set ADTRACK_HOME to a directory you can write to, or DATABASE_URL."
            ) from None


def write_private(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a whole file or nothing, readable by its owner only unless `mode` says otherwise."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
