"""What the server keeps in `ADTRACK_HOME/postgres`: its port, passwords, locks, and where its data directory is.

    ADTRACK_HOME/postgres/            ours
        start.lock, in-use.lock       see locks.py
        server.json                   {"state_dir", "port"}: remembered from start to start
        *.password                    0600
        server/                       the server account's: data/, log/, startup.log

When root runs adtrack and the server's account cannot reach the home (one below /root, say), `server/` is kept in
`/var/lib/adtrack/` instead, under a name that server.json remembers. adtrack never deletes it.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from adtrack_pipeline.warehouse.embedded.account import Account, server_account
from adtrack_pipeline.warehouse.errors import DatabaseError

OUTSIDE = Path("/var/lib/adtrack")
UNUSABLE = frozenset('"$`\\\n\r')  # pg_ctl hands the path to a shell in double quotes


@dataclass(frozen=True)
class ServerHome:
    """Files of one embedded server."""

    home: Path

    @property
    def control(self) -> Path:
        """The directory that is ours."""
        return self.home / "postgres"

    @property
    def start_lock(self) -> Path:
        """Held by the one process that starts, stops or repairs."""
        return self.control / "start.lock"

    @property
    def in_use_lock(self) -> Path:
        """Shared by every adtrack process that uses the server."""
        return self.control / "in-use.lock"

    @cached_property
    def account(self) -> Account:
        """Who runs the server."""
        return server_account(self._recorded_state_dir())

    @property
    def state(self) -> Path:
        """The directory that is the server account's."""
        return self._recorded_state_dir() or self.control / "server"

    @property
    def data(self) -> Path:
        """Postgres' data directory."""
        return self.state / "data"

    @property
    def logs(self) -> Path:
        """Postgres' log files, one a day for a week."""
        return self.state / "log"

    def prepare(self) -> None:
        """Create our directory.

        Raises:
            DatabaseError: when the home cannot be used.
        """
        if UNUSABLE & set(str(self.home)):
            raise DatabaseError(
                f'ADTRACK_HOME ({self.home}) must not hold any of " $ ` \\: choose another directory.'
            )
        with self.clear_sentences():
            self.home.mkdir(parents=True, exist_ok=True)
            self.control.mkdir(mode=0o711, exist_ok=True)
            for lock in (self.start_lock, self.in_use_lock):
                lock.open("a").close()

    def prepare_state(self) -> None:
        """Create the server account's directory, or find the recorded one. Call with the start lock held.

        Raises:
            DatabaseError: when it cannot be made, or has gone.
        """
        recorded = self._recorded_state_dir()
        if recorded and not recorded.is_dir():
            raise DatabaseError(
                f"The database of {self.home} was kept in {recorded}, which is gone: bring that directory back, "
                f"or delete {self.control} to start with an empty database."
            )
        if recorded:
            return
        with self.clear_sentences():
            account = self.account
            if account.can_reach(self.control):
                state = self.control / "server"
            else:
                OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
                state = OUTSIDE / f"{self.home.parent.name or 'root'}-{secrets.token_hex(4)}"
            state.mkdir(mode=0o700, exist_ok=True)
            if account.switch:
                os.chown(state, account.uid, account.gid, follow_symlinks=False)
            inside = self.control in state.parents
            # Relative when inside, so that a home may be moved.
            self.remember(state_dir=str(state.relative_to(self.control) if inside else state))

    def recall(self, name: str) -> Any:
        """A fact from server.json, or None."""
        try:
            return json.loads((self.control / "server.json").read_text()).get(name)
        except (OSError, ValueError, AttributeError):
            return None

    def remember(self, **facts: Any) -> None:
        """Add facts to server.json. Call with the start lock held."""
        path = self.control / "server.json"
        known: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            known = json.loads(path.read_text())
        if known | facts != known:
            _write(path, json.dumps(known | facts, indent=1) + "\n")

    def password(self, role: str) -> str | None:
        """The password kept for a role, or None."""
        path = self.control / f"{role}.password"
        with self.clear_sentences():
            return path.read_text().strip() or None if path.exists() else None

    def keep_password(self, role: str, password: str) -> None:
        """Keep a role's password in a file that only we can read."""
        with self.clear_sentences():
            _write(self.control / f"{role}.password", password + "\n")

    @contextmanager
    def clear_sentences(self) -> Iterator[None]:
        """Turn what the file system refuses into one sentence."""
        try:
            yield
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise DatabaseError(
                f"adtrack cannot keep its database in {self.home} ({where}{error.strerror}): make that directory "
                "writable with free space, set ADTRACK_HOME to another one, or set DATABASE_URL."
            ) from None

    def _recorded_state_dir(self) -> Path | None:
        recorded = self.recall("state_dir")
        return self.control / recorded if recorded else None


def _write(path: Path, text: str) -> None:
    """Write a whole file or nothing, readable by us only, safe on disk before it counts."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
