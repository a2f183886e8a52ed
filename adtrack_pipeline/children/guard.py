"""A small process that ends the others when the supervisor is gone, however it went.

The kernel's own signal reaches children only, not the run workers and dbt processes below them. The guard holds
the other end of a pipe: process group ids come in line by line, and the end of the pipe means the supervisor is
dead. Runs as a plain script with the standard library only, so that it costs ten megabytes.
"""

import contextlib
import os
import signal
import sys
import time

DISMISSED = "dismissed"
GRACE_SECONDS = 4.0


def main() -> None:
    """Collect process groups until the pipe ends; without a dismissal, end them."""
    groups = []
    for line in sys.stdin:
        if line.strip() == DISMISSED:
            return
        groups.append(int(line))
    for signum, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, 0.0)):
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signum)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(_lives(group) for group in groups):
            time.sleep(0.1)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
