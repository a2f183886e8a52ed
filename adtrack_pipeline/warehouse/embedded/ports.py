"""Which port the embedded server listens on."""

import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
PREFERRED = range(15432, 15452)  # below the range that systems hand out to outgoing connections


def candidates(wanted: int | None, remembered: int | None) -> Iterator[int]:
    """Ports to try, best first: the wanted one only; or last time's, as BI tools know it, then free ones."""
    if wanted:
        yield wanted
        return
    if remembered:
        yield remembered
    yield from (port for port in PREFERRED if _is_free(port))
    while True:
        yield _any_free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Postgres does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
