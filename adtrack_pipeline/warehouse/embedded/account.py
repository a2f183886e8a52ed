"""Under which account the server runs: ourselves, or an unprivileged one when we are root (Postgres refuses root).

No account is created and nobody else's directory is opened up: what the account cannot reach is kept elsewhere.
Root never writes in the account's own directories (a link planted there could lead anywhere): the account does.
"""

import errno
import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adtrack_pipeline.warehouse.errors import DatabaseError

UNPRIVILEGED = "nobody"
ROOT = Path("/")


@dataclass(frozen=True)
class Account:
    """A system account; `switch` is true when commands have to change to it first."""

    uid: int
    gid: int
    name: str
    switch: bool

    def run(
        self, command: Sequence[str | Path], *, cwd: Path = ROOT, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this account, in a session of its own (Ctrl-C is not for the server).

        `text` is its standard input. The environment holds only what programs need: the server must not carry our
        secrets.

        Raises:
            DatabaseError: when this system does not let us change to the account.
        """
        try:
            return subprocess.run(
                [str(part) for part in command],
                cwd=cwd,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(cwd)},
                input=text,
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
        except OSError as error:
            if not self.switch or error.errno not in {errno.EPERM, errno.EINVAL}:
                return subprocess.CompletedProcess(list(map(str, command)), 126, "", str(error))
            raise DatabaseError(
                f"Postgres refuses to run as root, and here root cannot become {self.name!r} ({error.strerror}): "
                "run adtrack as a normal user, or set DATABASE_URL."
            ) from None

    def shell(self, script: str, *paths: Path, text: str = "") -> None:
        """Run a line of shell as this account; `$1`, `$2`, ... are the paths.

        Raises:
            OSError: with what the shell said.
        """
        done = self.run(["/bin/sh", "-ec", script, "sh", *paths], text=text)
        if done.returncode:
            raise OSError(None, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else script)

    def write(self, path: Path, text: str) -> None:
        """Write a whole file or nothing, as this account and for it alone."""
        self.shell('cat > "$1.new"; mv -f "$1.new" "$1"', path, text=text)

    def can_reach(self, directory: Path) -> bool:
        """Whether this account may step into a directory (asked of the system itself, so ACLs count too)."""
        return not self.switch or self.run(["/bin/sh", "-c", 'cd -- "$0"', directory]).returncode == 0


def server_account(state_dir: Path | None) -> Account:
    """The account for a state directory: its owner if it exists, else ourselves or, for root, `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), _name(os.geteuid()), switch=False)
    if state_dir and state_dir.exists() and (owner := state_dir.stat()).st_uid != 0:
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
