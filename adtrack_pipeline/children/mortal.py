"""The one system call that ties a process to its parent."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, signum: int = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent dies, however it dies (Linux; elsewhere nothing).

    Args:
        parent: the pid of the process that started this one; if that is gone already, this one ends at once.
        signum: what to send.
    """
    if sys.platform != "linux":
        return
    # Whoever started us may ignore or block the signal, and that is inherited: the tie must hold all the same.
    signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signum})
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        sys.exit(128 + signum)
