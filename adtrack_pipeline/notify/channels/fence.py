"""The guard for code that opens its own connections: libraries that know nothing of `guard.py`.

Inside a fence every address a socket is about to connect to is judged, at the moment it connects: by an audit hook
(PEP 578), so that neither a second answer of a name server nor a redirect leads around it.

Belongs here: the fence. Does not belong here: which addresses are fit (`guard.py`).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from adtrack_pipeline.notify.channels.errors import RefusedError
from adtrack_pipeline.notify.channels.guard import judge

_SOCKETS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_REFUSALS: ContextVar[list[RefusedError] | None] = ContextVar("refusals of the fence", default=None)


@contextmanager
def fence() -> Iterator[None]:
    """Connect only to the open internet in this block. A thread started in it would be outside of it.

    Raises:
        RefusedError: something wanted to connect elsewhere (permanent), even if the library made light of it.
    """
    _watch()
    refusals: list[RefusedError] = []
    token = _REFUSALS.set(refusals)
    try:
        yield
    finally:
        _REFUSALS.reset(token)
        if refusals:
            raise refusals[0]


@cache
def _watch() -> None:
    """Once, and only in processes that need it: a hook cannot be taken back."""
    sys.addaudithook(_look)


def _look(event: str, values: tuple[Any, ...]) -> None:
    if event not in _SOCKETS or (refusals := _REFUSALS.get()) is None:
        return
    address = values[1]
    if address is None:  # of a socket that is connected already
        return
    # A name would be resolved after this, and a path leads to this machine: neither is let through.
    host = str(address[0]) if isinstance(address, tuple) else "a socket file"
    try:
        judge(host, [host], allow_private=False)
    except RefusedError as error:
        refusals.append(error)
        raise
