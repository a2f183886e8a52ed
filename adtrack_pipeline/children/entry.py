"""Entry point of a child process: tie it to its parent, then be the module asked for.

`python -m adtrack_pipeline.children.entry PARENT_PID MODULE [ARGUMENT ...]`; `parent` as pid means whoever
started it.
"""

import os
import runpy
import sys

from adtrack_pipeline.children.mortal import die_with_parent

WHOEVER = "parent"


def main() -> None:
    """Become the module, in this very process."""
    parent, module, *arguments = sys.argv[1:]
    die_with_parent(os.getppid() if parent == WHOEVER else int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
