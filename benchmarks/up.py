"""Seconds from `adtrack up` on an empty home to an answering UI and to the first complete run.

uv run python benchmarks/up.py
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import httpx

CLI = [sys.executable, "-m", "adtrack_pipeline.cli"]
LIMIT_SECONDS = 300.0
RUNS = "{runsOrError{... on Runs{results{status}}}}"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seconds_until(ready: Callable[[], bool], started: float) -> float:
    """Wall seconds from `started` until something is ready."""
    while time.monotonic() - started < LIMIT_SECONDS:
        try:
            if ready():
                return time.monotonic() - started
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    sys.exit(f"Not ready after {LIMIT_SECONDS:.0f} s.")


def main() -> None:
    """Start everything once, print two durations, stop everything."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        return httpx.get(f"{url}/server_info").status_code == httpx.codes.OK

    def first_run_is_done() -> bool:
        answer = httpx.post(f"{url}/graphql", json={"query": RUNS}).json()
        return any(one["status"] == "SUCCESS" for one in answer["data"]["runsOrError"]["results"])

    with tempfile.TemporaryDirectory(prefix="adtrack-bench-") as home:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ADTRACK_", "META_"))}
        env = {
            **clean,
            "ADTRACK_HOME": home,
            "ADTRACK_UI_PORT": str(port),
            "ADTRACK_SANDBOX_PORT": str(free_port()),
        }
        started = time.monotonic()
        process = subprocess.Popen([*CLI, "up"], env=env, cwd=home, stdout=subprocess.DEVNULL)
        try:
            print(f"UI answers after {seconds_until(answers, started):.0f} s", flush=True)
            print(
                f"first run, all marts built and tested, after {seconds_until(first_run_is_done, started):.0f} s"
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


if __name__ == "__main__":
    main()
