"""Under which account the server runs: ourselves, or an unprivileged one when we are root (Postgres refuses root).

No account is created and nobody else's directory is opened up: what the account cannot reach is kept elsewhere.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adtrack_pipeline.warehouse.errors import DatabaseError

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A system account; `switch` is true when commands have to change to it first."""

    uid: int
    gid: int
    name: str
    switch: bool

    def run(self, command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this account, in a session of its own (Ctrl-C is not for the server).

        The environment is empty but for what programs need: the server must not carry our secrets.

        Raises:
            DatabaseError: when this system does not let us change to the account.
        """
        try:
            return subprocess.run(
                [str(part) for part in command],
                cwd=cwd,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(cwd)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                start_new_session=True,
                user=self.uid if self.switch else None,
                group=self.gid if self.switch else None,
                extra_groups=[] if self.switch else None,
                umask=0o077,
            )
        except PermissionError as error:
            return subprocess.CompletedProcess(list(map(str, command)), 126, "", str(error))
        except (subprocess.SubprocessError, OSError) as error:
            if not self.switch:
                raise
            raise DatabaseError(
                f"Postgres refuses to run as root and this system does not let root become {self.name!r} ({error}): "
                "run adtrack as a normal user, or set DATABASE_URL."
            ) from None

    def can_reach(self, directory: Path) -> bool:
        """Whether this account may step into a directory (asked of the system itself, so ACLs count too)."""
        if not self.switch:
            return True
        return self.run(["/bin/sh", "-c", 'cd -- "$0"', directory], cwd=Path("/")).returncode == 0

    def owns(self, path: Path) -> None:
        """Give a file or directory to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)


def server_account(data_dir: Path | None) -> Account:
    """The account for a data directory: its owner if it exists, else ourselves or, for root, `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), _name(os.geteuid()), switch=False)
    if data_dir and data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, _name(owner.st_uid), switch=True)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise DatabaseError(
            f"Postgres refuses to run as root and there is no account {UNPRIVILEGED!r} here: "
            "run adtrack as a normal user, or set DATABASE_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, switch=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
