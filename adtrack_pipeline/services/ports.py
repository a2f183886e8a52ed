"""Asking whether a port of this machine is free."""

import socket

from adtrack_pipeline.services.errors import ServiceError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except OSError:
            return False
    return True


def demand_free(port: int) -> None:
    """Refuse to start a UI nobody could reach.

    Raises:
        ServiceError: the port is in use.
    """
    if not is_free(port):
        raise ServiceError(
            f"Port {port} is in use by another program: free it, or choose another with --port or ADTRACK_UI_PORT."
        )
