"""Processes that are stopped whole and outlive nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adtrack_pipeline.services.errors import ServiceError
from adtrack_pipeline.services.processes import Process, _only_entries, stop_all
from adtrack_pipeline.services.supervisor import CRASHES_FORGIVEN, Supervisor
from tests.services.conftest import ROOT, MakeService, eventually, lives

SLEEP = "import time\ntime.sleep(600)\n"
# A service with a child of its own, as the code server has run workers and those have dbt.
WITH_A_CHILD = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids").write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
CHATTY = """
import os, time
print("x" * 200, flush=True)
while os.fstat(1).st_size:
    time.sleep(0.01)
print("after", flush=True)
"""
SUPERVISOR = """
import sys, time
from pathlib import Path
from adtrack_pipeline.services.processes import Service
from adtrack_pipeline.services.supervisor import Supervisor
import os
folder = Path(sys.argv[1])
supervisor = Supervisor(print)
supervisor.start([Service("family", "service_family", (), dict(os.environ), folder / "family.log")])
print("started", flush=True)
time.sleep(600)
"""

RUN = """
import subprocess, sys
subprocess.run([sys.executable, "-m", "adtrack_pipeline.children.entry", "parent", "service_family"])
"""


def pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(text) for text in file.read_text().split()] if file.exists() else []


def test_a_service_is_its_module_with_its_arguments(make_service: MakeService, started: list[Process]):
    service = make_service("echo", "import sys\nprint(__name__, sys.argv[1:])\n")
    started.append(Process(service))
    assert eventually(lambda: started[0].exit_code == 0)
    assert service.log.read_text().strip() == "__main__ ['an argument']"


def test_the_log_of_the_time_before_is_kept(make_service: MakeService, started: list[Process]):
    for text in ("first", "second"):
        process = Process(make_service("echo", f"print({text!r})\n"))
        started.append(process)
        assert eventually(lambda process=process: process.exit_code == 0)
    log = started[1].service.log
    assert log.read_text().strip() == "second"
    assert log.with_suffix(".previous.log").read_text().strip() == "first"


def test_a_log_that_has_become_too_long_starts_over_while_the_service_goes_on(
    make_service: MakeService, started: list[Process], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.services.processes.LONGEST_LOG_BYTES", 100)
    started.append(Process(make_service("chatty", CHATTY)))
    log = started[0].service.log
    assert eventually(lambda: log.stat().st_size > 100)
    started[0].trim_log()
    assert eventually(lambda: log.read_text() == "after\n")
    assert "xxx" in log.with_suffix(".previous.log").read_text()


def test_stopping_a_service_stops_what_it_has_started(
    make_service: MakeService, started: list[Process], tmp_path: Path
):
    started.append(Process(make_service("family", WITH_A_CHILD)))
    assert eventually(lambda: len(pids(tmp_path)) == 2)
    stop_all(started, patience=5)
    assert eventually(lambda: not any(lives(pid) for pid in pids(tmp_path)))


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit('no')", 1),
        ("1 / 0", 1),
        ("import sys; sys.exit()", 0),
    ],
    ids=["ends", "exits", "says-why", "fails", "exits-well"],
)
def test_a_service_ends_with_its_own_code_and_all_it_wanted_to_do_at_the_end(
    make_service: MakeService, started: list[Process], end: str, code: int
):
    last_wish = "import atexit; atexit.register(print, 'farewell'); print('hello')"
    one = Process(make_service("ending", f"{last_wish}\n{end}\n"))
    started.append(one)
    assert eventually(lambda: one.exit_code is not None)
    assert one.exit_code == code
    log = one.service.log.read_text()
    assert log.index("hello") < log.index("farewell")
    assert ("ZeroDivisionError" in log, "no\n" in log) == (end == "1 / 0", "'no'" in end)


def test_what_has_ended_and_was_collected_by_nobody_is_not_waited_for(
    make_service: MakeService, started: list[Process]
):
    one = Process(make_service("sleeper", SLEEP))
    started.append(one)
    assert one.group_lives()
    assert not _only_entries(one.pid)
    one._popen.kill()
    os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)  # ended, and still an entry
    assert _only_entries(one.pid)


def test_a_service_that_does_not_listen_is_stopped_all_the_same(make_service: MakeService, started: list[Process]):
    started.append(Process(make_service("stubborn", STUBBORN)))
    assert eventually(lambda: "ready" in started[0].last_words())
    stop_all(started, patience=0.1)
    assert eventually(lambda: not started[0].group_lives())


@pytest.mark.skipif(sys.platform != "linux", reason="process states are read from /proc")
def test_kill_9_of_the_supervisor_takes_its_services_and_their_children_down(tmp_path: Path):
    (tmp_path / "service_family.py").write_text(WITH_A_CHILD)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], env=env, cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    try:
        assert eventually(lambda: len(pids(tmp_path)) == 2)
        assert all(lives(pid) for pid in pids(tmp_path))
    finally:
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait()
    assert eventually(lambda: not any(lives(pid) for pid in pids(tmp_path)))


@pytest.mark.skipif(sys.platform != "linux", reason="the tie is a Linux system call")
def test_a_child_like_dbt_ends_with_the_run_that_started_it(tmp_path: Path):
    (tmp_path / "service_family.py").write_text(WITH_A_CHILD)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    run = subprocess.Popen([sys.executable, "-c", RUN], env=env, cwd=tmp_path)
    try:
        assert eventually(lambda: len(pids(tmp_path)) == 2)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    child, grandchild = pids(tmp_path)
    try:
        assert eventually(lambda: not lives(child)), Path(f"/proc/{child}/status").read_text()
    finally:
        os.kill(grandchild, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="the tie is a Linux system call")
def test_the_tie_holds_when_whoever_started_the_run_ignores_the_signal(tmp_path: Path):
    (tmp_path / "service_family.py").write_text(WITH_A_CHILD)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    run = subprocess.Popen([sys.executable, "-c", deaf + RUN], env=env, cwd=tmp_path)
    try:
        assert eventually(lambda: len(pids(tmp_path)) == 2)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    child, grandchild = pids(tmp_path)
    try:
        assert eventually(lambda: not lives(child))
    finally:
        os.kill(grandchild, signal.SIGKILL)


def test_a_service_that_crashes_is_started_again(make_service: MakeService):
    told: list[str] = []
    supervisor = Supervisor(told.append)
    service = make_service(
        "once", "import pathlib\np = pathlib.Path('ran')\np.exists() or (p.touch(), exit(3))\n" + SLEEP
    )
    [first] = supervisor.start([service])
    try:
        assert eventually(lambda: first.exit_code is not None)
        supervisor.look_after()
        assert told == ["The once process ended (exit code 3); starting it again."]
        assert eventually(lambda: (supervisor.look_after(), supervisor.running)[1])
    finally:
        supervisor.stop()
    assert not supervisor.running


def test_a_service_that_never_stays_up_ends_in_a_sentence_with_its_last_words(
    make_service: MakeService, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("adtrack_pipeline.services.supervisor.FIRST_PAUSE_SECONDS", 0.0)
    told: list[str] = []
    supervisor = Supervisor(told.append)
    supervisor.start([make_service("broken", "print('no such module')\nexit(1)\n")])
    with pytest.raises(ServiceError, match=r"broken process keeps ending.*no such module"):
        eventually(supervisor.look_after)
    supervisor.stop()
    assert len(told) == CRASHES_FORGIVEN
