"""Entry point of a child process: tie it to its parent, then be the module asked for.

`python -m adtrack_pipeline.children.entry PARENT_PID MODULE [ARGUMENT ...]`; `parent` as pid means whoever
started it.
"""

import atexit
import os
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from adtrack_pipeline.children.mortal import die_with_parent

WHOEVER = "parent"


def main() -> None:
    """Become the module, in this very process."""
    parent, module, *arguments = sys.argv[1:]
    die_with_parent(os.getppid() if parent == WHOEVER else int(parent))
    sys.argv = [module, *arguments]
    with _swift_end():
        runpy.run_module(module, run_name="__main__", alter_sys=True)


@contextmanager
def _swift_end() -> Iterator[None]:
    """Once everything that asked to be called at the end has been, the process is gone.

    Taking a heap of hundreds of thousands of objects apart would take longer than anything else at a stop.
    """
    status = 0

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

    atexit.register(leave)  # the first to be registered is the last to be called
    try:
        yield
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    except BaseException:
        status = 1
        raise


if __name__ == "__main__":
    main()
