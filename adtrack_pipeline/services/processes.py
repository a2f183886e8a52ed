"""Child processes: started in groups of their own, logged to files, stopped whole.

Does not belong here: which processes there are (plan.py) and when to restart them (supervisor.py).
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adtrack_pipeline.children import guard

CHILD = "adtrack_pipeline.children.entry"
LONGEST_LOG_BYTES = 50_000_000


@dataclass(frozen=True)
class Service:
    """A Python module to run, with its arguments and environment."""

    name: str
    module: str
    arguments: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    log: Path


class Process:
    """One running service. It leads a process group, so that what it starts can be stopped with it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        service.log.parent.mkdir(parents=True, exist_ok=True)
        if service.log.exists():
            service.log.replace(service.log.with_suffix(".previous.log"))
        with service.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", CHILD, str(os.getpid()), service.module, *service.arguments],
                env=dict(service.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Also the id of its group."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def signal(self, signum: int) -> None:
        """Send a signal to the whole group; nothing happens when it is gone."""
        self._popen.poll()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)

    def group_lives(self) -> bool:
        """Whether anything of the group is left."""
        self._popen.poll()
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not _only_entries(self.pid)

    def trim_log(self) -> None:
        """Start its log over when it has become too long; the old one stays beside it."""
        if self.service.log.exists() and self.service.log.stat().st_size > LONGEST_LOG_BYTES:
            shutil.copyfile(self.service.log, self.service.log.with_suffix(".previous.log"))
            os.truncate(self.service.log, 0)  # the process goes on writing at the new end

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for a sentence about why it stopped."""
        text = self.service.log.read_text(errors="replace") if self.service.log.exists() else ""
        return " / ".join(line.strip() for line in text.strip().splitlines()[-lines:])


def _only_entries(group: int) -> bool:
    """Whether all of a group has ended and only nobody has collected it (Linux; in a container, nobody may)."""
    if sys.platform != "linux":
        return False
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group, *_ = stat.read_text().rpartition(")")[2].split()
            states += [state] if int(its_group) == group else []
    return all(state == "Z" for state in states)


def stop_all(processes: Sequence[Process], patience: float) -> None:
    """End groups: politely, and after `patience` seconds without asking."""
    for signum, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 2.0)):
        for process in processes:
            process.signal(signum)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            if not any(process.group_lives() for process in processes):
                return
            time.sleep(0.1)


class Guard:
    """Ends the given groups if this process dies without dismissing it."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def watch(self, process: Process) -> None:
        """Take a process group into its care."""
        self._say(str(process.pid))

    def dismiss(self) -> None:
        """Everything was stopped in order."""
        self._say(guard.DISMISSED)
        if self._popen.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.close()  # it ends by itself, and nobody has to wait for that

    def _say(self, line: str) -> None:
        if self._popen.stdin and not self._popen.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self._popen.stdin.write(f"{line}\n")
                self._popen.stdin.flush()
