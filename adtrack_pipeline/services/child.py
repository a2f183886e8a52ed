"""Entry point of every child process: tie it to its parent, then be the module asked for.

`python -m adtrack_pipeline.services.child PARENT_PID MODULE [ARGUMENT ...]`
"""

import runpy
import sys

from adtrack_pipeline.services.mortal import die_with_parent


def main() -> None:
    """Become the module, in this very process."""
    parent, module, *arguments = sys.argv[1:]
    die_with_parent(int(parent))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
