"""Is our server really running? And the repair of what a crash left behind.

`postmaster.pid` only says what somebody once wrote: after a crash its process number may belong to any program
(containers reuse small numbers), and both Postgres and `pg_ctl` would take that one for the server.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adtrack_pipeline.warehouse.embedded.account import Account

NO_SUCH_PID = 2**31 - 1  # above every system's limit


@dataclass(frozen=True)
class LockFile:
    """What `postmaster.pid` claims."""

    pid: int
    port: int | None


def read_lock_file(data: Path) -> LockFile | None:
    """The claims of a data directory's lock file; None without one, or with one that is not readable as such."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else None
    return LockFile(abs(pid), port)


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether this process is the server of this data directory, by its command line."""
    program, *arguments = _command(pid) or [""]
    return Path(program).name == "postgres" and arguments[:2] == ["-D", str(data)]


def forget_foreign_pid(data: Path, account: Account) -> bool:
    """Repair a lock file whose process is not the server; true if there was something to repair.

    The file is not removed: its other lines let Postgres see whether processes of the crashed server still use
    its shared memory. Only the number is replaced, by one that cannot exist.
    """
    path = data / "postmaster.pid"
    lock = read_lock_file(data)
    if lock is None:
        if not path.exists():
            return False
        account.shell('rm -f "$1"', path)  # empty or cut off by a power cut: Postgres would refuse it for ever
        return True
    if not _exists(lock.pid) or is_postmaster(lock.pid, data):
        return False
    _, _, rest = path.read_text().partition("\n")
    account.write(path, f"{NO_SUCH_PID}\n{rest}")
    return True


def end_orphans(data: Path) -> int:
    """Stop server processes that outlived their killed server (Linux); returns how many were told to.

    They work in the data directory. Without them going, a new server cannot start; their transactions are lost
    in any case, as after every crash.
    """
    orphans = [pid for pid in _processes() if _link(pid, "cwd") == str(data)]
    orphans = [pid for pid in orphans if Path(_link(pid, "exe").split(" ")[0]).name == "postgres"]
    for pid in orphans:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGQUIT)
    return len(orphans)


def _processes() -> list[int]:
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.is_dir() else []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        return ""


def _command(pid: int) -> list[str]:
    """Program and arguments of a process; empty if there is none (or only its zombie)."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []
    found = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    program, option, rest = found.stdout.strip().partition(" -D ")
    return [program, option.strip(), rest.split(" -")[0]]
