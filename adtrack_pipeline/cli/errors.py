"""Exit codes, and how a mistake becomes one clear sentence on stderr instead of a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

from rich.console import Console

from adtrack_pipeline.defs.transform.project import ManifestError
from adtrack_pipeline.fx import FxError
from adtrack_pipeline.intake import IntakeError
from adtrack_pipeline.monitoring.policies import PoliciesError
from adtrack_pipeline.notify.channels.errors import ChannelError
from adtrack_pipeline.platforms.base import PlatformError
from adtrack_pipeline.sandbox import SandboxError
from adtrack_pipeline.services import ServiceError
from adtrack_pipeline.settings import SettingsError
from adtrack_pipeline.warehouse import DatabaseError
from adtrack_pipeline.warehouse.load import LoadError

PIPE_WIDTH = 180  # a file or a pipe has no window to fit into


def _console(*, to_stderr: bool) -> Console:
    console = Console(stderr=to_stderr)
    return console if console.is_terminal else Console(stderr=to_stderr, width=PIPE_WIDTH)


stderr = _console(to_stderr=True)


class Exit(IntEnum):
    """What a script can branch on."""

    OK = 0
    FAILED = 1
    MISTAKE = 2
    INCOMPLETE = 3


def stdout() -> Console:
    """A console for tables."""
    return _console(to_stderr=False)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Expected failures end the command with their sentence; anything else is a bug and keeps its traceback."""
    try:
        yield
    except (SettingsError, SandboxError, PoliciesError, IntakeError, ChannelError) as error:
        leave(Exit.MISTAKE, str(error))
    except (DatabaseError, PlatformError, ServiceError, LoadError, ManifestError, FxError) as error:
        leave(Exit.FAILED, str(error))
    except KeyboardInterrupt:
        leave(Exit.FAILED, "Stopped. What was committed stays; the next run goes on from there.")
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.OK)


def leave(code: Exit, sentence: str) -> NoReturn:
    """Say why on stderr and exit."""
    stderr.print(f"[red]adtrack:[/red] {sentence}", highlight=False, soft_wrap=True)
    sys.exit(code)
